"""Wording that many texts share: the same beginning, the same end, the same line, or all but the numbers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Place = Literal["beginning", "end", "line", "whole"]

#: A frame is looked for among so many rows; those that bear it are counted in all.
_LOOKED_AT = 100_000
#: Fewer rows are no frame.
FEWEST = 20
#: So many units (words; of Chinese, signs) in such a share of the rows are a frame. People begin alike too: of
#: 13,000 questions to a bank 0.4 % begin with "How long does it take for", so that shorter or rarer ones are none.
_SHARES: dict[Place, tuple[tuple[int, float], ...]] = {
    "beginning": ((7, 0.01), (10, 0.005)),
    "end": ((7, 0.01), (10, 0.005)),
    "line": ((7, 0.01),),
    "whole": ((5, 0.001),),
}
#: A frame goes on as long as so many of its rows do.
_AGREE = 0.8
_MOST_UNITS = 60
#: So much of a text is searched for its beginning or end.
_REACH = 400

#: A word of a spaced script, or a letter by itself; numbers and signs before it belong to it.
_UNIT = r"[\W\d_]*+(?>[a-zA-Z\u00c0-\u024f\u0370-\u052f\u0590-\u06ff\u0900-\u0dff]++|[^\W\d_])"
_NEXT = re.compile(_UNIT)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Frame:
    """Wording that many rows share.

    Args:
        place: where in the text it stands.
        text: the wording, as its first row has it.
        rows: the rows that bear it.
    """

    place: Place
    text: str
    rows: tuple[int, ...]


def find_frames(texts: Sequence[str], *, seed: int = 7) -> list[Frame]:
    """Find the wordings that far more rows share than people would write by themselves; the most frequent first.

    Numbers count as equal to each other, so that dates and order numbers do not hide a frame. ``whole`` frames may be
    the same text over and over; the other places count every text once.
    """
    if len(texts) < FEWEST:
        return []
    rng = np.random.default_rng(seed)
    looked_at = np.sort(rng.permutation(len(texts))[:_LOOKED_AT])
    frames = _frames(texts, looked_at.tolist(), "whole")
    whole = {row for frame in frames for row in frame.rows}
    for place in ("beginning", "end", "line"):
        found = _frames(texts, looked_at.tolist(), place)
        frames += (frame for frame in found if len(whole.intersection(frame.rows)) < len(frame.rows) / 2)
    frames.sort(key=lambda frame: -len(frame.rows))
    return frames


def _frames(texts: Sequence[str], looked_at: Sequence[int], place: Place) -> list[Frame]:
    distinct = list({texts[row]: row for row in looked_at}.values()) if place != "whole" else looked_at
    rows_of: dict[str, list[int]] = {}
    for n_units, share in _SHARES[place]:
        keys_of = partial(_KEYS[place], start=re.compile(f"(?:{_UNIT}){{{n_units}}}"))
        counts = Counter(key for row in distinct for key in keys_of(texts[row]))
        fewest = max(FEWEST * len(distinct) / len(texts), share * len(distinct), 2)
        wanted = {key for key, n in counts.items() if n >= fewest}
        for row, text in enumerate(texts) if wanted else ():
            for key in wanted.intersection(keys_of(text)):
                rows_of.setdefault(key, []).append(row)
    kept = _without_parts({key: rows for key, rows in rows_of.items() if len(rows) >= FEWEST})
    return [Frame(place, _wording(texts, rows, place), tuple(rows)) for rows in kept]


def _without_parts(rows_of: dict[str, list[int]]) -> list[list[int]]:
    """Leave out a frame whose rows mostly bear a more frequent one."""
    kept: list[list[int]] = []
    for rows in sorted(rows_of.values(), key=len, reverse=True):
        if not any(len(set(rows) & set(others)) >= len(rows) / 2 for others in kept):
            kept.append(rows)
    return kept


def _beginning(text: str, *, start: re.Pattern[str]) -> tuple[str, ...]:
    found = start.match(text[:_REACH])
    return (_NUMBER.sub("0", found.group()),) if found else ()


def _end(text: str, *, start: re.Pattern[str]) -> tuple[str, ...]:
    return _beginning(text[: -_REACH - 1 : -1], start=start)


def _line(text: str, *, start: re.Pattern[str]) -> tuple[str, ...]:
    """Give the lines between the first and the last, which are the beginning's and the end's."""
    lines = {line.strip() for line in text.split("\n")[1:-1]} if "\n" in text else ()
    return tuple(key for line in lines for key in _whole(line, start=start))


def _whole(text: str, *, start: re.Pattern[str]) -> tuple[str, ...]:
    return (_NUMBER.sub("0", text),) if len(text) <= _REACH and start.match(text) else ()


def _wording(texts: Sequence[str], rows: Sequence[int], place: Place) -> str:
    """Cut the frame out of its first row: as far as most of its rows agree."""
    first = texts[rows[0]]
    if place == "whole":
        return first
    if place == "line":
        lines = [set(texts[row].split("\n")) for row in rows[:20]]
        return max(first.split("\n"), key=lambda line: sum(line in one for one in lines))
    turn = -1 if place == "end" else 1
    some = [texts[row][::turn][:_REACH] for row in rows[:: max(1, len(rows) // 200)]]
    ends = [match.end() for match in islice(_NEXT.finditer(some[0]), _MOST_UNITS)]
    for at in reversed(ends):
        wording = _NUMBER.sub("0", some[0][:at])
        if sum(_NUMBER.sub("0", one).startswith(wording) for one in some) >= _AGREE * len(some):
            return some[0][:at][::turn].strip()
    return some[0][: ends[0]][::turn]


_KEYS = {"beginning": _beginning, "end": _end, "line": _line, "whole": _whole}
