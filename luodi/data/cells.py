"""Turns what a file holds in a cell into text, a label or a time; every format ends in the same strings."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from luodi.data.text import encodable

#: What programs write where there is nothing.
_NOTHING = frozenset({"nan", "<na>", "#n/a", "nat"})
#: In a text these say nothing either; as a label, "none" may be meant.
_NO_TEXT = _NOTHING | {"null", "none", "n/a"}

_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:时点]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?\s*秒?)?\s*分?)?"
)
_NUMBER_OF_TIME = re.compile(r"\d{8}|\d{10}|\d{13}|\d{14}")


def plain(value: Any) -> str | None:
    """Write a typed cell (of JSON, parquet, a spreadsheet) as text; None where it is empty.

    >>> [plain(value) for value in (1.0, 0.5, True, None, float("nan"), "a", ["b"])]
    ['1', '0.5', 'true', None, None, 'a', '["b"]']
    """
    if isinstance(value, str):
        return (value if value.isascii() else encodable(value)) or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _of_float(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") or None
    if isinstance(value, (list, tuple, dict)):
        return encodable(json.dumps(value, ensure_ascii=False, default=str))
    return str(value)


def _of_float(value: float) -> str | None:
    if math.isnan(value):
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def as_text(cell: str | None) -> str | None:
    r"""Give a text without the white space around it; None where it says nothing or holds no visible sign.

    >>> as_text("  好 "), as_text("NaN"), as_text(""), as_text("\x01\x02")
    ('好', None, None, None)
    """
    if cell is None:
        return None
    text = without_guard(cell.strip())
    if not any(sign.isprintable() for sign in text):  # stops at the first, in nearly every text
        return None
    return None if len(text) < 6 and text.casefold() in _NO_TEXT else text


def without_guard(text: str) -> str:
    """Take off the quote that keeps a spreadsheet from running a cell: it is no sign of the text.

    >>> without_guard("'=很好"), without_guard("'quoted'")
    ('=很好', "'quoted'")
    """
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def as_label(cell: str | None) -> str | None:
    """Give a label as every format would write it: whole numbers without a point, booleans in small letters.

    >>> as_label(" 1.0 "), as_label("True"), as_label("4.5"), as_label("none"), as_label("nan")
    ('1', 'true', '4.5', 'none', None)
    """
    if cell is None:
        return None
    label = cell.strip()
    folded = label.casefold()
    if not label or folded in _NOTHING:
        return None
    if folded in ("true", "false"):
        return folded
    number = _WHOLE_NUMBER.fullmatch(label)
    return number[1] if number else label


def as_time(cell: str | None) -> str | None:
    """Give a time as ISO 8601, so that strings sort as times do; None if the cell is none.

    Year first, with ``-``, ``/``, ``.`` or ``年月日``; ISO 8601, with a zone turned into UTC; 20240105; seconds or
    milliseconds since 1970. Dates with the year last are ambiguous: they are none.

    >>> as_time("2024年1月5日"), as_time("2024-01-05T08:03:00+08:00"), as_time("1/5/2024")
    ('2024-01-05T00:00:00', '2024-01-05T00:03:00', None)
    """
    text = (cell or "").strip()
    try:
        if _NUMBER_OF_TIME.fullmatch(text):
            when = _of_number(text)
        elif met := _DATE.fullmatch(text):
            year, month, day, hour, minute, second = (int(part or 0) for part in met.groups())
            when = datetime(year, month, day, hour, minute, second)
        else:
            when = datetime.fromisoformat(text)
        if when.tzinfo is not None:
            when = when.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return when.isoformat(timespec="seconds")


def _of_number(text: str) -> datetime:
    """Read 20240105, 20240105080300 or a Unix time, told apart by their width."""
    if len(text) in (8, 14):
        return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m%d%H%M%S")
    seconds = int(text) / (1000 if len(text) == 13 else 1)
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)
