"""What the traffic page shows: how many, how fast, how full the batches are, what failed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from luodi.console.chart import Chart, Series
from luodi.console.figures import milliseconds, percent, rate
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.console.sampler import Sample

_Key = TypeVar("_Key", int, float)
#: Stretches that the hour is drawn in.
N_STEPS = 60
STEP_S = 60.0
#: What a client is told when too much waits, and what says that the service itself failed.
_TOO_MANY = 429
_FAILED = 500


@dataclass(frozen=True)
class Step:
    """What happened in one stretch of time; None where nothing was measured.

    Args:
        start: seconds since 1970.
        per_s: requests in a second.
        p50_s, p99_s: that half, and 99 of 100, took at most.
        fill: texts in a batch, on average.
        refused: share of requests that were told to come back later.
        failed: share of requests that the service failed.
    """

    start: float
    per_s: float | None = None
    p50_s: float | None = None
    p99_s: float | None = None
    fill: float | None = None
    refused: float | None = None
    failed: float | None = None


@dataclass(frozen=True)
class Traffic:
    """The last hour: the latest minutes in figures, and the charts."""

    now: Step
    charts: tuple[Chart, ...]
    statuses: tuple[tuple[int, int], ...]


def read_traffic(samples: Sequence[Sample], *, now: float) -> Traffic:
    """Arrange the readings of the last hour.

    Args:
        samples: the oldest first.
        now: seconds since 1970.
    """
    first = math.floor(now / STEP_S) * STEP_S - (N_STEPS - 1) * STEP_S
    steps = [_step(samples, first + i * STEP_S, first + (i + 1) * STEP_S) for i in range(N_STEPS)]
    latest = _step(samples, now - 5 * STEP_S, now + 1)
    gained = _gained(samples[0].statuses, samples[-1].statuses) if len(samples) > 1 else {}
    statuses = tuple((status, round(n)) for status, n in sorted(gained.items()) if n > 0)
    return Traffic(latest, _charts(steps), statuses)


def _step(samples: Sequence[Sample], start: float, end: float) -> Step:
    """Hold the first reading of a stretch (or the last before it) against its last one."""
    inside = [one for one in samples if start <= one.at < end]
    before = [one for one in samples if one.at < start and one.at >= start - STEP_S]
    chain = [*before[-1:], *inside]
    if len(chain) < 2 or not inside:
        return Step(start)
    first, last = chain[0], chain[-1]
    statuses = _gained(first.statuses, last.statuses)
    n = sum(statuses.values())
    buckets = _gained(first.buckets, last.buckets)
    batches = last.batches - first.batches
    return Step(
        start, n / max(last.at - first.at, 1e-9), quantile(buckets, 0.5), quantile(buckets, 0.99),
        (last.texts - first.texts) / batches if batches > 0 else None,
        statuses.get(_TOO_MANY, 0.0) / n if n else None,
        sum(k for status, k in statuses.items() if status >= _FAILED) / n if n else None,
    )  # fmt: skip


def _gained(before: Mapping[_Key, float], after: Mapping[_Key, float]) -> dict[_Key, float]:
    return {key: max(0.0, value - before.get(key, 0.0)) for key, value in after.items()}


def quantile(buckets: Mapping[float, float], share: float) -> float | None:
    """Give the time that a share of requests took at most, between the edges of its bucket as if evenly spread.

    Args:
        buckets: edge in seconds -> requests up to it, cumulated; the last edge is infinite.
        share: 0 to 1.

    >>> round(quantile({0.01: 50, 0.1: 100, float("inf"): 100}, 0.75), 6)
    0.055
    """
    edges = sorted(buckets.items())
    total = edges[-1][1] if edges else 0.0
    if total <= 0:
        return None
    wanted = share * total
    for (low, below), (high, upto) in pairwise([(0.0, 0.0), *edges]):
        if upto >= wanted:
            if math.isinf(high):
                return low
            return low + (high - low) * (wanted - below) / max(upto - below, 1e-12)
    return edges[-1][0]


def _charts(steps: Sequence[Step]) -> tuple[Chart, ...]:
    starts = tuple(one.start for one in steps)

    def chart(title: str, say: Callable[[float], str], *series: Series, has_bars: bool = False) -> Chart:
        return Chart(title, starts, STEP_S, series, say, has_bars=has_bars)

    def column(name: str, title: str) -> Series:
        return Series(title, tuple(getattr(one, name) for one in steps))

    return (
        chart(t("requests per second"), rate, column("per_s", t("requests per second")), has_bars=True),
        chart(t("latency of requests"), milliseconds, column("p50_s", t("median")), column("p99_s", "p99")),
        chart(t("texts in a batch"), rate, column("fill", t("texts in a batch"))),
        chart(
            t("refused and failed"), _share, column("refused", t("refused (429)")), column("failed", t("failed (5xx)"))
        ),
    )


def _share(value: float) -> str:
    return percent(value, places=1)
