"""A quantile of measured times, and how far it can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

_Z = 1.959963984540054  # two-sided 95 %


def quantile(values: Sequence[float], share: float) -> Quantity:
    """Give a quantile with its 95 % interval from the order of the values alone, whatever their distribution.

    The number of values below the true quantile is binomial; its normal approximation picks the two ranks.

    >>> quantile(list(range(1, 1001)), 0.5).value
    500.5

    Source: David and Nagaraja 2003, Order Statistics, section 7.1.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    half = _Z * np.sqrt(n * share * (1 - share))
    low = int(np.clip(np.floor(n * share - half), 0, n - 1))
    high = int(np.clip(np.ceil(n * share + half), 0, n - 1))
    value = float(np.quantile(ordered, share))  # interpolated: of very few values it may lie outside the ranks
    return Quantity(value, min(value, float(ordered[low])), max(value, float(ordered[high])))
