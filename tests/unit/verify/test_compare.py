"""Two sets of answers to the same rows: the difference, its interval, what would show it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.tasks import Classify
from luodi.verify import Comparison, paired
from luodi.verify.compare import matched_low, mcnemar

_ANSWERS = st.lists(st.tuples(*[st.sampled_from("abc")] * 3), min_size=1, max_size=40)


def compared(gold, one, other):
    head = Classify("y", ("a", "b"))
    return paired(head, head.judge(gold, one), head.judge(gold, other))


def flipped(gold, rows):
    """Answer as ``gold`` but for some rows, there the other label."""
    return [{"a": "b", "b": "a"}[label] if row in rows else label for row, label in enumerate(gold)]


def balanced(n):
    return ["a", "b"] * (n // 2)


def test_equal_answers_do_not_differ():
    """Also where both are wrong, and in every resample: rows are drawn for both at once."""
    gold = balanced(100)
    wrong = flipped(gold, range(30))
    found = compared(gold, wrong, wrong)
    assert (found.gain.value, found.gain.low, found.gain.high) == (0, 0, 0)
    assert (found.p_value, found.rows_needed) == (1, None)
    assert found.no_worse_than == -matched_low(0, 0, n=100)  # a hundred rows do not show that two are the same


def test_clear_gain_is_shown():
    gold = balanced(400)
    found = compared(gold, flipped(gold, range(20)), flipped(gold, range(80)))
    assert found.gain.low > 0
    assert found.accuracy.value == pytest.approx(0.15)
    assert found.no_worse_than == 0
    assert found.p_value < 1e-10
    assert found.rows_needed < 400


def test_small_gain_on_few_rows_is_not_shown_and_needs_more():
    gold = balanced(200)
    found = compared(gold, flipped(gold, range(0, 20)), flipped(gold, range(5, 28)))
    assert found.gain.low < 0 < found.gain.value
    assert found.no_worse_than == pytest.approx(-found.gain.low, abs=0.002)
    assert found.rows_needed > 200


def test_interval_of_accuracy_is_the_paired_one():
    """Var of the mean of (right_a - right_b), as in McNemar's test: (b + c - (b - c)^2 / n) / n^2."""
    n, won, lost = 2000, 60, 40
    gold = balanced(n)
    found = compared(gold, flipped(gold, range(won, won + lost)), flipped(gold, range(won)))
    error = np.sqrt(won + lost - (won - lost) ** 2 / n) / n
    assert found.accuracy.low == pytest.approx((won - lost) / n - 1.96 * error, abs=0.1 * error * 1.96)
    assert found.accuracy.high == pytest.approx((won - lost) / n + 1.96 * error, abs=0.1 * error * 1.96)


def test_rows_needed_grow_with_the_square_of_a_smaller_difference():
    gold = balanced(4000)
    whole = compared(gold, flipped(gold, range(200)), flipped(gold, range(200, 600)))
    half = compared(gold, flipped(gold, range(200)), flipped(gold, range(200, 500)))
    spread = (half.gain.high - half.gain.low) / (whole.gain.high - whole.gain.low)
    gain = whole.gain.value / half.gain.value
    assert half.rows_needed / whole.rows_needed == pytest.approx((spread * gain) ** 2, rel=0.01)


@settings(max_examples=8, deadline=None)
@given(_ANSWERS)
def test_the_other_way_round_is_the_negative(rows):
    gold, one, other = zip(*rows, strict=True)
    there, back = compared(gold, one, other), compared(gold, other, one)
    assert there.gain.value == pytest.approx(-back.gain.value)
    assert there.accuracy.value == pytest.approx(-back.accuracy.value)
    assert there.p_value == pytest.approx(back.p_value)
    assert there.gain.low <= there.gain.value + 1e-12 or there.n < 5


def test_rows_without_a_label_are_left_out():
    gold = balanced(50)
    with_holes = [*gold, None, None]
    assert compared(with_holes, [*gold, "a", "b"], [*gold, "b", "a"]) == compared(gold, gold, gold)


def test_no_labelled_row_shows_nothing():
    found = compared([None, None], ["a", "b"], ["a", "a"])
    assert found.n == 0
    assert found.gain.low is None
    assert found.gain.value != found.gain.value


def test_json_comes_back_whole():
    gold = balanced(60)
    found = compared(gold, flipped(gold, range(3)), flipped(gold, range(9)))
    raw = json.loads(json.dumps({"n": found.n, **found.to_json()}))
    assert Comparison.from_json(raw) == found


@given(st.integers(0, 500), st.integers(0, 500))
def test_mcnemar_is_the_exact_binomial_test(won, lost):
    from scipy.stats import binomtest

    expected = binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert mcnemar(won, lost) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("won", "lost"), [(560, 445), (501, 500), (700, 600)])
def test_mcnemar_of_many_rows_is_near_the_exact_test(won, lost):
    from scipy.stats import binomtest

    assert mcnemar(won, lost) == pytest.approx(binomtest(won, won + lost).pvalue, rel=0.05, abs=1e-4)
