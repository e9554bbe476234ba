"""Finds texts that are the same or nearly so: MinHash proposes, the true overlap decides."""

from __future__ import annotations

import unicodedata
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.text import encodable
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: Share of common shingles from which on two texts are nearly the same.
THRESHOLD = 0.8
#: Shorter texts are compared as a whole only: in so few characters one of them turns the meaning.
SHORTEST = 12

_SHINGLE = 3
#: 16 bands of 5 hashes: of two texts at an overlap of 0.8, 998 in 1,000 meet in some band.
_BANDS, _ROWS = 16, 5
_CHUNK = 20_000
#: Up to this size every pair of a bucket is compared, beyond it each text with its neighbours and the first.
_SMALL_BUCKET = 24
#: Longer texts are compared by their first characters.
_LONGEST = 2000


def normal_form(text: str) -> str:
    """Fold what does not change a text: width and compatibility forms, case, white space.

    >>> normal_form(" Ｈello　World ")
    'helloworld'
    """
    return "".join(unicodedata.normalize("NFKC", encodable(text)).casefold().split())


def near_groups(
    texts: Sequence[str], *, threshold: float = THRESHOLD, progress: Progress | None = None
) -> NDArray[np.int64]:
    """Give each of n texts the number of its group, (n,): equal and nearly equal texts share one.

    Equal means equal in normal form. Nearly equal means that at least ``threshold`` of the three-character shingles
    of both are common to both (Jaccard); what is near to something near is in the same group.

    Source: Broder 1997, On the resemblance and containment of documents.
    """
    forms: dict[str, int] = {}
    exact = np.array([forms.setdefault(normal_form(text), len(forms)) for text in texts], np.int64)
    distinct = list(forms)
    long = [place for place, form in enumerate(distinct) if len(form) >= SHORTEST]
    groups = _Groups(len(distinct))
    if len(long) > 1 and threshold < 1:
        _join_near([distinct[place][:_LONGEST] for place in long], long, groups, threshold, progress or Silent())
    return groups.numbers()[exact] if len(exact) else exact


class _Groups:
    """A forest of places, joined two by two."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def root(self, place: int) -> int:
        while self.parent[place] != place:
            self.parent[place] = self.parent[self.parent[place]]
            place = self.parent[place]
        return place

    def join(self, one: int, other: int) -> None:
        a, b = self.root(one), self.root(other)
        self.parent[max(a, b)] = min(a, b)

    def numbers(self) -> NDArray[np.int64]:
        return np.array([self.root(place) for place in range(len(self.parent))], np.int64)


def _join_near(
    forms: Sequence[str], places: Sequence[int], groups: _Groups, threshold: float, progress: Progress
) -> None:
    hashes = _min_hashes(forms, progress)
    with progress.work(t("comparing texts"), total=_BANDS, unit=t("bands")) as bar:
        for band in range(_BANDS):
            for one, other in _met(hashes[:, band * _ROWS : (band + 1) * _ROWS]):
                a, b = places[one], places[other]
                if groups.root(a) != groups.root(b) and overlap(forms[one], forms[other]) >= threshold:
                    groups.join(a, b)
            bar.advance()


def _min_hashes(forms: Sequence[str], progress: Progress) -> NDArray[np.uint32]:
    rensa = need("rensa", extra="train")
    hashes = np.empty((len(forms), _BANDS * _ROWS), np.uint32)
    with progress.work(t("looking for near-duplicates"), total=len(forms), unit=t("texts")) as bar:
        for start in range(0, len(forms), _CHUNK):
            chunk = [list(_shingles(form)) for form in forms[start : start + _CHUNK]]
            hashes[start : start + len(chunk)] = rensa.RMinHash.digests_from_token_sets(chunk, _BANDS * _ROWS, 7)
            bar.advance(len(chunk))
    return hashes


def _met(band: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Give pairs of rows that are equal in a band, (n, rows): all pairs of a small bucket, a chain of a large one."""
    keys = np.ascontiguousarray(band).view(np.dtype((np.void, band.dtype.itemsize * band.shape[1]))).ravel()
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    ends = np.cumsum(counts)
    for end, size in zip(ends[counts > 1], counts[counts > 1], strict=True):
        bucket = order[end - size : end].tolist()
        if size <= _SMALL_BUCKET:
            yield from combinations(bucket, 2)
        else:
            for place in range(1, size):
                yield bucket[0], bucket[place]
                yield bucket[place - 1], bucket[place]


def overlap(one: str, other: str) -> float:
    """Give the share of shingles common to two texts in normal form, 0 to 1."""
    a, b = _shingles(one), _shingles(other)
    common = len(a & b)
    return common / (len(a) + len(b) - common)


def _shingles(form: str) -> set[str]:
    return {form[start : start + _SHINGLE] for start in range(max(1, len(form) - _SHINGLE + 1))}
