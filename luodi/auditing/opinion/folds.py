"""Folds: parts of the rows that are held out in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def deal(
    targets: NDArray[np.int64], groups: NDArray[np.int64], *, n_folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Deal rows out to folds: whole groups, and of each label like shares to all.

    Args:
        targets: the label of each row, (n,); -1 where it has none.
        groups: the group of each row, (n,): near-duplicates, which must not be on both sides.
        n_folds: how many folds.
        rng: draws the order.

    Returns:
        The fold of each row, (n,), 0 to ``n_folds - 1``.

    >>> deal(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3]), n_folds=2, rng=np.random.default_rng(0)).tolist()
    [1, 0, 1, 0]
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    order = np.lexsort((rng.random(len(first)), targets[first]))  # the groups, label by label, else by chance
    fold = np.empty(len(first), np.int64)
    fold[order] = np.arange(len(first)) % n_folds
    return fold[group]
