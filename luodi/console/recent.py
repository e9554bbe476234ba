"""Counts what was answered lately, once for all who look: a week of many answers takes the store a while."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.store import Store, Tally

#: Counting takes at most one part in so many of one core's time, however many look and however much there is.
_SPARING = 20
#: What is older than so many times its age is not shown while it is counted anew.
_STALE = 3


@dataclass(frozen=True)
class _Counted:
    tallies: Sequence[Tally]
    at: float
    seconds: float


class Recent:
    """The tallies of the last hour, week, or any other span, each counted by one thread of their own.

    Args:
        store: where answers are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: dict[float, _Counted] = {}
        self._running: dict[float, asyncio.Task[_Counted]] = {}
        self._thread = ThreadPoolExecutor(1, "luodi-console")

    async def tallies(self, *, span_s: float, step_s: float, age_s: float) -> Sequence[Tally]:
        """Give the tallies of a span up to now; what was counted a moment ago is given again.

        Args:
            span_s: how far back.
            step_s: how long each tally is; they begin at its whole multiples.
            age_s: so old they may be; older where counting takes long.
        """
        found = self._counted.get(span_s)
        patience = max(age_s, _SPARING * found.seconds) if found else 0.0
        age = time.monotonic() - found.at if found else 0.0
        if found and age < patience:
            return found.tallies
        running = self._running.get(span_s)
        if running is None:
            running = self._running[span_s] = asyncio.ensure_future(self._anew(span_s, step_s))
        if found and age < _STALE * patience:
            return found.tallies
        return (await asyncio.shield(running)).tallies

    async def _anew(self, span_s: float, step_s: float) -> _Counted:
        try:
            loop = asyncio.get_running_loop()
            counted = await loop.run_in_executor(self._thread, self._count, span_s, step_s)
            self._counted[span_s] = counted
            return counted
        finally:
            del self._running[span_s]

    def _count(self, span_s: float, step_s: float) -> _Counted:
        start = time.monotonic()
        end = (time.time() // step_s + 1) * step_s
        tallies = self._store.tallies(end - span_s, end, step_s)
        return _Counted(tallies, time.monotonic(), time.monotonic() - start)
