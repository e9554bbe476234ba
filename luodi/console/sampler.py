"""Reads the service's own meters every few seconds, so that the last hour can be drawn without any store."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

#: How often, and how many readings are kept: an hour of them.
EVERY_S = 5.0
_KEPT = 720
#: What a request asked of: the pages' own requests and those of whoever watches the process are none of the traffic.
_ROUTES = ("/v1/", "/v2/")


@dataclass(frozen=True)
class Sample:
    """What the meters said at one moment; all but ``waiting`` only grows.

    Args:
        at: seconds since 1970.
        statuses: requests by status.
        buckets: requests that took no longer than so many seconds.
        batches: that were computed.
        texts, tokens: in them.
        waiting: texts that wait now.
    """

    at: float
    statuses: Mapping[int, float] = field(default_factory=dict)
    buckets: Mapping[float, float] = field(default_factory=dict)
    batches: float = 0.0
    texts: float = 0.0
    tokens: float = 0.0
    waiting: float = 0.0


def read_sample(families: Iterable[Any], *, at: float) -> Sample:
    """Read a registry of meters.

    Args:
        families: as Prometheus' registry collects them.
        at: now, seconds since 1970.
    """
    statuses: dict[int, float] = {}
    buckets: dict[float, float] = {}
    sums = {"luodi_batch_texts_count": 0.0, "luodi_batch_texts_sum": 0.0, "luodi_batch_tokens_sum": 0.0,
            "luodi_queue_texts": 0.0}  # fmt: skip
    for row in (row for family in families for row in family.samples):
        if row.name in sums:
            sums[row.name] += row.value
        elif not str(row.labels.get("route", "")).startswith(_ROUTES):
            continue
        elif row.name == "luodi_requests_total" and str(row.labels.get("status", "")).isdecimal():
            status = int(row.labels["status"])
            statuses[status] = statuses.get(status, 0.0) + row.value
        elif row.name == "luodi_request_seconds_bucket":
            edge = float(row.labels["le"])
            buckets[edge] = buckets.get(edge, 0.0) + row.value
    return Sample(at, statuses, buckets, *sums.values())


class Sampler:
    """Keeps the readings of the last hour.

    Args:
        collect: gives the meters' families.
    """

    def __init__(self, collect: Callable[[], Iterable[Any]]) -> None:
        self._collect = collect
        self._samples: deque[Sample] = deque(maxlen=_KEPT)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The readings, the oldest first."""
        return tuple(self._samples)

    def read(self) -> Sample:
        """Read once more, now."""
        sample = read_sample(self._collect(), at=time.time())
        self._samples.append(sample)
        return sample

    async def run(self) -> None:
        """Read for ever; a reading that fails is left out."""
        while True:
            await asyncio.to_thread(self.read)
            await asyncio.sleep(EVERY_S)
