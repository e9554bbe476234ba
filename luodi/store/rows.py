"""Turns answers and corrections into rows of the tables, and back."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from luodi.store.answered import Answered, Correction
from luodi.store.spelling import BEFORE_LABEL, BETWEEN_HEADS, spell, spell_part, unspell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What a row takes beside its signs: numbers, its places in three indexes.
_BESIDE = 160


def answer_row(one: Answered) -> dict[str, Any]:
    """Give the row of an answer."""
    row: dict[str, Any] = {
        "id": spell(one.id), "at": float(one.at), "model": spell(one.model), "bundle": spell(one.bundle),
        "tier": spell(one.tier), "text": None if one.text is None else spell(one.text),
        "answers": write_plain(dict(one.answers)), "said": said(one.answers), "probability": float(one.probability),
        "abstained": int(one.abstained), "seconds": float(one.seconds), "n_tokens": one.n_tokens,
        "request": spell(one.request),
    }  # fmt: skip
    row["n_bytes"] = row_bytes(row) + 2 * len(row["id"])  # the id stands in two indexes as well
    return row


def row_bytes(row: Mapping[str, Any]) -> int:
    """Give what a row takes on the disk, about, in bytes."""
    return _BESIDE + sum(len(cell.encode()) for cell in row.values() if isinstance(cell, str))


def answer_of(row: Any) -> Answered:
    """Give the answer of a row."""
    return Answered(
        id=unspell(row.id), at=row.at, model=unspell(row.model), bundle=unspell(row.bundle), tier=unspell(row.tier),
        text=None if row.text is None else unspell(row.text), answers=read_plain(row.answers),
        probability=row.probability, abstained=bool(row.abstained), seconds=row.seconds, n_tokens=row.n_tokens,
        request=unspell(row.request),
    )  # fmt: skip


def correction_row(one: Correction) -> dict[str, Any]:
    """Give the row of a correction."""
    return {
        "id": secrets.token_hex(8), "answer": spell(one.answer), "at": float(one.at), "head": spell(one.head),
        "label": write_plain(one.label), "who": spell(one.who),
    }  # fmt: skip


def correction_of(row: Any) -> Correction:
    """Give the correction of a row."""
    return Correction(unspell(row.answer), row.at, unspell(row.head), read_plain(row.label), unspell(row.who))


def said(answers: Mapping[str, Any]) -> str:
    r"""Write the labels of an answer in one column, for searching and for counting.

    >>> said({"a": {"label": "x"}, "b": [{"label": "y"}, {"label": "z"}, {"label": "y"}]})
    '\x1ea\x1fx\x1eb\x1fy\x1eb\x1fz\x1e'
    """
    parts = [f"{spell_part(head)}{BEFORE_LABEL}{spell_part(label)}" for head, label in _labels(answers)]
    return BETWEEN_HEADS.join(("", *parts, ""))


def read_said(column: str) -> list[tuple[str, str]]:
    """Read what ``said`` wrote: pairs of a head and a label."""
    parts = (part.partition(BEFORE_LABEL) for part in column.strip(BETWEEN_HEADS).split(BETWEEN_HEADS) if part)
    return [(unspell(head), unspell(label)) for head, _, label in parts]


def write_plain(value: Any) -> str:
    r"""Write plain values as JSON that every database takes; spelled, for its escapes would make two halves one sign.

    >>> read_plain(write_plain(["\ud83d\ude00", "好\x00"])) == ["\ud83d\ude00", "好\x00"]
    True
    """
    return spell(json.dumps(value, ensure_ascii=False))


def read_plain(column: str) -> Any:
    """Read what ``write_plain`` wrote."""
    return json.loads(unspell(column))


def _labels(answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for head, answer in answers.items():
        several = answer if isinstance(answer, list) else [answer]
        labels = [one["label"] for one in several if isinstance(one, dict) and "label" in one]
        for label in dict.fromkeys(map(str, labels)):
            yield head, label
