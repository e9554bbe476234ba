"""Periods of about equally many rows, from the oldest rows to the newest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: How many periods are made, and the rows that each must have so that a share of them says anything.
_WANTED, _FEWEST = 5, 40


@dataclass(frozen=True)
class Periods:
    """Which period each row belongs to, and when each period was.

    Args:
        of: the period of each row, (n,), the oldest is 0; -1 where a row has no time.
        spans: first and last day of each period.
    """

    of: NDArray[np.int64]
    spans: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.spans)

    def named(self, period: int) -> str:
        """Give the days of a period."""
        first, last = self.spans[period]
        return first if first == last else t("{first} to {last}", first=first, last=last)


def periods_of(times: Sequence[str]) -> Periods | None:
    """Divide rows by time into five periods with about as many rows each; rows of one moment stay together.

    Returns:
        None where that leaves fewer than two periods with rows enough.

    >>> periods_of([f"2024-01-{day:02}" for day in range(1, 31)] * 10).spans[0]
    ('2024-01-01', '2024-01-06')
    """
    moments = sorted({*times} - {""})
    place = {moment: i for i, moment in enumerate(moments)}
    codes = np.array([place.get(moment, -1) for moment in times], np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=len(moments))
    if not len(counts):
        return None
    middle = np.cumsum(counts) - counts / 2
    _, period = np.unique((middle * _WANTED / counts.sum()).astype(np.int64), return_inverse=True)
    n = int(period[-1]) + 1
    if n < 2 or np.bincount(period, weights=counts).min() < _FEWEST:
        return None
    edges = np.searchsorted(period, np.arange(n + 1))
    spans = tuple((moments[edges[i]][:10], moments[edges[i + 1] - 1][:10]) for i in range(n))
    return Periods(np.where(codes >= 0, period[codes], -1), spans)
