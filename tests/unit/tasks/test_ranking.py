"""Lists of candidates are scored by hand."""

import numpy as np
import pytest

from luodi.tasks.ranking import BY_QUESTION, average_precision, by_question, of_list


def test_a_list_by_hand():
    found = of_list(np.array([3.0, 0.0, 1.0]), np.array([True, False, False]), np.array([0.2, 0.9, 0.5]))
    assert found["recall_at_1"] == 0.0
    assert found["recall_at_5"] == 1.0
    assert found["mrr"] == pytest.approx(1 / 3)
    assert found["ndcg_at_10"] == pytest.approx((1 / np.log2(3) + 3 / np.log2(4)) / (3 + 1 / np.log2(3)))


def test_of_equal_scores_what_fits_comes_last():
    found = of_list(np.array([1.0, 0.0]), np.array([True, False]), np.zeros(2))
    assert (found["recall_at_1"], found["mrr"]) == (0.0, 0.5)


def test_a_question_counts_where_some_candidates_fit_and_some_do_not():
    questions = ["a", "a", "b", "c", "c", "d", "d"]
    fits = np.array([True, False, True, False, False, False, True])
    leans = np.array([0.9, 0.1, 0.0, 0.5, 0.4, 0.8, 0.2])
    found = by_question(questions, fits.astype(float), fits, leans)
    assert set(found) == set(BY_QUESTION)
    assert found["recall_at_1"](np.arange(7)) == 0.5  # of a and d
    assert found["recall_at_1"](np.array([0, 0, 0, 5])) == 0.75  # a thrice, d once
    assert found["recall_at_1"](np.array([1, 2, 3])) == 0.5  # neither: all that there are
    assert by_question(["a", "b"], fits[:2].astype(float), fits[:2], leans[:2]) == {}


def test_nothing_fits():
    assert average_precision(np.zeros(3, bool), np.zeros(3))(np.arange(3)) == 0.0
    assert average_precision(np.zeros(0, bool), np.zeros(0))(np.arange(0)) == 0.0
