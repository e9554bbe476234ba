"""Agreement beyond chance: the textbook's numbers, the interval beside an independent derivation, who is compared."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.errors import DataError
from luodi.labelling import Answer, agreement, cohen_kappa, two_people


def said(who, labels, head="情感"):
    """Entries of one person: text i got the i-th label, None is skipped."""
    return [
        Answer("skip" if label is None else "label", str(i), head, label, None, f"x.csv:{i + 2}", who, "").to_json()
        for i, label in enumerate(labels)
    ]


def delta_method(table):
    """The standard error by numeric derivatives of kappa in each cell's share: knows nothing of the closed form."""
    n = table.sum()
    p = table / n

    def kappa(p):
        chance = p.sum(axis=1) @ p.sum(axis=0) / p.sum() ** 2
        return (np.trace(p) / p.sum() - chance) / (1 - chance)

    step, slope = 1e-6, np.zeros(p.shape)
    for cell in itertools.product(*map(range, p.shape)):
        nudge = np.zeros(p.shape)
        nudge[cell] = step
        slope[cell] = (kappa(p + nudge) - kappa(p - nudge)) / (2 * step)
    return math.sqrt(((p * slope**2).sum() - (p * slope).sum() ** 2) / n)


def test_the_textbook_example():
    """50 grants, two readers: 20 both yes, 15 both no, 5 and 10 apart: kappa 0.4."""
    kappa = cohen_kappa(np.array([[20, 5], [10, 15]]))
    assert kappa.value == pytest.approx(0.4)
    assert (kappa.high - kappa.value) / 1.959964 == pytest.approx(0.1270, abs=5e-5)


@given(st.lists(st.integers(0, 40), min_size=9, max_size=9))
def test_the_interval_is_that_of_the_delta_method(cells):
    table = np.array(cells).reshape(3, 3)
    chance = (table.sum(axis=1) @ table.sum(axis=0)) / max(table.sum(), 1) ** 2
    kappa = cohen_kappa(table)
    if table.sum() == 0 or chance > 1 - 1e-9:
        assert math.isnan(kappa.value)
    elif np.trace(table) == table.sum():
        assert (kappa.value, kappa.low, kappa.high) == (1.0, None, None)
    else:
        reach = 1.959963984540054 * delta_method(table)
        assert kappa.low == pytest.approx(max(-1, kappa.value - reach), abs=1e-5)
        assert kappa.high == pytest.approx(min(1, kappa.value + reach), abs=1e-5)
        assert -1 <= kappa.low <= kappa.value <= kappa.high <= 1


def test_the_interval_covers_what_it_says():
    """Of 2,000 samples of 150 texts from a known table, about 95 in 100 intervals hold the true kappa."""
    p = np.array([[0.35, 0.05, 0.02], [0.04, 0.25, 0.04], [0.03, 0.05, 0.17]])
    true = cohen_kappa((p * 1_000_000).round().astype(np.int64)).value
    draws = np.random.default_rng(5).multinomial(150, p.ravel(), size=2000).reshape(-1, 3, 3)
    held = [kappa.low <= true <= kappa.high for kappa in map(cohen_kappa, draws)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)  # 3 standard errors of 2,000 trials


def test_one_label_throughout_says_nothing_beyond_chance():
    found = two_people(said("a", ["正面"] * 5), said("b", ["正面"] * 5))
    assert math.isnan(found.kappa.value)
    assert found.agreed.value == 1.0


def test_what_is_compared_is_what_both_labelled():
    found = two_people(said("a", ["正面", "负面", None, "正面"]), said("b", ["正面", "正面", "负面"]))
    assert (found.n, found.only, found.head) == (2, (1, 1), "情感")
    assert [(one.origin, one.first, one.second) for one in found.differences] == [("x.csv:3", "负面", "正面")]
    assert found.agreed.value == 0.5
    row = found.per_label["正面"]
    assert (row.first, row.second, row.both, row.agreement) == (1, 2, 1, pytest.approx(2 / 3))


def test_two_people_in_one_file():
    found = two_people([*said("a", ["正面", "负面"]), *said(None, ["正面", "负面"])], None)
    assert (found.n, found.kappa.value) == (2, 1.0)


def test_undone_answers_do_not_count():
    undone = [*said("a", ["正面", "负面"]), {**said("a", ["正面", "负面"])[1], "action": "undo", "label": None}]
    assert two_people(undone, said("b", ["正面", "负面"])).n == 1


def test_the_same_name_in_two_files_is_two_people():
    assert two_people(said(None, ["正面", "负面"]), said(None, ["负面", "负面"])).n == 2


@pytest.mark.parametrize(
    ("first", "second", "match"),
    [
        (said("a", ["正面"]), None, "between two people, 1 answered"),
        (said("a", ["正面"]), [*said("b", ["正面"]), *said("c", ["正面"])], "between two people, 3 answered"),
        ([], [], "between two people, 0 answered"),
        (said("a", ["正面"], head="情感"), said("b", ["投诉"], head="意图"), "different columns"),
        (said("a", ["正面", None]), said("b", [None, "正面"]), "no text was labelled by both"),
    ],
)
def test_what_cannot_be_compared_is_told(first, second, match):
    with pytest.raises(DataError, match=match):
        two_people(first, second)


def test_the_share_has_an_interval_that_stays_within():
    answers = [{str(i): Answer("label", str(i), "h", "x", None, "", who, "") for i in range(4)} for who in "ab"]
    found = agreement(*answers, head="h")
    assert (found.agreed.value, found.agreed.high) == (1.0, 1.0)
    assert found.agreed.low == pytest.approx(0.51, abs=0.005)
