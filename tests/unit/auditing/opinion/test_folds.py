"""Rows are dealt out evenly, groups whole."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.opinion.folds import deal


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 20)), min_size=1, max_size=80), st.integers(2, 10))
def test_a_group_is_in_one_fold(rows, n_folds):
    targets, groups = np.array(rows).T
    folds = deal(targets, groups, n_folds=n_folds, rng=np.random.default_rng(0))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
    assert folds.min() >= 0
    assert folds.max() < n_folds


def test_each_label_has_like_shares_in_all_folds():
    targets = np.repeat([0, 1, -1], [100, 30, 20])
    folds = deal(targets, np.arange(150), n_folds=5, rng=np.random.default_rng(1))
    assert np.bincount(folds[targets == 0]).tolist() == [20] * 5
    assert np.bincount(folds[targets == 1]).tolist() == [6] * 5
