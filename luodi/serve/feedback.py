"""``POST /v1/feedback``: the right label for something that was answered."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from luodi.data.kinds import NUMBER, ONE, SEVERAL, SPANS, is_number, is_span
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.serve.asked import Reply
from luodi.serve.errors import Refusal
from luodi.serve.wire import FeedbackRequest, fit
from luodi.store import Correction

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.serve.asked import Asked
    from luodi.serve.fleet import Fleet
    from luodi.store import Kept
    from luodi.tasks.task import Head

_LONGEST_LABEL = 2_000
_MOST_LABELS = 1_000


async def feedback(asked: Asked) -> Reply:
    """Keep the right label for an answer; it is on disk when this is answered."""
    said = fit(FeedbackRequest, await asked.json())
    store = asked.service.store
    if store is None:
        raise _unknown(said.id, fix=t("start the service without --no-store"))
    kept = await asyncio.to_thread(store.one, said.id)
    if kept is None:
        raise _unknown(said.id, fix=None)
    labels = right_labels(asked.service.fleet, kept, said)
    now, who = time.time(), said.who or asked.key
    corrections = [Correction(said.id, now, head, label, who) for head, label in labels.items()]
    try:
        await asyncio.wrap_future(store.correct(*corrections))
    except DataError:
        if await asyncio.to_thread(store.one, said.id) is None:  # retention took it meanwhile
            raise _unknown(said.id, fix=None) from None
        raise
    asked.service.meters.corrections.labels(kept.answered.model).inc(len(labels))
    return Reply.of({"id": said.id, "labels": labels, "stored": True})


def right_labels(fleet: Fleet, kept: Kept, said: FeedbackRequest) -> dict[str, Any]:
    """Give what is right by head, held against what the head can answer.

    Raises:
        Refusal: a head or a label that there is not (422).
    """
    heads = tuple(kept.answered.answers)
    if said.labels is not None:
        labels = dict(said.labels)
    elif len(heads) == 1:
        labels = {heads[0]: said.label}
    else:
        what = t("this answer has several heads: say which")
        raise Refusal(422, "which_head", what, found=", ".join(heads), fix='{"labels": {"...": "..."}}')
    known = _heads(fleet, kept)
    for head, label in labels.items():
        if head not in heads:
            what = t("the answer has no head {head!r}", head=head[:80]) + did_you_mean(head, heads)
            raise Refusal(422, "unknown_head", what)
        if head in known and (wrong := _wrong(known[head], label)):
            raise Refusal(422, "not_a_label", wrong)
        if head not in known and not _is_plain(label):
            raise Refusal(422, "not_a_label", t("head {head!r}: this is no label", head=head))
    return labels


def _heads(fleet: Fleet, kept: Kept) -> dict[str, Head]:
    """Give the heads of the model that answered, as far as it is still served."""
    if kept.answered.model not in fleet.names():
        return {}
    return {head.name: head for head in fleet.get(kept.answered.model).bundle.task.heads}


def _wrong(head: Head, label: Any) -> str | None:
    """Say what is wrong with a label; None where the head can answer so."""
    is_sound = _SOUND.get(head.takes, _is_plain)
    if not is_sound(label):
        return t("head {head!r}: this is no label", head=head.name)
    known = getattr(head, "labels", None)
    if known and (foreign := next((one for one in _labels_in(label) if one not in known), None)) is not None:
        return t("head {head!r} has no label {label!r}", head=head.name, label=foreign[:80]) + did_you_mean(
            foreign, known
        )
    return None


def _labels_in(label: Any) -> list[str]:
    if isinstance(label, list):
        return [one if isinstance(one, str) else (one["label"] if isinstance(one, dict) else one[2]) for one in label]
    return [label] if isinstance(label, str) else []


def _is_plain(label: Any) -> bool:
    """Tell whether something is a label, a number, or a list of such: nothing that goes on inwards."""
    if isinstance(label, list):
        return len(label) <= _MOST_LABELS and all(_is_label(one) or is_span(one) for one in label)
    return _is_label(label) or _is_number(label)


def _is_label(label: Any) -> bool:
    return isinstance(label, str) and 0 < len(label) <= _LONGEST_LABEL


def _is_number(label: Any) -> bool:
    is_one = isinstance(label, int | float) and not isinstance(label, bool)
    return is_one and abs(label) < 1e15 and is_number(str(label))


def _are_labels(label: Any) -> bool:
    return isinstance(label, list) and len(label) <= _MOST_LABELS and all(map(_is_label, label))


def _are_spans(label: Any) -> bool:
    return isinstance(label, list) and len(label) <= _MOST_LABELS and all(map(is_span, label))


def _says_a_number(label: Any) -> bool:
    return _is_number(label) or (_is_label(label) and is_number(label))


#: What each kind of head takes for a label.
_SOUND: dict[str, Callable[[Any], bool]] = {
    ONE: _is_label, SEVERAL: _are_labels, SPANS: _are_spans, NUMBER: _says_a_number,
}  # fmt: skip


def _unknown(id: str, *, fix: str | None) -> Refusal:
    return Refusal(404, "unknown_answer", t("no answer is kept under the id {id!r}", id=id[:80]), fix=fix)
