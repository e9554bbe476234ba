"""Answers the texts of many callers together: one bounded queue, a worker a core, no answer that company changes."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from luodi.errors import Overloaded
from luodi.language import t
from luodi.serve.batch import answer, own_error
from luodi.serve.pace import Pace
from luodi.serve.plan import Depth, Plan
from luodi.serve.queue import Queue
from luodi.serve.ticket import Outcome, Ticket, deliver, on_loop, too_slow, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from luodi.bundle import Runner
    from luodi.serve.ticket import Waiting

#: A call of so many characters is split into pieces on the loop itself: a thread would take longer to begin.
_AT_ONCE = 2_000
#: Texts of a longer call that are split together; in between, those of other calls have their turn.
_SLICE = 64


class Batcher:
    """Takes calls on an event loop, and answers them on threads of its own.

    Args:
        runner: answers batches; several threads use it at once.
        plan: how texts are put together.
        slots: batches that may be computed at the same time, shared with other batchers; as many as there are workers
            unless given.

    Attributes:
        on_batch: is told of each batch, by the worker: texts, tokens, seconds computed, seconds that its first text
            waited.
    """

    def __init__(self, runner: Runner, *, plan: Plan | None = None, slots: threading.Semaphore | None = None) -> None:
        self.plan = plan or Plan()
        self._slots = slots or threading.Semaphore(self.plan.workers)
        self.on_batch: Callable[[int, int, float, float], None] | None = None
        self._runner = runner.alone()
        self._queue, self._pace = Queue(portion=self.plan.max_tokens), Pace(self.plan.workers)
        self._changed = threading.Condition()
        self._busy = self._n_open = 0
        self._is_draining = self._is_closed = False
        self._splitter = ThreadPoolExecutor(1, "luodi-splitter")
        self._workers = [
            threading.Thread(target=self._work, name=f"luodi-worker-{n}", daemon=True)
            for n in range(self.plan.workers)
        ]  # fmt: skip
        for worker in self._workers:
            worker.start()

    async def ask(
        self, texts: Sequence[str], *, deadline: float | None = None, gone: Callable[[], bool] | None = None
    ) -> list[Outcome]:
        """Answer texts in order, each as if it had been asked alone.

        Args:
            texts: any number of them.
            deadline: on the monotonic clock; none unless given.
            gone: tells, from any thread, whether the one who asks has left; then nothing is computed any more.

        Returns:
            For each text what is said of it, or why just this text cannot be answered.

        Raises:
            Overloaded: too much waits already, or more than can be answered before the deadline; ``retry_after_s``
                says when to come back.
            TooSlow: the deadline passed.
            Departed: ``gone`` said so.
        """
        if not texts:
            return []
        n_characters = sum(len(text) for text in texts if isinstance(text, str))
        left_s = inf if deadline is None else deadline - time.monotonic()
        if left_s <= 0:
            raise too_slow()
        expected = self._admit(n_characters, len(texts), left_s)
        ticket = Ticket(len(texts), deadline=deadline, gone=gone)
        timer = None
        if deadline is not None:
            timer = ticket.loop.call_later(left_s, lambda: ticket.fail(too_slow()))
        try:
            if n_characters <= _AT_ONCE:
                self._put(ticket, texts, 0)
            else:
                await self._put_in_slices(ticket, texts)
            self._pace.expect(-expected)
            expected = 0.0
            return await ticket.future
        finally:
            ticket.is_over = True
            self._pace.expect(-expected)
            with self._changed:
                self._n_open -= 1
            if timer is not None:
                timer.cancel()

    def depth(self) -> Depth:
        """Tell what waits now."""
        return Depth(self._queue.n_texts, self._queue.n_tokens, self._busy)

    def warm(self, texts: Sequence[str]) -> None:
        """Answer some texts on this thread, twice: what comes first takes longer, the second time is measured."""
        encoded = self._runner.split(texts)
        self._runner.answer(encoded)
        start = time.monotonic()
        self._runner.answer(encoded)
        self._pace.note(sum(map(len, encoded.ids)), time.monotonic() - start)

    async def drain(self) -> None:
        """Take no more calls, and wait until those that were taken are answered."""
        self._is_draining = True
        while self._n_open:
            await asyncio.sleep(0.01)

    def retire(self) -> bool:
        """Take no more calls if none is open; tell whether that is so."""
        with self._changed:
            self._is_draining = self._is_draining or not self._n_open
            return not self._n_open

    def close(self) -> None:
        """Let the threads end once nothing waits any more; a closed batcher takes no calls."""
        self._is_draining = True
        self._splitter.shutdown()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()
        self._runner.close()

    @property
    def is_draining(self) -> bool:
        """Tell whether no more calls are taken."""
        return self._is_draining

    def _admit(self, n_characters: int, n_texts: int, left_s: float) -> float:
        """Let a call in, or refuse it; give the tokens that it is expected to bring.

        Of those that came before, a call waits at most for as many tokens as it brings itself, from each: that is what
        the order is for. A wait is an estimate, so no more than half of the time to the deadline may go into it. A call
        that finds nobody before it is let in however large it is.
        """
        expected = self._pace.tokens_of(n_characters, n_texts)
        with self._changed:
            waiting = self._queue.n_tokens + self._pace.n_expected
            ahead = min(waiting, self._n_open * expected)
            is_late = self._pace.seconds(ahead) > min(self.plan.queue_s, left_s / 2)
            is_full = ahead + expected > self.plan.queue_tokens or is_late
            if self._is_draining:
                raise _closing()
            if not (ahead and is_full):
                self._n_open += 1
                self._pace.expect(expected)
                return expected
        raise Overloaded(
            t("too many texts wait already"), found=t("{n} texts", n=self._queue.n_texts), fix=t("ask again later"),
            retry_after_s=max(0.1, self._pace.seconds(waiting) / 2),
        )  # fmt: skip

    async def _put_in_slices(self, ticket: Ticket, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), _SLICE):
            if why := ticket.why_over():
                ticket.fail(why)
                return
            try:
                split = ticket.loop.run_in_executor(
                    self._splitter, self._put, ticket, texts[start : start + _SLICE], start
                )
            except RuntimeError as closed:
                raise _closing() from closed
            await split

    def _put(self, ticket: Ticket, texts: Sequence[str], start: int) -> None:
        """Split texts of a call into pieces and put them down; one that cannot be split has its own error."""
        try:
            split = waiting(ticket, self._runner.split(texts), start=start)
        except Exception as failed:  # a tokenizer's errors have no class of their own
            if len(texts) == 1:
                error = own_error(failed)
                ticket.loop.call_soon_threadsafe(ticket.settle, start, error)
                return
            half = len(texts) // 2
            self._put(ticket, texts[:half], start)
            self._put(ticket, texts[half:], start + half)
            return
        self._pace.note_split(sum(map(len, texts)), sum(one.n_tokens for one in split))
        with self._changed:
            self._queue.put(split)
            self._changed.notify(len(split))

    def _work(self) -> None:
        """Answer batch after batch, until the batcher is closed and nothing waits any more."""
        while self._is_due():
            start = time.monotonic()
            with self._slots:
                batch = self._taken()
                self._answer(batch)
            if batch:
                with self._changed:
                    self._busy -= 1
                # what the turn took, not the engine alone: who waits, waits for all of it
                self._pace.note(sum(one.n_tokens for one in batch), time.monotonic() - start)

    def _answer(self, batch: Sequence[Waiting]) -> None:
        """Answer one batch, and bring the answers to those who wait."""
        some = self._still_wanted(batch)
        if not some:
            return
        start = time.monotonic()
        outcomes = answer(self._runner, some)
        seconds = time.monotonic() - start
        if self.on_batch is not None:
            with suppress(Exception):  # a meter that fails stops no worker
                n_tokens = sum(one.n_tokens for one in some)
                self.on_batch(len(some), n_tokens, seconds, start - min(one.since for one in some))
        deliver(some, outcomes)

    def _is_due(self) -> bool:
        """Wait until a batch is to be computed; not so once the batcher is closed and nothing waits."""
        with self._changed:
            while True:
                first = self._queue.first()
                if first is None:
                    if self._is_closed:
                        return False
                    self._changed.wait()
                    continue
                is_full = not self._busy or self._queue.n_tokens >= self.plan.max_tokens or self._is_closed
                patience = 0.0 if is_full else first.since + self.plan.max_wait_ms / 1000 - time.monotonic()
                if patience <= 0:
                    return True
                self._changed.wait(patience)

    def _taken(self) -> Sequence[Waiting]:
        """Take what goes next; nothing where another worker took all of it meanwhile."""
        with self._changed:
            if self._queue.first() is None:
                return ()
            self._busy += 1
            return self._queue.take(most=self.plan.max_tokens)

    def _still_wanted(self, batch: Sequence[Waiting]) -> list[Waiting]:
        """Leave out the texts of calls for which nobody waits any more, and end those calls."""
        over = {ticket: ticket.why_over() for ticket in {one.ticket for one in batch}}
        for ticket, why in over.items():
            if why is not None:
                on_loop(ticket.loop, partial(ticket.fail, why))
        return [one for one in batch if over[one.ticket] is None]


def _closing() -> Overloaded:
    return Overloaded(t("no more texts are taken: the service is being stopped or the bundle replaced"))
