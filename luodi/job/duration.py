"""A span of time as people write it: 90s, 30m, 1h30m."""

from __future__ import annotations

import re

from luodi.language import t

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([hms])\s*", re.ASCII)


def read_duration(text: str) -> float:
    """Read a span of time as seconds.

    >>> read_duration("90s"), read_duration("1h 30m"), read_duration("0.5h")
    (90.0, 5400.0, 1800.0)

    Raises:
        ValueError: it is none, or no time at all.
    """
    written = text.strip().lower()
    parts = _PART.findall(written)
    seconds = sum(float(n) * _SECONDS[unit] for n, unit in parts)
    if _PART.sub("", written) or not 0 < seconds < float("inf"):
        raise ValueError(t("{text!r} is no span of time; write 90s, 30m or 1h30m", text=text))
    return seconds
