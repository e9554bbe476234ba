"""Shingles: as many as Python's own sets count, the same in every text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.shingles import blocks, concatenated, ranges, shingle_sets

ENCODABLE = st.characters(exclude_categories=["Cs"])


def plain(form):
    return {form[start : start + 3] for start in range(len(form) - 2)}


@given(forms=st.lists(st.text(ENCODABLE, min_size=3, max_size=30) | st.text("ab", min_size=3, max_size=9), max_size=12))
def test_as_python_sets(forms):
    sets = shingle_sets(forms)
    assert sets.sizes.tolist() == [len(plain(form)) for form in forms]
    members = [set(sets.of(np.array([row])).tolist()) for row in range(len(forms))]
    for one in range(len(forms)):
        assert len(members[one]) == sets.sizes[one]
        for other in range(one):
            assert len(members[one] & members[other]) == len(plain(forms[one]) & plain(forms[other]))


def test_each_set_ascends_and_hashes_spread():
    sets = shingle_sets(["".join(map(chr, range(0x4E00, 0x4E00 + 2000))), "abcdefgh" * 40])
    first = sets.of(np.array([0])).astype(np.int64)
    assert (np.diff(first) > 0).all()
    assert abs(first.mean() / 2**32 - 0.5) < 0.03
    assert len(first) == 1998


def test_many_texts_are_cut_as_each_alone():
    """More characters than are worked on at once."""
    rng = np.random.default_rng(0)
    forms = ["".join(map(chr, rng.integers(97, 123, 900))) for _ in range(700)]
    whole, parts = shingle_sets(forms), concatenated([shingle_sets([form]) for form in forms])
    assert (whole.sizes == parts.sizes).all()
    assert (whole.ids == parts.ids).all()


@given(sizes=st.lists(st.integers(0, 9), max_size=30), at_most=st.integers(1, 20))
def test_blocks_hold_every_size_once(sizes, at_most):
    cut = list(blocks(np.array(sizes, np.int64), at_most=at_most))
    assert [size for block in cut for size in sizes[block]] == sizes
    assert all(sum(sizes[block]) <= at_most or block.stop - block.start == 1 for block in cut)


@given(pieces=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=10))
def test_ranges(pieces):
    starts, counts = np.array(pieces, np.int64).reshape(-1, 2).T
    assert ranges(starts, counts).tolist() == [n for start, count in pieces for n in range(start, start + count)]
