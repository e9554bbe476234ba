"""Bands: sets that differ little agree in one, whatever they hold."""

import numpy as np
import pytest

from luodi.data.bands import band_keys, buckets, finer_keys, meetings, n_bands
from luodi.data.shingles import ShingleSets


def random_sets(n, size, seed=0):
    rng = np.random.default_rng(seed)
    return np.sort(rng.integers(1, 2**32, (n, size), dtype=np.uint32), 1)


def as_sets(members):
    return ShingleSets(np.concatenate(members), np.array([len(one) for one in members]))


@pytest.mark.parametrize("differences", [0, 1, 4, 8, 20, 60, 400])
def test_some_band_stays_untouched(differences):
    bands = n_bands(differences)
    rng = np.random.default_rng(differences)
    touched = [len(set(rng.integers(0, bands, differences).tolist())) for _ in range(2000)]
    assert sum(n == bands for n in touched) <= (2 if differences > 20 else 0)
    assert bands <= differences + 2


def test_a_changed_shingle_changes_one_band():
    members = random_sets(200, 40)
    changed = [np.sort(np.append(one[1:], np.uint32(row + 1))) for row, one in enumerate(members)]
    sets, bands = as_sets([*members, *changed]), 9
    keys = band_keys(sets, np.arange(400), bands=bands)
    differing = (keys[:200] != keys[200:]).sum(1)
    assert set(differing.tolist()) <= {1, 2}


def test_an_empty_band_has_no_key():
    keys = band_keys(as_sets([np.array([5], np.uint32), np.array([2**31], np.uint32)]), np.arange(2), bands=2)
    assert (keys != 0).tolist() == [[True, False], [False, True]]


def test_rows_may_be_any():
    sets = as_sets(list(random_sets(50, 30)))
    all_keys, rows = band_keys(sets, np.arange(50), bands=7), np.array([3, 49, 3, 0])
    assert (band_keys(sets, rows, bands=7) == all_keys[rows]).all()


def met(keys):
    found = buckets(np.array(keys, np.uint32), whole=40)
    return found, {pair for one, other in meetings(found) for pair in zip(one.tolist(), other.tolist(), strict=True)}


def test_cells_with_one_key_meet():
    found, pairs = met([[7, 0], [8, 7], [0, 9], [7, 0]])
    assert pairs == {(0, 3), (0, 6), (3, 6)}  # cells, not rows; 0 is no key
    assert dict(zip(found.cells.tolist(), found.sizes.tolist(), strict=True)) == {0: 3, 3: 3, 6: 3}
    assert met(np.zeros((4, 2)))[1] == met(np.zeros((0, 3)))[1] == set()


@pytest.mark.parametrize("n", [2, 40, 41, 300])
def test_a_large_bucket_is_a_chain(n):
    found, pairs = met(np.full((n, 1), 3))
    assert (found.sizes == n).all()
    assert {(row, row + 1) for row in range(n - 1)} <= pairs
    assert len(pairs) == n * (n - 1) // 2 if n <= 40 else len(pairs) < 5 * n


def test_crowded_bands_are_taken_together():
    keys = np.array([[1, 2, 3], [1, 2, 4], [1, 5, 3]], np.uint32)
    crowded = np.array([[True, True, True], [True, True, False], [True, False, True]])
    finer = finer_keys(keys, crowded, band=0)
    assert (finer != 0).tolist() == [[True, True], [True, False], [False, True]]
    assert finer[0, 0] == finer[1, 0] != finer[0, 1] == finer[2, 1]
