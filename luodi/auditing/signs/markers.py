"""What a text shows beside its content: digits, signs, a piece set off at its beginning, its length."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.near import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: Of a long text the beginning and the end are looked at, so many characters each.
_REACH = 1000
#: So many of the last are looked through for a piece set off at the end.
_END = 60
#: So many signs, and pieces at either end, are tried, the most frequent, if this many texts have them.
_MOST, _FEWEST = 50, 20
#: Lengths are divided at the tenths.
_TENTHS = np.arange(0.1, 1, 0.1)

#: Marks by name; what a reader is told of them stands with the check.
MARKS = {
    "web address": re.compile(r"https?://|www\."),
    "e-mail address": re.compile(r"[\w.]@\w+\.\w"),
    "date": re.compile(r"\d{4}[-/年.]\d{1,2}[-/月.]\d"),
    "long number": re.compile(r"\d{6}"),
    "digit first": re.compile(r"\A\s*\d"),
    "digit last": re.compile(r"\d\s*\Z"),
    "digit": re.compile(r"\d"),
    "capital first": re.compile(r"\A[\W_]*[A-Z]"),
    "capitals": re.compile(r"\b[A-Z]{3,}\b"),
    "Latin letter": re.compile(r"[a-zA-Z]"),
    "sign last": re.compile(r"[^\w\s]\s*\Z"),
    "line break": re.compile(r"\n"),
    "spaces": re.compile(r"[ \u3000]{2}"),
    "emoji": re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]"),
}
_SIGN = re.compile(r"[^\w\s]|_")
#: A piece set off by brackets, or by a colon or a bar, at either end of a text.
_OPEN, _CLOSE, _INSIDE = r"[\[【(（<《{「]", r"[\]】)）>》}」]", r"[^\[\]【】()（）<>《》{}「」\n]{1,40}"
_FIRST = re.compile(rf"\s*(?:{_OPEN}({_INSIDE}){_CLOSE}|([^:：|\t\n]{{1,40}})[:：|\t])")
_LAST = (
    re.compile(rf"{_OPEN}({_INSIDE}){_CLOSE}\s*\Z"),
    re.compile(r"[:：|\t,，#]([^:：|\t\n,，#]{1,40})\Z"),
)
_NAMED = re.compile(
    r"(?:__label__|(?:标签|类别|分类|label|category|class)\s*[:：=])\s*([^\s,，;；。]{1,40})", re.IGNORECASE
)


@dataclass(frozen=True)
class Trait:
    """Something that some of the texts have, and others have not.

    Args:
        kind: ``mark``, ``no mark`` (its absence), ``sign``, ``first`` and ``last`` (a piece at either end), ``short``
            and ``long``.
        value: the mark's name, the sign, the piece, or a number of characters.
        has: which of the n texts have it, (n,).
    """

    kind: str
    value: str
    has: NDArray[np.bool_]


def traits_of(texts: Sequence[str]) -> list[Trait]:
    """List what can be told of texts without reading them; n texts, every trait holds (n,)."""
    if not texts:
        return []
    ends = [text if len(text) <= 2 * _REACH else f"{text[:_REACH]}\x00{text[-_REACH:]}" for text in texts]
    traits = []
    for name, pattern in MARKS.items():
        has = np.fromiter((pattern.search(text) is not None for text in ends), np.bool_, len(ends))
        traits += [Trait("mark", name, has), Trait("no mark", name, ~has)]
    traits += _by_value("sign", [set(_SIGN.findall(text)) for text in ends])
    traits += _by_value("first", [_piece(_FIRST.match(text)) for text in ends])
    traits += _by_value("last", [_last(text) for text in ends])
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    for edge in np.unique(np.quantile(lengths, _TENTHS, method="lower")).tolist():
        traits += [Trait("short", str(edge), lengths <= edge), Trait("long", str(edge), lengths > edge)]
    return traits


def _by_value(kind: str, values: Sequence[set[str]]) -> Iterator[Trait]:
    counts = Counter(value for row in values for value in row)
    rows_of: dict[str, list[int]] = {value: [] for value, n in counts.most_common(_MOST) if n >= _FEWEST}
    for row, several in enumerate(values):
        for value in several:
            if value in rows_of:
                rows_of[value].append(row)
    for value, rows in rows_of.items():
        has = np.zeros(len(values), bool)
        has[rows] = True
        yield Trait(kind, value, has)


def _last(text: str) -> set[str]:
    end = text[-_END:].rstrip()
    return next((piece for pattern in _LAST if (piece := _piece(pattern.search(end)))), set())


def _piece(match: re.Match[str] | None) -> set[str]:
    return {match.group(match.lastindex).strip()} if match and match.lastindex else set()


def named_labels(texts: Sequence[str], labels: Sequence[str | None]) -> tuple[list[int], int]:
    """Find texts that name a label in so many words: in brackets, before a colon, after the word ``label``, at the end.

    Returns:
        The rows that name their own label, and the number of rows that name another one.
    """
    forms = {_form(label) for label in labels if label is not None}
    own, others = [], 0
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        head = text[:_REACH]
        pieces = _piece(_FIRST.match(head)) | _last(text) | set(_NAMED.findall(head))
        named = {form for piece in pieces if (form := normal_form(piece)) in forms}
        if label is not None and _form(label) in named:
            own.append(row)
        elif named:
            others += 1
    return own, others


@lru_cache(maxsize=1 << 13)
def _form(label: str) -> str:
    return normal_form(label)
