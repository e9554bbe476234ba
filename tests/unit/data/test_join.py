"""The join of sets: every pair it gives is similar, hardly a similar one is missing."""

from itertools import combinations
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.join import similar_pairs
from luodi.data.shingles import ShingleSets
from luodi.progress import Silent


def joined(members, threshold):
    sets = ShingleSets(
        np.concatenate([np.empty(0, np.uint32), *(np.sort(np.array(list(one), np.uint32)) for one in members)]),
        np.array([len(one) for one in members], np.int64),
    )
    return [
        tuple(pair) for some in similar_pairs(sets, threshold=threshold, progress=Silent()) for pair in some.tolist()
    ]


def share(one, other):
    return len(one & other) / len(one | other)


@given(
    members=st.lists(
        st.sets(st.integers(1, 2**32 - 1) | st.sampled_from(range(1, 2**32, 2**28)), min_size=1), max_size=9
    ),
    threshold=st.sampled_from([0.5, 0.8, 0.95]),
)
def test_only_similar_pairs_each_once(members, threshold):
    found = joined(members, threshold)
    assert len(set(found)) == len(found)
    for one, other in found:
        assert one < other
        assert share(members[one], members[other]) >= threshold
    for one, other in combinations(range(len(members)), 2):
        if members[one] == members[other]:
            assert (one, other) in found


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("size", [1, 5, 10, 20, 45, 150, 500])
def test_pairs_at_the_very_threshold_are_found(size, threshold):
    """Sets of random numbers, two by two with as many differences as the threshold lets pass."""
    rng = np.random.default_rng(size)
    apart = floor((1 - threshold) / (1 + threshold) * size + 1e-9)
    members = []
    for _ in range(400):
        numbers = np.unique(rng.integers(1, 2**32, 2 * size + 9))
        rng.shuffle(numbers)
        members += [set(numbers[:size].tolist()), set(numbers[apart : size + apart].tolist())]
    wanted = {(row, row + 1) for row in range(0, 800, 2)}
    assert share(members[0], members[1]) >= threshold
    found = set(joined(members, threshold))
    assert found <= wanted
    assert len(found) >= 396


def test_sizes_at_the_threshold():
    """A set and the largest one that holds it: the bounds on sizes are not off by one."""
    for size in range(4, 120, 4):
        numbers = [place * 0x9E3779B1 % 2**32 for place in range(1, size * 5 // 4 + 2)]
        small, large = set(numbers[:size]), set(numbers[:-1])
        assert joined([large, small], 0.8) == [(0, 1)]
        assert joined([set(numbers), small], 0.8) == []


def test_pairs_are_found_where_every_band_is_crowded():
    """Sets that choose one of two shingles in 30 places: few shingles, shared by half of all sets each."""
    rng = np.random.default_rng(1)
    shingles = rng.integers(1, 2**32, (2, 30), dtype=np.uint32)
    chosen = rng.integers(0, 2, (3000, 30))
    near = chosen[:200].copy()
    for row in near:
        row[rng.choice(30, 3, replace=False)] ^= 1
    chosen = np.concatenate([chosen, near])
    common = (chosen @ chosen.T) + (1 - chosen) @ (1 - chosen.T)
    truth = set(zip(*np.nonzero(np.triu(common / (60 - common) >= 0.8, 1)), strict=True))
    found = set(joined([set(shingles[row, np.arange(30)].tolist()) for row in chosen], 0.8))
    assert found <= truth
    assert len(found) >= 0.97 * len(truth) > 190
