"""Spans of a text with their labels, as a cell holds them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from luodi.data.kinds import is_span, json_list
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable


class Span(NamedTuple):
    """A stretch of a text: its first character, the one behind its last (counted from 0), and its label."""

    start: int
    end: int
    label: str


def read_spans(cell: str) -> tuple[Span, ...]:
    """Read a cell: a JSON list of ``[start, end, label]`` or of objects with these names; in order of their places.

    >>> read_spans('[{"start": 3, "end": 5, "label": "b", "id": 1}, [0, 2, "a"]]')
    (Span(start=0, end=2, label='a'), Span(start=3, end=5, label='b'))

    Raises:
        ValueError: it holds something else; the message is for the person whose cell it is.
    """
    found = json_list(cell)
    if found is None or not all(is_span(item) for item in found):
        raise ValueError(t("{cell} is no list of spans", cell=repr(cell[:80])))
    return tuple(sorted(_span(item) for item in found))


def write_spans(spans: Iterable[Span]) -> str:
    """Write spans as a cell, the same ones always alike.

    >>> write_spans([Span(3, 5, "b"), Span(0, 2, "a")])
    '[[0, 2, "a"], [3, 5, "b"]]'
    """
    return json.dumps(sorted(spans), ensure_ascii=False)


def fault_of(spans: Iterable[Span], text: str) -> str:
    """Say what is wrong with spans of a text, in order of their places; nothing where nothing is."""
    before: Span | None = None
    for span in spans:
        if span.end > len(text):
            return t("{span} ends behind the text, which has {n} signs", span=list(span), n=len(text))
        if before is not None and span.start < before.end:
            return t("{span} and {other} overlap", span=list(before), other=list(span))
        before = span
    return ""


def moved(cell: str, *, by: int, text: str, n_blanks: int = 0) -> str:
    """Move every span of a cell by some signs, and cut off what of it were blanks around the text.

    Args:
        cell: what is no list of spans stays as it is.
        by: below 0 towards the beginning.
        text: without the blanks that stood around it.
        n_blanks: how many stood behind it.

    >>> moved('[[2, 5, "a"]]', by=-2, text="好的", n_blanks=1)
    '[[0, 2, "a"]]'
    """
    found = json_list(cell)
    if not found or not all(is_span(item) for item in found):
        return cell
    n = len(text)
    ends = {end: min(end, n) for end in range(n, n + n_blanks + 1)}
    spans = [Span(max(0, one.start + by), ends.get(one.end + by, one.end + by), one.label) for one in map(_span, found)]
    return write_spans(one for one in spans if one.end > one.start)


def _span(item: Any) -> Span:
    return Span(item["start"], item["end"], item["label"]) if isinstance(item, dict) else Span(*item)
