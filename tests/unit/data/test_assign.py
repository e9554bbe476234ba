"""Dealing out: units whole, labels in every part, sizes as exact as units allow."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.assign import assign


@given(
    units=st.lists(st.integers(0, 40), min_size=1, max_size=200),
    n_labels=st.integers(1, 5),
    shares=st.sampled_from([(0.7, 0.1, 0.2), (0.5, 0.5), (0.8, 0.0, 0.2), (1.0,)]),
    seed=st.integers(0, 9),
)
def test_units_stay_whole(units, n_labels, shares, seed):
    rng = np.random.default_rng(seed)
    strata = rng.integers(0, n_labels, len(units))
    parts = assign(np.array(units), strata, shares=shares, rng=np.random.default_rng(seed))
    for unit in set(units):
        assert len(set(parts[np.array(units) == unit].tolist())) == 1
    assert not set(parts.tolist()) & {part for part, share in enumerate(shares) if share == 0}
    largest = np.bincount(units).max()
    sizes = np.bincount(parts, minlength=len(shares))
    assert np.abs(sizes - np.array(shares) * len(units)).max() <= largest * n_labels + n_labels


@given(n=st.integers(3, 400), n_labels=st.integers(1, 6), seed=st.integers(0, 9))
def test_single_rows_fill_shares_exactly_and_no_label_misses_a_part(n, n_labels, seed):
    strata = np.arange(n) % n_labels
    parts = assign(np.arange(n), strata, shares=(0.7, 0.1, 0.2), rng=np.random.default_rng(seed))
    for label in range(n_labels):
        counts = np.bincount(parts[strata == label], minlength=3)
        if counts.sum() >= 3:
            assert counts.min() >= 1
            assert np.abs(counts - counts.sum() * np.array([0.7, 0.1, 0.2])).max() < 2


def test_mixed_customers_are_balanced():
    rng = np.random.default_rng(0)
    customers = rng.integers(0, 150, 3000)
    strata = (rng.random(3000) < 0.1).astype(np.int64)
    parts = assign(customers, strata, shares=(0.7, 0.1, 0.2), rng=rng)
    assert np.abs(np.bincount(parts) / 3000 - [0.7, 0.1, 0.2]).max() < 0.01
    rare = [strata[parts == part].mean() for part in range(3)]
    assert max(rare) - min(rare) < 0.03
