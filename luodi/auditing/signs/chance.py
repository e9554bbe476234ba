"""The chance that rows dealt out at random differ as much from period to period."""

from __future__ import annotations

from math import erfc, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Where chance would put fewer rows than this, the approximation does not hold.
_EXPECTED = 5


def normal_tail(z: float) -> float:
    """Give the chance that a standard normal value is above z.

    >>> round(normal_tail(1.959964), 4)
    0.025
    """
    return erfc(z / sqrt(2)) / 2


def chi_square_tail(value: float, *, freedom: int) -> float:
    """Give the chance of a chi-square value above this, to about a tenth of itself.

    >>> round(chi_square_tail(11.07, freedom=5), 3)
    0.05

    Source: Wilson and Hilferty 1931, Proceedings of the National Academy of Sciences 17.
    """
    if freedom < 1:
        return 1.0
    spread = 2 / (9 * freedom)
    return normal_tail(((value / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread))


def association(table: NDArray[np.int64]) -> tuple[float, float]:
    """Give how strongly rows and columns of a table of counts hang together, and the chance of that by chance.

    Columns with few counts are put together first.

    Args:
        table: counts, (periods, labels).

    Returns:
        Cramer's V, corrected for what chance alone makes of it, 0 to 1; and the chance.

    >>> association(np.array([[50, 50], [50, 50]]))[0], round(association(np.array([[90, 10], [10, 90]]))[0], 2)
    (0.0, 0.8)

    Source: Bergsma 2013, Journal of the Korean Statistical Society 42.
    """
    total, height = table.sum(), len(table)
    is_rare = table.sum(0) * table.sum(1).min() < _EXPECTED * total
    kept = np.column_stack([table[:, ~is_rare], table[:, is_rare].sum(1)]) if is_rare.any() else table
    kept = kept[:, kept.sum(0) > 0]
    if kept.shape[1] < 2 or total < 2:
        return 0.0, 1.0
    expected = np.outer(kept.sum(1), kept.sum(0)) / total
    value = float(((kept - expected) ** 2 / expected).sum())
    freedom = (height - 1) * (kept.shape[1] - 1)
    beyond = max(0.0, value / total - freedom / (total - 1))
    sides = [side - (side - 1) ** 2 / (total - 1) for side in kept.shape]
    return sqrt(beyond / max(1e-9, min(sides) - 1)), chi_square_tail(value, freedom=freedom)


def rank_difference(values: NDArray[np.int64], groups: NDArray[np.int64]) -> tuple[float, float]:
    """Give how much of the order of values the groups explain, 0 to 1, and the chance of that by chance.

    Args:
        values: (n,).
        groups: numbers from 0, (n,); every number occurs.

    >>> share, chance = rank_difference(np.arange(100), np.arange(100) // 50)
    >>> round(share, 2), chance < 1e-9
    (0.75, True)

    Source: Kruskal and Wallis 1952, Journal of the American Statistical Association 47, with their correction for ties.
    """
    n = len(values)
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    if len(ties) < 2:
        return 0.0, 1.0
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    sizes = np.bincount(groups)
    sums = np.bincount(groups, weights=ranks)
    value = 12 / (n * (n + 1)) * float((sums**2 / sizes).sum()) - 3 * (n + 1)
    value /= 1 - float((ties.astype(float) ** 3 - ties).sum()) / (float(n) ** 3 - n)
    return max(0.0, value / (n - 1)), chi_square_tail(max(0.0, value), freedom=len(sizes) - 1)
