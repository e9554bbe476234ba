"""Draws what changed over time as SVG: bars or lines, from numbers and words of our own alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: The drawing is stretched to the place it has; strokes keep their width.
_WIDE, _HIGH = 600.0, 120.0


@dataclass(frozen=True)
class Series:
    """Values one after the other.

    Args:
        name: what they are, shown where there is more than one series.
        values: one for each start; None where nothing was measured.
    """

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """What one picture shows.

    Args:
        title: what is drawn.
        starts: where each value's time begins, seconds since 1970, rising.
        every_s: how long each is.
        series: at most three, of as many values as there are starts.
        say: writes a value with its unit.
        has_bars: bars instead of lines.
        top: the least upper end of the axis.
        form: how the times are said, ``time`` or ``day``.
    """

    title: str
    starts: tuple[float, ...]
    every_s: float
    series: tuple[Series, ...]
    say: Callable[[float], str]
    has_bars: bool = False
    top: float = 0.0
    form: str = "time"

    @property
    def highest(self) -> float:
        """The upper end of the axis, a round number."""
        found = [v for one in self.series for v in one.values if v is not None and math.isfinite(v)]
        return _round_up(max([self.top, *found], default=0.0))

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return all(value is None for one in self.series for value in one.values)


def draw(chart: Chart) -> str:
    """Draw a chart as the markup of one ``svg``."""
    highest = chart.highest or 1.0
    body = [f'<line class="grid" x1="0" x2="{_WIDE:g}" y1="{y:g}" y2="{y:g}"/>' for y in (0.5, _HIGH / 2, _HIGH - 0.5)]
    paint = _bars if chart.has_bars else _line
    for place, one in enumerate(chart.series):
        body += paint(one.values, highest, kind=f"s{place}")
    body += _tips(chart)
    label = escape(chart.title, quote=True)
    return (
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f"{''.join(body)}</svg>"
    )


def _bars(values: Sequence[float | None], highest: float, *, kind: str) -> list[str]:
    step = _WIDE / max(len(values), 1)
    gap = min(step * 0.2, 3.0)
    return [
        f'<rect class="bar {kind}" x="{i * step + gap / 2:.1f}" width="{step - gap:.1f}" '
        f'y="{_HIGH * (1 - value / highest):.1f}" height="{_HIGH * value / highest:.1f}"/>'
        for i, value in enumerate(values)
        if value
    ]


def _line(values: Sequence[float | None], highest: float, *, kind: str) -> list[str]:
    """Draw runs of measured values; a value alone is a dot."""
    step = _WIDE / max(len(values), 1)
    runs: list[list[str]] = [[]]
    for i, value in enumerate(values):
        if value is None or not math.isfinite(value):
            runs.append([])
        else:
            runs[-1].append(f"{(i + 0.5) * step:.1f},{_HIGH * (1 - min(value / highest, 1)):.1f}")
    lines = [f'<polyline class="line {kind}" points="{" ".join(run)}"/>' for run in runs if len(run) > 1]
    for run in runs:
        if len(run) == 1:
            x, _, y = run[0].partition(",")
            lines.append(f'<polyline class="line dot {kind}" points="{x},{y} {float(x) + 0.1:.1f},{y}"/>')
    return lines


def _tips(chart: Chart) -> list[str]:
    """Lay a clear bar over each time that says its values where a pointer rests."""
    step = _WIDE / max(len(chart.starts), 1)
    rows = []
    for i, start in enumerate(chart.starts):
        said = [
            f"{one.name} {chart.say(value)}" if len(chart.series) > 1 else chart.say(value)
            for one in chart.series
            if (value := one.values[i]) is not None
        ]
        if said:
            rows.append(
                f'<rect class="tip" x="{i * step:.1f}" width="{step:.1f}" y="0" height="{_HIGH:g}" '
                f'data-at="{start:.0f}" data-tip="{escape(" · ".join(said), quote=True)}"><title></title></rect>'
            )
    return rows


def _round_up(value: float) -> float:
    """Give the next of 1, 2, 2.5, 5 and their tens.

    >>> _round_up(37), _round_up(0.9), _round_up(0.0)
    (50.0, 1.0, 0.0)
    """
    if value <= 0 or not math.isfinite(value):
        return 0.0
    ten = 10.0 ** math.floor(math.log10(value))
    return float(next(step * ten for step in (1, 2, 2.5, 5, 10) if step * ten >= value * 0.9999))
