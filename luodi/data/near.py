"""Finds texts that are the same or nearly so."""

from __future__ import annotations

import unicodedata
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.join import similar_pairs
from luodi.data.shingles import WIDTH, ShingleSets, concatenated, shingle_sets
from luodi.data.text import encodable
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Share of common shingles from which on two texts are nearly the same.
THRESHOLD = 0.8
#: Shorter texts are compared as a whole only: in so few characters one of them turns the meaning.
SHORTEST = 12

#: Longer texts are compared by their first characters.
_LONGEST = 2000
_CHUNK = 20_000
#: So many texts are folded at once, with a sign between them that folding leaves alone.
_TOGETHER, _BETWEEN = 250, "\0"
#: The signs of Chinese text that the normal form replaces most often; without them most texts need no slow look.
_OFTEN = tuple((sign, unicodedata.normalize("NFKC", sign)) for sign in "，：！？（）；…～\u3000\xa0")


def normal_form(text: str) -> str:
    """Fold what does not change a text: width and compatibility forms, case, white space.

    >>> normal_form(" Ｈello　World ")
    'helloworld'
    """
    if not text.isascii():
        text = encodable(text)
        for sign, plain in _OFTEN:
            text = text.replace(sign, plain)
        text = unicodedata.normalize("NFKC", text)
    return "".join(text.casefold().split())


def normal_forms(texts: Sequence[str]) -> list[str]:
    """Fold many texts, in less time than one by one.

    >>> normal_forms([" Ｈello　World ", "好 评"])
    ['helloworld', '好评']
    """
    forms: list[str] = []
    for start in range(0, len(texts), _TOGETHER):
        some = texts[start : start + _TOGETHER]
        whole = encodable(_BETWEEN.join(some))
        if whole.count(_BETWEEN) >= len(some):  # a text holds the sign itself
            forms += map(normal_form, some)
            continue
        for sign, plain in _OFTEN:
            whole = whole.replace(sign, plain)
        whole = _BETWEEN.join([unicodedata.normalize("NFKC", text) for text in whole.split(_BETWEEN)])
        forms += "".join(whole.casefold().split()).split(_BETWEEN)
    return forms


def near_pairs(
    texts: Sequence[str], *, threshold: float = THRESHOLD, progress: Progress | None = None
) -> NDArray[np.int64]:
    """Find the pairs of n texts that are nearly equal but not equal: row numbers, (m, 2), the lower one first.

    Each distinct text stands for all that equal it in normal form, by its first row. Nearly equal means that at least
    ``threshold`` (0.5 to 1; the higher the faster) of the three-character shingles of both are common to both
    (Jaccard); texts shorter than ``SHORTEST`` are equal or not, of longer ones the first 2,000 characters count. Of
    very many texts that share whole parts (a template) not all pairs are given but a chain of them.

    >>> near_pairs(["where is my new card?", "no", "Where is my new card", "WHERE is my new card?"])
    array([[0, 2]])
    """
    silent = progress or Silent()
    _, rows, sets = _distinct(texts, threshold, silent)
    found = [np.empty((0, 2), np.int64), *similar_pairs(sets, threshold=threshold, progress=silent)]
    pairs = rows[np.concatenate(found)]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def near_groups(
    texts: Sequence[str], *, threshold: float = THRESHOLD, progress: Progress | None = None
) -> NDArray[np.int64]:
    """Give each of n texts the number of its group, (n,): equal and nearly equal texts share one.

    Equal means equal in normal form, nearly equal as ``near_pairs`` says; what is near to something near is in the same
    group. The number is the first row of the group.

    >>> near_groups(["where is my new card?", "no", "Where is my new card", "NO"])
    array([0, 1, 0, 1])
    """
    silent = progress or Silent()
    first, rows, sets = _distinct(texts, threshold, silent)
    groups = np.arange(len(first))
    for pairs in similar_pairs(sets, threshold=threshold, progress=silent):
        groups = joined(groups, rows[pairs])
    return groups[first]


def overlap(one: str, other: str) -> float:
    """Give the share of shingles common to two texts in normal form, 0 to 1."""
    a, b = _shingles(one), _shingles(other)
    common = len(a & b)
    return common / (len(a) + len(b) - common)


def _shingles(form: str) -> set[str]:
    form = form[:_LONGEST]
    return {form[start : start + WIDTH] for start in range(max(1, len(form) - WIDTH + 1))}


def _distinct(
    texts: Sequence[str], threshold: float, progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int64], ShingleSets]:
    """Give the first row with the normal form of each text, (n,); those rows that can be near to others; their sets."""
    seen: dict[str, int] = {}
    first = np.empty(len(texts), np.int64)
    rows: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    parts: list[ShingleSets] = []
    with progress.work(t("looking for near-duplicates"), total=len(texts), unit=t("texts")) as bar:
        for start in range(0, len(texts), _CHUNK):
            forms = normal_forms(texts[start : start + _CHUNK])
            numbers = np.arange(start, start + len(forms))
            here = np.array([*map(seen.setdefault, forms, numbers.tolist())], np.int64)
            first[numbers] = here
            if threshold < 1:
                is_new = (here == numbers) & (np.fromiter(map(len, forms), np.int64) >= SHORTEST)
                rows.append(numbers[is_new])
                parts.append(shingle_sets([form[:_LONGEST] for form in compress(forms, is_new.tolist())]))
            bar.advance(len(forms))
    return first, np.concatenate(rows), concatenated(parts)


def joined(groups: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join the groups of each pair: group numbers, each the lowest place of its group, (n,) -> new ones, (n,)."""
    groups = groups.copy()
    while len(pairs):
        one, other = groups[pairs[:, 0]], groups[pairs[:, 1]]
        apart = one != other
        pairs, one, other = pairs[apart], one[apart], other[apart]
        np.minimum.at(groups, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(groups, further := groups[groups]):
            groups = further
    return groups
