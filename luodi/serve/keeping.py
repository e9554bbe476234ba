"""Hands answers to the store and waits until they are on disk, for a while and no longer."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from luodi.errors import LuodiError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from luodi.serve.service import Service
    from luodi.store import Answered


async def keep(service: Service, rows: Sequence[Answered], *, wait_s: float) -> bool:
    """Keep rows, and tell whether they are on disk.

    A store that fails, is full or is slow fails no answer: it is counted and logged, and the answer says so.

    Args:
        service: whose store, meters and log.
        rows: what was answered.
        wait_s: seconds that the answer may be held up.
    """
    store = service.store
    if store is None or not rows:
        return False
    started = time.monotonic()
    try:
        future = store.keep(rows)
        is_done = await _done(future, max(0.0, wait_s))
        if is_done:
            future.result()
    except Exception as failed:  # whatever it is: the answer is right all the same
        _note(service, "failed", len(rows), _why(failed))
        return False
    if not is_done:
        future.add_done_callback(lambda late: _late(service, late, len(rows)))
        service.meters.stored.labels("late").inc(len(rows))
        return False
    service.meters.stored.labels("stored").inc(len(rows))
    service.meters.store_seconds.observe(time.monotonic() - started)
    return True


async def _done(future: Future[None], wait_s: float) -> bool:
    """Wait for a future of a thread, and leave it alone when the time is over."""
    if future.done():
        return True
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def tell(_: Future[None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits there
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), wait_s)
    return future.done()


def _late(service: Service, future: Future[None], n: int) -> None:
    """See to it that a row that fails after its answer has gone is counted and logged too."""
    failed = None if future.cancelled() else future.exception()
    if failed is not None:
        _note(service, "failed", n, _why(failed))


def _why(failed: BaseException) -> str:
    """Say why in one line; of what is no error of ours, its kind alone."""
    if not isinstance(failed, LuodiError):
        return type(failed).__name__
    return f"{failed.what}: {failed.found}" if failed.found else failed.what


def _note(service: Service, result: str, n: int, why: str) -> None:
    service.meters.stored.labels(result).inc(n)
    service.log.write("store", {"result": result, "rows": n, "why": why})
