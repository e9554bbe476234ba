"""The strokes that charts are made of: axes, lines, dots, bars and words, as SVG in the colours of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 440, 290


@dataclass(frozen=True)
class Frame:
    """The plotting area in pixels, and the values at its edges."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    left: float = 48
    right: float = WIDTH - 20
    top: float = 14
    bottom: float = HEIGHT - 42

    def x(self, value: float) -> float:
        """Place a value between left and right."""
        low, high = self.x_range
        return round(self.left + (value - low) / ((high - low) or 1) * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """Place a value between bottom and top."""
        low, high = self.y_range
        return round(self.bottom - (value - low) / ((high - low) or 1) * (self.bottom - self.top), 1)


def axes(
    frame: Frame, *, x: str, y: str, show: Callable[[float], str],
    show_x: Callable[[float], str] | None = None, n_ticks: int = 5,
) -> str:  # fmt: skip
    """Draw ticks and names of both axes, and a grid; without ``show_x`` the horizontal axis has no ticks."""
    parts = []
    for value in ticks(*frame.y_range, n=n_ticks):
        at = frame.y(value)
        parts.append(line([(frame.left, at), (frame.right, at)], kind="grid"))
        parts.append(text(frame.left - 6, at + 4, show(value), anchor="end"))
    if show_x:
        parts += [text(frame.x(value), frame.bottom + 16, show_x(value)) for value in ticks(*frame.x_range, n=6)]
    parts.append(text((frame.left + frame.right) / 2, frame.bottom + 34, x))
    if y:
        turned = f"translate(10 {(frame.top + frame.bottom) / 2}) rotate(-90)"
        parts.append(f'<text class="axis" transform="{turned}" text-anchor="middle">{escape(y)}</text>')
    return "".join(parts)


def scale(frame: Frame) -> str:
    """Draw a horizontal axis of shares with lines upwards."""
    parts = []
    for value in ticks(*frame.x_range, n=6):
        at = frame.x(value)
        parts.append(line([(at, frame.top), (at, frame.bottom)], kind="grid"))
        parts.append(text(at, frame.bottom + 16, percent(value)))
    return "".join(parts)


def ticks(low: float, high: float, *, n: int) -> list[float]:
    """Choose about n round values between two.

    >>> ticks(0, 1, n=5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / n
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def wide(values: Sequence[float]) -> tuple[float, float]:
    """Leave some room around values."""
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or abs(high) * 0.05 or 0.01
    return low - room, high + room


def percent(value: float) -> str:
    """Show a share in percent."""
    return f"{100 * value:.3g}%"


def short(value: float) -> str:
    """Show a number in four figures."""
    return f"{value:.4g}"


def svg(parts: Sequence[Any], *, title: str, height: int = HEIGHT) -> str:
    """Put strokes together to a picture; the title is read aloud to those who cannot see it."""
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def line(points: Sequence[tuple[float, float]], *, kind: str) -> str:
    """Draw a line through points in pixels."""
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="line {kind}" points="{path}"/>'


def dot(x: float, y: float, *, kind: str, title: str, r: float = 4) -> str:
    """Draw a dot; its title shows where a pointer rests on it."""
    return f'<circle class="dot {kind}" cx="{x}" cy="{y}" r="{r}"><title>{escape(title)}</title></circle>'


def bar(x: float, y: float, width: float, height: float, *, kind: str, title: str) -> str:
    """Draw a bar from its upper left corner."""
    return (
        f'<rect class="bar {kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0):.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def text(x: float, y: float, said: str, *, anchor: str = "middle", kind: str = "axis") -> str:
    """Write words on a chart, nothing where there are none."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>' if said else ""
