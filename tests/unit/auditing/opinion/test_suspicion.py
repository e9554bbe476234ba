"""Suspicion is 0 where the label stands firm, near 1 where another one does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.opinion.suspicion import FEWEST_ROWS, suspicion


def test_the_label_that_another_contradicts_is_suspect():
    table = np.array([[0.98, 0.01, 0.01]] * 9 + [[0.02, 0.97, 0.01]])
    scores, proposed = suspicion(table, np.zeros(10, np.int64))
    assert scores.argmax() == 9
    assert scores[9] > 0.99
    assert scores[:9].max() < 0.02
    assert proposed[9] == 1


def test_where_nothing_else_is_likely_a_low_probability_is_less_suspect():
    vague, clear = [0.1, *[0.1] * 9], [0.1, 0.9, *[0.0] * 8]
    scores, _ = suspicion(np.array([vague, clear] * FEWEST_ROWS), np.zeros(2 * FEWEST_ROWS, np.int64))
    assert scores[0] < scores[1]


def test_rows_without_label_and_rare_labels_are_not_judged():
    table = np.full((10, 2), 0.5)
    scores, proposed = suspicion(table, np.array([-1] + [0] * 5 + [1] * 4))
    assert (scores > 0).tolist() == [False] + [True] * 5 + [False] * 4
    assert (proposed >= 0).all()


def test_one_label_or_no_rows():
    assert suspicion(np.ones((3, 1)), np.zeros(3, np.int64))[1].tolist() == [-1, -1, -1]
    assert suspicion(np.ones((0, 2)), np.zeros(0, np.int64))[0].shape == (0,)


@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 1000))
def test_suspicion_lies_between_0_and_1(n_labels, n, seed):
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(n_labels), n).astype(np.float32)
    targets = rng.integers(-1, n_labels, n)
    scores, proposed = suspicion(table, targets)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (proposed != targets).all()


@pytest.mark.parametrize("power", [1, 3])
def test_order_is_that_of_the_formula(power):
    p, q = 0.2**power, 0.5**power
    scores, _ = suspicion(np.array([[p, q]] * FEWEST_ROWS), np.zeros(FEWEST_ROWS, np.int64))
    assert scores[0] == pytest.approx(q / (q + p**2))
