"""Ranking scores beside scikit-learn's."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from luodi.tasks.ranking import average_precision, of_list

#: A few scores, so that many are the same.
_ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9])), min_size=2, max_size=40)


@given(rows=_ROWS, seed=st.integers(0, 2**16))
def test_average_precision_is_that_of_scikit_learn(rows, seed):
    fits, leans = np.array([grade > 1 for grade, _ in rows]), np.array([lean for _, lean in rows])
    score = average_precision(fits, leans)
    drawn = np.random.default_rng(seed).integers(0, len(rows), len(rows))
    for some in (np.arange(len(rows)), drawn):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where nothing fits it says so
            wanted = average_precision_score(fits[some], leans[some])
        assert score(some) == pytest.approx(wanted, abs=1e-12)


@given(rows=_ROWS)
def test_ndcg_is_that_of_scikit_learn(rows):
    gains, leans = np.array([float(grade) for grade, _ in rows]), np.array([lean for _, lean in rows])
    found = of_list(gains, gains >= 1.5, leans)
    assert found["ndcg_at_10"] == pytest.approx(ndcg_score(gains[None], leans[None], k=10), abs=1e-12)
