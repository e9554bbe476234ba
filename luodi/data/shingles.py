"""Turns texts into sets of hashed shingles: all runs of three characters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: Characters in a shingle.
WIDTH = 3

#: So many numbers are worked on at once: as arrays they stay in the cache.
BLOCK = 1 << 17
_HALF = np.uint64(32)
_FACTOR = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class ShingleSets:
    """The shingles of n texts, one text after the other.

    Args:
        ids: a hash of each shingle, ascending and each but once within a text, (total,). Of 32 bits: in one of two
            million pairs of texts of 50 characters two different shingles are taken for one.
        sizes: how many there are of each text, (n,).
    """

    ids: NDArray[np.uint32]
    sizes: NDArray[np.int64]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Give the place of the first shingle of each text, (n,)."""
        return np.cumsum(self.sizes) - self.sizes

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Give the shingles of some texts, one text after the other."""
        return self.ids[ranges(self.starts[rows], self.sizes[rows])]


def shingle_sets(forms: Sequence[str]) -> ShingleSets:
    """Cut texts of at least ``WIDTH`` encodable characters into shingles.

    >>> shingle_sets(["abcabc", "abc"]).sizes
    array([3, 1])
    """
    lengths = np.fromiter(map(len, forms), np.int64, len(forms))
    return concatenated([_shingle_block(forms[block], lengths[block]) for block in blocks(lengths, at_most=BLOCK)])


def _shingle_block(forms: Sequence[str], lengths: NDArray[np.int64]) -> ShingleSets:
    codes = np.frombuffer("".join(forms).encode("utf-32-le"), "<u4").astype(np.uint64)
    hashed = codes[:-2] * _FACTOR
    hashed += codes[1:-1]
    hashed *= _FACTOR
    hashed += codes[2:]
    hashed ^= hashed >> _HALF
    hashed *= _FACTOR
    hashed >>= _HALF
    texts = np.arange(len(forms) + 1, dtype=np.uint64) << _HALF
    hashed |= np.repeat(texts[:-1], lengths)[:-2]
    inside = np.ones(len(hashed), bool)
    ends = np.cumsum(lengths)[:-1]
    inside[ends - 1] = inside[ends - 2] = False  # they would hold characters of two texts
    hashed = hashed[inside]
    hashed.sort()
    hashed = hashed[np.concatenate([[True], hashed[1:] != hashed[:-1]])]
    return ShingleSets(hashed.astype(np.uint32), np.diff(np.searchsorted(hashed, texts)))


def concatenated(parts: Sequence[ShingleSets]) -> ShingleSets:
    """Put sets of texts one after the other."""
    if not parts:
        return ShingleSets(np.empty(0, np.uint32), np.empty(0, np.int64))
    return ShingleSets(np.concatenate([part.ids for part in parts]), np.concatenate([part.sizes for part in parts]))


def blocks(sizes: NDArray[np.int64], *, at_most: int) -> Iterator[slice]:
    """Cut a row of sizes into slices whose sums are at most so large, or that hold a single larger size.

    >>> list(blocks(np.array([3, 3, 9, 1]), at_most=6))
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = ends[start] - sizes[start]
        stop = max(start + 1, int(np.searchsorted(ends, before + at_most, side="right")))
        yield slice(start, stop)
        start = stop


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers from each start on, as many as its count says, one range after the other.

    >>> ranges(np.array([7, 20]), np.array([3, 2]))
    array([ 7,  8,  9, 20, 21])
    """
    ends = np.cumsum(counts)
    return np.repeat(starts - ends + counts, counts) + np.arange(int(ends[-1]) if len(ends) else 0)
