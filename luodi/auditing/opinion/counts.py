"""Counts of hashed terms: runs of characters of a text, or its words."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.text import encodable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    #: the signs of some texts one after the other, (N,), and the text of each, (N,) -> hashed terms, (T,), and theirs
    _Split = Callable[[NDArray[np.uint32], NDArray[np.int64]], tuple[NDArray[np.uint64], NDArray[np.int64]]]

#: Terms fall into so many buckets.
_BITS = 18
BUCKETS = 1 << _BITS
#: Runs of up to so many characters.
_LONGEST_RUN = 3
#: A Chinese or Japanese sign is a word; of other scripts a run of letters and digits is.
_DENSE, _WORDLIKE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]"), re.compile(r"\w")
#: So many characters are looked at at once.
_AT_ONCE = 1_000_000
#: Odd multipliers: of a sign within a term, and of the whole term.
_STEP, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


def count_runs(texts: Sequence[str]) -> Any:
    """Count the runs of one to three characters in n texts: a sparse (n, BUCKETS) of float32."""
    return _counted(texts, _runs)


def count_words(texts: Sequence[str]) -> Any:
    """Count the words of n texts in small letters, and pairs of neighbours: a sparse (n, BUCKETS) of float32."""
    return _counted([text.lower() for text in texts], _words)


def _counted(texts: Sequence[str], split: _Split) -> Any:
    from scipy.sparse import csr_matrix, vstack

    tables = [csr_matrix((0, BUCKETS), dtype=np.float32)]
    for start, end in _portions(texts):
        some = texts[start:end]
        signs = np.frombuffer(encodable("".join(some)).encode("utf-32-le"), np.uint32)
        row_of = np.repeat(np.arange(len(some)), [*map(len, some)])
        hashes, rows = split(signs, row_of)
        hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIX
        keys = rows << _BITS | (hashes >> np.uint64(64 - _BITS)).astype(np.int64)
        keys.sort()
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        counts = np.diff(first, append=len(keys)).astype(np.float32)
        keys = keys[first]
        ends = np.searchsorted(keys, np.arange(len(some) + 1) << _BITS)
        tables.append(csr_matrix((counts, keys & (BUCKETS - 1), ends), shape=(len(some), BUCKETS)))
    return vstack(tables, format="csr")


def _portions(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Divide texts into portions of about as many characters, each with its first text and the one behind its last."""
    portion = np.cumsum([0, *map(len, texts)])[:-1] // _AT_ONCE  # where each text begins
    edges = [*np.flatnonzero(np.diff(portion, prepend=-1)).tolist(), len(texts)]
    yield from pairwise(edges)


def _runs(signs: NDArray[np.uint32], row_of: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    hashes, rows = [], []
    run = np.zeros(len(signs), np.uint64)
    for length in range(min(_LONGEST_RUN, len(signs))):
        begins = len(signs) - length  # so many places where such a run may begin
        run = run[:begins] * _STEP + signs[length:] + np.uint64(1)
        is_whole = row_of[length:] == row_of[:begins]
        hashes.append(run[is_whole])
        rows.append(row_of[:begins][is_whole])
    return np.concatenate([np.empty(0, np.uint64), *hashes]), np.concatenate([np.empty(0, np.int64), *rows])


def _words(signs: NDArray[np.uint32], row_of: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    is_word, is_dense = _of_class(signs, _WORDLIKE), _of_class(signs, _DENSE)
    is_word |= is_dense
    goes_on = np.zeros(len(signs), bool)  # the word of the sign before
    goes_on[1:] = is_word[:-1] & ~is_dense[:-1] & ~is_dense[1:] & (row_of[1:] == row_of[:-1])
    signs, row_of, goes_on = signs[is_word], row_of[is_word], goes_on[is_word]
    starts = np.flatnonzero(~goes_on)
    place = np.arange(len(signs)) - np.repeat(starts, np.diff(starts, append=len(signs)))
    powers = _STEP ** np.arange(int(place.max(initial=0)) + 1, dtype=np.uint64)
    words = np.add.reduceat((signs + np.uint64(1)) * powers[place], starts) if len(starts) else np.empty(0, np.uint64)
    rows = row_of[starts]
    is_pair = rows[1:] == rows[:-1]
    pairs = (words[:-1] * _MIX + words[1:])[is_pair]
    return np.concatenate([words, pairs]), np.concatenate([rows, rows[1:][is_pair]])


def _of_class(signs: NDArray[np.uint32], pattern: re.Pattern[str]) -> NDArray[np.bool_]:
    """Tell which signs fit a pattern, (N,); each different sign is asked once."""
    fits = np.zeros(int(signs.max(initial=0)) + 1, bool)
    asked = np.flatnonzero(np.bincount(signs, minlength=1)).tolist()
    fits[asked] = [pattern.match(chr(sign)) is not None for sign in asked]
    return fits[signs]
