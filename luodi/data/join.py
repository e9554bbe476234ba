"""Joins shingle sets to the pairs that have most of their shingles in common."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.bands import Buckets, band_keys, buckets, finer_keys, meetings, n_bands
from luodi.data.shingles import BLOCK, ShingleSets, blocks
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from luodi.progress import Progress

#: The largest size of a class is at most so many times its smallest: wider means fewer passes with looser bounds.
_CLASS = 1.45
#: So many sets share a band, or then two bands, before not all pairs of them are compared.
_CROWDED, _CROWDED_STILL = 40, 200
#: A set with so many like it needs no finer search for more.
_ENOUGH = 20
_WORD, _WORDS = 64, 2
_HALF = np.uint64(32)
#: What a rounded product may miss a whole number by.
_HAIR = 1e-9


@dataclass(frozen=True)
class _Search:
    """What is compared: the sets, a signature of each (n, words), and the share in common that is asked for."""

    sets: ShingleSets
    signatures: NDArray[np.uint64]
    threshold: float

    @property
    def unlike(self) -> float:
        """Give the share of the summed sizes of two sets that may stand in one of them alone."""
        return (1 - self.threshold) / (1 + self.threshold)


def similar_pairs(sets: ShingleSets, *, threshold: float, progress: Progress) -> Iterator[NDArray[np.int64]]:
    """Find the pairs of sets that have at least ``threshold`` of their shingles in common (Jaccard), (m, 2) at a time.

    When all shingles are dealt out to more bands than two sets have differences, the two agree wholly in some band,
    whatever the shingles are. So a set is only compared with those that share a band with it; signatures rule most of
    these out, the others are counted. Every pair given is similar (but for clashes of hashes), and nearly every similar
    one is given. Missed are, at a threshold of 0.8, one in 800 of the pairs of 10 shingles that just reach it, as bands
    may be empty; of larger sets none was seen to be. And pairs that meet only in buckets of more than 40 sets: there
    each set is compared with the next few and, where few like it have been found, with those that share two of its
    crowded bands. Of a large cluster this gives a chain with many links, and the time does not grow with all its pairs.

    Yields:
        Pairs of numbers of sets, the lower one first, each pair once.

    Source: after Deng et al. 2015, An efficient partition based method for exact set similarity joins.
    """
    order = np.argsort(sets.sizes, kind="stable")
    by_size = sets.sizes[order]
    search = _Search(sets, _signatures(sets), threshold)
    with progress.work(t("comparing texts"), total=len(order), unit=t("texts")) as bar:
        for least, beyond in pairwise(_edges(int(by_size[-1]) if len(by_size) else 0)):
            first, own, end = np.searchsorted(by_size, [ceil(threshold * least - _HAIR), least, beyond])
            if own < end and first < end - 1:
                yield from _pairs_of_class(search, order[first:end], least, beyond)
            bar.advance(int(end - own))


def _edges(largest: int) -> list[int]:
    """Cut the sizes into classes: each holds the sizes from one edge to below the next."""
    edges = [1]
    while edges[-1] <= largest:
        edges.append(max(edges[-1] + 1, floor(edges[-1] * _CLASS)))
    return edges


def _signatures(sets: ShingleSets) -> NDArray[np.uint64]:
    """Give for each set the parities of its shingles by hash: two differ in no more bits than the sets in shingles."""
    signatures = np.zeros((len(sets.sizes), _WORDS), np.uint64)
    for block in blocks(sets.sizes, at_most=BLOCK):
        starts = sets.starts[block] - sets.starts[block.start]
        ids = sets.ids[sets.starts[block.start] : sets.starts[block.stop - 1] + sets.sizes[block.stop - 1]]
        ones = np.uint64(1) << (ids & np.uint32(_WORD - 1)).astype(np.uint64)
        words = (ids >> np.uint32(6)) & np.uint32(_WORDS - 1)
        for number in range(_WORDS):
            signatures[block, number] = np.bitwise_xor.reduceat(ones * (words == number), starts)
    return signatures


def _pairs_of_class(search: _Search, rows: NDArray[np.int64], least: int, beyond: int) -> Iterator[NDArray[np.int64]]:
    """Find the similar pairs whose larger set is of a class of sizes; rows are those that can be in one, by size."""
    keys = band_keys(search.sets, rows, bands=n_bands(floor(search.unlike * 2 * (beyond - 1) + _HAIR)))
    crowded = np.zeros(keys.shape, bool)
    found = np.empty(0, np.uint64)
    for bands in _batches(keys):
        met = buckets(keys[:, bands], whole=_CROWDED)
        crowded[:, bands].flat[met.cells[met.sizes > _CROWDED]] = True
        found = _distinct([found, *_close(search, met, rows.repeat(bands.stop - bands.start), least)])
    crowded &= _has_few(found, len(search.sets.sizes))[rows, None]
    for band in np.flatnonzero(crowded.any(0)).tolist():
        here = np.flatnonzero(crowded[:, band])
        finer = finer_keys(keys[here], crowded[here], band=band)
        for bands in _batches(finer):
            met = buckets(finer[:, bands], whole=_CROWDED_STILL)
            found = _distinct([found, *_close(search, met, rows[here].repeat(bands.stop - bands.start), least)])
    for start in range(0, len(found), BLOCK):
        pairs = _unpacked(found[start : start + BLOCK])
        yield pairs[_are_similar(search, pairs)]


def _batches(table: NDArray[np.uint32]) -> list[slice]:
    """Cut the columns of a table into slices of not too many cells."""
    n, columns = table.shape
    at_once = max(1, BLOCK // max(1, n))
    return [slice(start, min(columns, start + at_once)) for start in range(0, columns, at_once)]


def _close(search: _Search, met: Buckets, row_of: NDArray[np.int64], least: int) -> Iterator[NDArray[np.uint64]]:
    """Give the pairs that met and may be similar by their sizes and signatures, packed: (m,) at a time."""
    sizes = search.sets.sizes[row_of]
    for one, other in meetings(met):
        a, b = sizes[one], sizes[other]
        fit = np.flatnonzero((b >= least) & (a >= search.threshold * b - _HAIR))
        smaller, larger, both = row_of[one[fit]], row_of[other[fit]], a[fit] + b[fit]
        differing = np.bitwise_count(search.signatures[smaller] ^ search.signatures[larger]).sum(1, dtype=np.int64)
        fit = np.flatnonzero((differing <= search.unlike * both + _HAIR) & (smaller != larger))
        smaller, larger = smaller[fit], larger[fit]
        yield np.minimum(smaller, larger).astype(np.uint64) << _HALF | np.maximum(smaller, larger).astype(np.uint64)


def _distinct(parts: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    numbers = np.concatenate(parts)
    numbers.sort()  # many times as fast as numpy's unique
    return numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers


def _has_few(found: NDArray[np.uint64], n: int) -> NDArray[np.bool_]:
    """Tell of each of n sets whether it is in few of the pairs, (n,)."""
    partners = np.zeros(n, np.int64)
    for start in range(0, len(found), BLOCK):
        partners += np.bincount(_unpacked(found[start : start + BLOCK]).ravel(), minlength=n)
    return partners < _ENOUGH


def _unpacked(found: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.stack([found >> _HALF, found & np.uint64(0xFFFFFFFF)], 1).astype(np.int64)


def _are_similar(search: _Search, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Count what each pair has in common, shingle by shingle: (m, 2) -> (m,)."""
    similar = np.empty(len(pairs), bool)
    sizes = search.sets.sizes[pairs]
    for block in blocks(sizes.sum(1), at_most=BLOCK):
        n = np.arange(block.stop - block.start, dtype=np.uint64) << _HALF
        members = [
            search.sets.of(pairs[block, side]) | np.repeat(n, sizes[block, side])  # the pair above, the shingle below
            for side in (0, 1)
        ]
        both = np.sort(np.concatenate(members))
        twice = (both[1:][both[1:] == both[:-1]] >> _HALF).astype(np.int64)
        common = np.bincount(twice, minlength=len(n))
        similar[block] = common / (sizes[block].sum(1) - common) >= search.threshold
    return similar
