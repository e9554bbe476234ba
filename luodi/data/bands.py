"""Deals out the shingles of texts to bands: texts that agree in a whole band may be alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.shingles import BLOCK, ShingleSets, blocks, ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: In a large bucket each place is compared with so many after it.
_FEW = 4
#: With so many bands after it a crowded band is taken together.
_REACH = 12
#: So many bands are expected to stay untouched where differences could touch every one.
_UNTOUCHED = 8
_HALF, _QUARTER = np.uint64(32), np.uint32(16)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint32(0x85EBCA6B)


@dataclass(frozen=True)
class Buckets:
    """The cells of a table of keys that share their key with others, those with the same key one after the other.

    Args:
        cells: numbers of cells, row by row, (m,).
        sizes: how many cells have the key of each, (m,).
        followers: with how many of the next cells each is to be compared, (m,).
    """

    cells: NDArray[np.int64]
    sizes: NDArray[np.int64]
    followers: NDArray[np.int64]


def n_bands(differences: int) -> int:
    """Give a number of bands of which some one stays untouched by so many differences.

    One more than the differences is enough for certain, two more where one may be empty; with many differences fewer
    bands will do, as several differences fall into one.

    >>> n_bands(0), n_bands(8), n_bands(100)
    (2, 10, 54)
    """
    bands = differences + 2
    for fewer in range(2, bands):
        if fewer * (1 - 1 / fewer) ** differences >= _UNTOUCHED:
            return fewer
    return bands


def band_keys(sets: ShingleSets, rows: NDArray[np.int64], *, bands: int) -> NDArray[np.uint32]:
    """Hash what each row has in each band: (n,) -> (n, bands); 0 where that is nothing."""
    keys = np.empty((len(rows), bands), np.uint32)
    for block in blocks(sets.sizes[rows], at_most=BLOCK):
        sizes = sets.sizes[rows[block]]
        ids = sets.of(rows[block])
        cell = ((ids >> _QUARTER) * np.uint32(bands) >> _QUARTER).astype(np.int64)
        cell += np.repeat(np.arange(len(sizes)) * bands, sizes)
        # sums of a few thousand numbers of 32 bits are whole in a double
        sums = np.bincount(cell, weights=ids, minlength=len(sizes) * bands).reshape(-1, bands).astype(np.uint64)
        is_empty = sums == 0
        sums += np.arange(bands, dtype=np.uint64)
        sums *= _SPREAD
        sums >>= _HALF
        sums[is_empty] = 0
        keys[block] = sums
    return keys


def finer_keys(keys: NDArray[np.uint32], crowded: NDArray[np.bool_], *, band: int) -> NDArray[np.uint32]:
    """Hash each crowded cell of a band with the crowded ones of the next bands: (n, bands), (n, bands) -> (n, few)."""
    also = slice(band + 1, band + 1 + _REACH)
    return np.where(crowded[:, also] & crowded[:, band, None], keys[:, also] * _ODD ^ keys[:, band, None], 0)


def buckets(keys: NDArray[np.uint32], *, whole: int) -> Buckets:
    """Sort the cells of a table by their keys, (n, bands), without those that have key 0 or a key of their own.

    All pairs of a bucket of up to ``whole`` cells are to be compared, of a larger one a chain.
    """
    cells = np.arange(keys.size, dtype=np.uint64)
    cells |= keys.ravel().astype(np.uint64) << _HALF
    cells.sort()
    cells = cells[np.searchsorted(cells, np.uint64(1) << _HALF) :]
    key = cells >> _HALF
    as_before = np.zeros(len(key), bool)
    as_before[1:] = key[1:] == key[:-1]
    is_shared = as_before.copy()
    is_shared[:-1] |= as_before[1:]
    cells, as_before = cells[is_shared], as_before[is_shared]
    edges = np.append(np.flatnonzero(~as_before), len(cells))
    size = np.diff(edges)
    sizes = np.repeat(size, size)
    followers = np.repeat(edges[1:], size) - np.arange(1, len(cells) + 1)
    np.minimum(followers, np.where(sizes <= whole, whole, _FEW), out=followers)
    return Buckets(cells.astype(np.uint32).astype(np.int64), sizes, followers)


def meetings(met: Buckets) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the pairs of cells that are to be compared, the lower number first: (m,), (m,) at a time."""
    for block in blocks(met.followers, at_most=BLOCK):
        counts = met.followers[block]
        others = ranges(np.arange(block.start + 1, block.stop + 1), counts)
        yield np.repeat(met.cells[block], counts), met.cells[others]
