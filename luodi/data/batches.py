"""Groups texts into batches by a budget of tokens, so that little padding is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Training batches are cut from windows of this many batches' texts, sorted by length: orders stay random enough.
_WINDOW_BATCHES = 64


def token_batches(
    lengths: NDArray[np.integer], *, max_tokens: int, max_texts: int = 4096, rng: np.random.Generator | None = None
) -> list[NDArray[np.int64]]:
    """Divide n texts into batches whose padded size, longest times count, stays within a budget.

    Args:
        lengths: tokens of each text, (n,).
        max_tokens: budget of padded tokens; a text longer than it makes a batch of its own.
        max_texts: no batch holds more texts.
        rng: shuffles, for training: texts of like length from random windows, batches in random order. Without it
            the batches run from the longest texts to the shortest.

    Returns:
        For each batch the places of its texts; together every place once.

    >>> [batch.tolist() for batch in token_batches(np.array([5, 2, 9, 3]), max_tokens=10)]
    [[2], [0, 3], [1]]
    """
    sizes: NDArray[np.int64] = np.maximum(np.asarray(lengths, np.int64), 1)
    if rng is None:
        order = np.argsort(-sizes, kind="stable")
        return _cut(order, sizes, max_tokens=max_tokens, max_texts=max_texts)
    mean_texts = min(max_texts, max(1, int(max_tokens / max(sizes.mean(), 1)))) if len(sizes) else 1
    shuffled = rng.permutation(len(sizes))
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(shuffled), window := mean_texts * _WINDOW_BATCHES):
        rows = shuffled[start : start + window]
        rows = rows[np.argsort(-sizes[rows], kind="stable")]
        batches += _cut(rows, sizes, max_tokens=max_tokens, max_texts=max_texts)
    return [batches[place] for place in rng.permutation(len(batches))]


def padding_share(lengths: NDArray[np.integer], batches: list[NDArray[np.int64]]) -> float:
    """Tell which share of the tokens computed is padding."""
    computed = sum(int(lengths[batch].max()) * len(batch) for batch in batches)
    return 1 - float(lengths.sum()) / computed if computed else 0.0


def _cut(
    order: NDArray[np.int64], lengths: NDArray[np.int64], *, max_tokens: int, max_texts: int
) -> list[NDArray[np.int64]]:
    """Cut an order that runs from long to short: the first text of a batch is its longest."""
    batches = []
    start = 0
    while start < len(order):
        count = max(1, min(max_texts, max_tokens // int(lengths[order[start]])))
        batches.append(order[start : start + count].astype(np.int64))
        start += count
    return batches


def take_in(tables: Sequence[Any], rows: NDArray[np.int64], made: Sequence[NDArray[np.float32]], *,
            lengths: NDArray[np.int64]) -> None:  # fmt: skip
    """Put what a batch gave into tables over all texts, in place.

    Args:
        tables: arrays (n, K) for what is one row a text, lists of n for what is one row a token.
        rows: places of the batch's texts, (B,).
        made: for each table (B, K), or (B, T, K).
        lengths: tokens of each of the n texts.

    Raises:
        ValueError: there are answers for more or fewer tokens than were asked about.
    """
    for table, batch in zip(tables, made, strict=True):
        if isinstance(table, list):
            if batch.shape[1] != lengths[rows].max():
                raise ValueError(f"answers for {batch.shape[1]} tokens, {lengths[rows].max()} were asked about")
            for place, row in enumerate(rows):
                table[row] = batch[place, : lengths[row]].astype(np.float32)
        else:
            table[rows] = batch


def pad(ids: list[NDArray[np.int32]], *, pad_id: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Fill rows of ids up to the longest: -> ids (B, T), mask (B, T) with 0 where padded."""
    longest = max([1, *map(len, ids)])
    padded = np.full((len(ids), longest), pad_id, np.int64)
    mask = np.zeros((len(ids), longest), np.int64)
    for place, row in enumerate(ids):
        padded[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return padded, mask
