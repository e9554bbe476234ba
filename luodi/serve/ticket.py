"""One call in flight: its answers as they come, and whether anybody still waits for them."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from luodi.errors import LuodiError, TooSlow
from luodi.language import t
from luodi.tasks import Prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from luodi.bundle.forward import Encoded

#: What becomes of one text.
Outcome = Prediction | LuodiError


class Departed(LuodiError):
    """Nobody waits for the answers any more."""

    http_status = 499


class Ticket:
    """The answers to one call, gathered on the loop that waits for them.

    Args:
        n: texts that were asked.
        deadline: on the monotonic clock; what is not answered then is not computed any more.
        gone: tells, from any thread, whether the one who asked has left.

    Attributes:
        tag: where the call's next text stands in the fair order of all texts.
        is_over: nobody waits any more.
    """

    __slots__ = ("_answers", "_gone", "_left", "deadline", "future", "is_over", "loop", "tag")

    def __init__(self, n: int, *, deadline: float | None, gone: Callable[[], bool] | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[list[Outcome]] = self.loop.create_future()
        self.deadline = deadline
        self.tag = 0
        self.is_over = False
        self._gone = gone
        self._answers: list[Outcome | None] = [None] * n
        self._left = n

    def settle(self, place: int, outcome: Outcome) -> None:
        """Take in what became of one text; on the loop's thread, once for each place."""
        self._answers[place] = outcome
        self._left -= 1
        if not self._left and not self.future.done():
            self.future.set_result([one for one in self._answers if one is not None])

    def fail(self, error: Exception) -> None:
        """End the call without answers; on the loop's thread."""
        self.is_over = True
        if not self.future.done():
            self.future.set_exception(error)

    def why_over(self) -> LuodiError | None:
        """Give why the call is to be dropped, from any thread; None where somebody waits."""
        if self.is_over:
            return Departed(t("nobody waits for the answer any more"))
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return too_slow()
        with suppress(Exception):  # what the caller handed in stops no worker
            if self._gone is not None and self._gone():
                return Departed(t("nobody waits for the answer any more"))
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """One text that waits.

    Args:
        ticket: the call that it belongs to.
        place: its place among the texts of the call.
        encoded: the texts that it was split with.
        row: its place among those.
        length: tokens that it is padded from; of the longer one where two are read apart.
        n_tokens: tokens in all.
        since: when it was put down, on the monotonic clock.
    """

    ticket: Ticket
    place: int
    encoded: Encoded
    row: int
    length: int
    n_tokens: int
    since: float


def waiting(ticket: Ticket, encoded: Encoded, *, start: int) -> Sequence[Waiting]:
    """Make one of each text that was split, the first at a place of its call."""
    now, n = time.monotonic(), encoded.n_reads
    lengths = [len(ids) for ids in encoded.ids]
    return [
        Waiting(ticket, start + row, encoded, row, max(1, *of_row) if n > 1 else max(1, of_row[0]), sum(of_row), now)
        for row in range(encoded.n)
        for of_row in (lengths[n * row : n * row + n],)
    ]


def too_slow() -> TooSlow:
    """Make the error for an answer that came not in time."""
    return TooSlow(t("the answer was not ready before its deadline"), fix=t("ask for fewer texts, or allow more time"))


def deliver(batch: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
    """Bring outcomes to the loops that wait for them, one call a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Outcome]]] = {}
    for one, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(one.ticket.loop, []).append((one, outcome))
    for loop, some in by_loop.items():
        on_loop(loop, partial(_settle, some))


def _settle(some: Sequence[tuple[Waiting, Outcome]]) -> None:
    for one, outcome in some:
        one.ticket.settle(one.place, outcome)


def on_loop(loop: asyncio.AbstractEventLoop, act: Callable[[], object]) -> None:
    """Have a loop do something, from any thread."""
    try:
        loop.call_soon_threadsafe(act)
    except RuntimeError:  # the loop is closed: nobody waits there
        return
