"""Asks a bundle, keeps what it said, and counts it: what every way of asking has in common."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.data.pair import pair
from luodi.language import t
from luodi.serve.asked import fresh_id
from luodi.serve.body import ClientGone
from luodi.serve.errors import Refusal, refusal_of, too_large
from luodi.serve.keeping import keep
from luodi.serve.ticket import Departed
from luodi.store import Answered as Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from luodi.serve.asked import Asked, Receive
    from luodi.serve.fleet import Served
    from luodi.serve.limits import Limits
    from luodi.tasks import Prediction


@dataclass(frozen=True, slots=True)
class Question:
    """What a bundle is asked.

    Args:
        texts: texts, or pairs as one string each.
        deadline_ms: how long the caller waits; the service's own limit holds besides.
        is_kept: whether the answers are kept.
    """

    texts: Sequence[str]
    deadline_ms: int | None = None
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it: an id, for each text a prediction or why there is none, and whether it is on disk."""

    id: str
    said: Sequence[Prediction | Exception]
    is_stored: bool


async def ask(asked: Asked, served: Served, question: Question) -> Answered:
    """Ask a bundle, drop the question if its client leaves, keep and count the answers.

    Raises:
        Refusal: too many texts, too long ones, or a kind of text that the bundle does not take.
        Overloaded: too much waits already.
        TooSlow: the deadline passed.
        ClientGone: nobody is there any more.
    """
    service, texts = asked.service, question.texts
    asked.n_texts = len(texts)
    _require_limits(texts, service.limits)
    if service.options.log_texts:  # masked as they are written: no more than a request may bring
        asked.texts = list(texts)
    started = time.monotonic()
    wait_s = service.limits.request_s
    if question.deadline_ms is not None:
        wait_s = min(wait_s, question.deadline_ms / 1000)
    said = await _answers(asked, served, texts, deadline=started + wait_s)
    service.meters.predicted(served.name, said, served.bundle.task)
    seconds = time.monotonic() - started
    # the id of the request where we made it; one that a caller chose may come again, and then names no answer
    id = fresh_id() if "x-request-id" in asked.headers else asked.id
    is_stored = False
    if question.is_kept and service.store is not None:
        left_s = started + wait_s - time.monotonic()
        rows = _Rows(asked, served, id=id, seconds=seconds)
        is_stored = await keep(service, rows.of(texts, said), wait_s=min(left_s, service.options.store_wait_s))
    return Answered(id, said, is_stored)


async def _answers(
    asked: Asked, served: Served, texts: Sequence[str], *, deadline: float
) -> Sequence[Prediction | Exception]:
    """Ask a bundle as long as somebody waits: the server knows, or else a task asks it.

    Raises:
        ClientGone: nobody waits any more.
    """
    known: Callable[[], bool] | None = asked.scope.get("luodi.gone")
    watch = None if known is not None else _Watch(asked.receive)
    gone = known or watch
    try:
        said = await served.ask(texts, deadline=deadline, gone=gone)
    except Departed as left:
        raise ClientGone from left
    finally:
        if watch is not None:
            watch.end()
    if gone is not None and gone():
        raise ClientGone
    return said


@dataclass(frozen=True, slots=True)
class _Rows:
    """Turns answers into rows of the store."""

    asked: Asked
    served: Served
    id: str
    seconds: float

    def of(self, texts: Sequence[str], said: Sequence[Prediction | Exception]) -> list[Kept]:
        """Give a row for every text that was answered."""
        keeps = self.asked.service.options.keep_texts
        now = time.time()
        return [
            Kept(
                id=f"{self.id}-{place}", at=now, model=self.served.name, bundle=self.served.fingerprint,
                tier=one.tier, text=text if keeps else None,
                answers={head: answer.to_json() for head, answer in one.answers.items()},
                probability=min(float(answer.probability) for answer in one.answers.values()),
                abstained=one.abstained, seconds=self.seconds, n_tokens=None, request=self.asked.id,
            )
            for place, (text, one) in enumerate(zip(texts, said, strict=True))
            if not isinstance(one, Exception)
        ]  # fmt: skip


def texts_of(served: Served, *, texts: Sequence[str] | None, pairs: Sequence[Sequence[str]] | None) -> list[str]:
    """Give what a bundle is asked about, of the kind that it takes.

    Raises:
        Refusal: it holds two texts against each other and one is given, or the other way round (422).
    """
    paired = served.bundle.task.paired
    if paired and pairs is None:
        raise Refusal(
            422, "needs_pairs", t("this bundle holds two texts against each other"), fix='{"pairs": [["...", "..."]]}'
        )
    if not paired and texts is None:
        raise Refusal(422, "needs_texts", t("this bundle answers one text at a time"), fix='{"texts": ["..."]}')
    if pairs is not None:
        return [pair(first, second) for first, second in pairs]
    return list(texts or ())


def in_json(one: Prediction | Exception, *, id: str, is_stored: bool) -> dict[str, Any]:
    """Give one answer as it goes over the wire, in the shape of ``luodi predict --json``, or why there is none."""
    if isinstance(one, Exception):
        return {"id": id, "error": refusal_of(one).inner()}
    return {"id": id, **one.to_json(), "stored": is_stored}


class _Watch:
    """Tells whether the client has left, without asking anybody."""

    def __init__(self, receive: Receive) -> None:
        self._gone = False
        self._task = asyncio.create_task(self._wait(receive))

    def __call__(self) -> bool:
        return self._gone

    def end(self) -> None:
        self._task.cancel()

    async def _wait(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True


def _require_limits(texts: Sequence[str], limits: Limits) -> None:
    """Refuse more than one request may bring."""
    if len(texts) > limits.texts:
        raise too_large(
            t("more texts than one request may bring"), found=f"{len(texts):,}",
            fix=t("send at most {n:,} at a time", n=limits.texts),
        )  # fmt: skip
    for place, text in enumerate(texts):
        if len(text) > limits.characters:
            raise too_large(
                t("text {place} is longer than it may be", place=place), found=t("{n:,} characters", n=len(text)),
                fix=t("send at most {n:,} characters a text", n=limits.characters),
            )  # fmt: skip
