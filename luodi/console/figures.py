"""Numbers as the pages say them: shares, times, counts."""

from __future__ import annotations

import math

NOTHING = "–"


def percent(share: float | None, *, places: int = 0) -> str:
    """Say a share in percent; what is no number is a dash.

    >>> percent(0.876), percent(0.9996, places=1), percent(0.0001), percent(None)
    ('88 %', '>99.9 %', '<1 %', '–')
    """
    if share is None or not math.isfinite(share):
        return NOTHING
    edge = 1 - 0.5 * 10.0 ** (-places - 2)
    if edge <= share < 1:
        return f">{100 - 10.0**-places:.{places}f} %"
    if 0 < share <= 1 - edge:
        return f"<{10.0**-places:.{places}f} %"
    return f"{100 * share:.{places}f} %"


def milliseconds(seconds: float | None) -> str:
    """Say a time, in the unit that suits it.

    >>> milliseconds(0.00412), milliseconds(0.25), milliseconds(2.5), milliseconds(None)
    ('4.1 ms', '250 ms', '2.5 s', '–')
    """
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    ms = 1000 * seconds
    if ms >= 1000:
        return f"{seconds:.1f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def count(n: float | None) -> str:
    """Say how many.

    >>> count(12345), count(None)
    ('12,345', '–')
    """
    return NOTHING if n is None or not math.isfinite(n) else f"{n:,.0f}"


def rate(per_s: float | None) -> str:
    """Say how many in a second, small ones with their places.

    >>> rate(123.4), rate(1.234), rate(0.012)
    ('123', '1.2', '0.012')
    """
    if per_s is None or not math.isfinite(per_s):
        return NOTHING
    if per_s >= 100:
        return f"{per_s:,.0f}"
    return f"{per_s:.1f}" if per_s >= 0.1 or per_s == 0 else f"{per_s:.2g}"
