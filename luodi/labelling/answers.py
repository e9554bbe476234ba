"""An answer: the label that somebody gave a text, and what stands of many answers once undone ones are gone."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: ``undo`` takes the last answer to a text back.
Action = Literal["label", "skip", "undo"]
_ACTIONS = ("label", "skip", "undo")


@dataclass(frozen=True)
class Answer:
    """What somebody said of one text under one head.

    An answer is about the text, wherever it stands: rows with the very same text share it.

    Args:
        action: a label was given, the text was passed over, or the last answer was taken back.
        text_sha256: the text, by ``text_key``.
        head: the label column.
        label: the label given; None where the text was passed over or the answer taken back.
        previous: the label before this; None where there was none.
        origin: where the text was seen, ``file:line``.
        who: the one who answered, where a name was given.
        time: when, UTC, ISO 8601.
    """

    action: Action
    text_sha256: str
    head: str
    label: str | None
    previous: str | None
    origin: str
    who: str | None
    time: str

    def to_json(self) -> dict[str, Any]:
        """Give the object that is one line of a journal."""
        return asdict(self)


def text_key(text: str) -> str:
    """Give the SHA-256 of a text in UTF-8: the same text, the same key, wherever it stands.

    >>> text_key("好")[:8]
    'f867f341'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def now() -> str:
    """Give the time as journals hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def answers_of(entries: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """Pick the answers out of a journal's entries, in their order; entries and fields of other kinds are passed over.

    >>> answers_of([{"action": "label", "text_sha256": "a", "label": "pos", "tool": "another"}])[0].label
    'pos'
    """
    return [
        Answer(
            entry["action"], str(entry.get("text_sha256", "")), str(entry.get("head", "")), _text(entry.get("label")),
            _text(entry.get("previous")), str(entry.get("origin", "")), _text(entry.get("who")),
            str(entry.get("time", "")),
        )
        for entry in entries
        if entry.get("action") in _ACTIONS
    ]  # fmt: skip


def my_answers(entries: Iterable[Mapping[str, Any]], *, head: str, who: str | None) -> list[Answer]:
    """Give the answers of one person under one head, in their order, undone ones included."""
    return [one for one in answers_of(entries) if (one.head, one.who) == (head, who)]


def enter(given: dict[str, list[Answer]], answer: Answer) -> None:
    """Put an answer on the pile of its text, or take the last one off; empty piles go.

    The piles stay in the order of their last change.

    Args:
        given: by ``text_key``, the answers to each text; it is changed.
        answer: by the same person, under the same head, as all others there.
    """
    pile = given.pop(answer.text_sha256, [])
    if answer.action != "undo":
        pile.append(answer)
    elif pile:
        pile.pop()
    if pile:
        given[answer.text_sha256] = pile


def standing(answers: Iterable[Answer]) -> dict[str, Answer]:
    """Give for each text, by its key, the answer that stands once undone ones are gone, the latest last.

    Answers of one head, and of one person, are asked for; others must be left out before.
    """
    given: dict[str, list[Answer]] = {}
    for answer in answers:
        enter(given, answer)
    return {key: pile[-1] for key, pile in given.items()}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
