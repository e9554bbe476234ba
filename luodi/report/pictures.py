"""Draws the report's charts as SVG that takes its colours from the page, light or dark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.language import t
from luodi.tasks.metrics import share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.budget import Quantity

_WIDTH, _HEIGHT = 440, 290
_BARS = 36


@dataclass(frozen=True)
class Frame:
    """The plotting area in pixels, and the values at its edges."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    left: float = 48
    right: float = _WIDTH - 20
    top: float = 14
    bottom: float = _HEIGHT - 42

    def x(self, value: float) -> float:
        """Place a value between left and right."""
        low, high = self.x_range
        return round(self.left + (value - low) / ((high - low) or 1) * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """Place a value between bottom and top."""
        low, high = self.y_range
        return round(self.bottom - (value - low) / ((high - low) or 1) * (self.bottom - self.top), 1)


def reliability(bins: Sequence[Mapping[str, float]]) -> str:
    """Draw how often answers are right at each stated probability, with Wilson's intervals; bars are rows."""
    frame = Frame((0, 1), (0, 1))
    most = max((one["n"] for one in bins), default=1) or 1
    parts = [_axes(frame, x=t("stated probability"), y=t("share that is right"), show=_percent, show_x=_percent)]
    width = (frame.right - frame.left) / 10
    for one in bins:
        tall = 0.22 * (frame.bottom - frame.top) * one["n"] / most
        parts.append(_bar(frame.x(one["from"]) + 1, frame.bottom - tall, width - 2, tall, kind="rows",
                          title=t("{n:,} rows", n=int(one["n"]))))  # fmt: skip
    parts.append(_line([(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))], kind="ideal"))
    parts.append(_line([(frame.x(one["probability"]), frame.y(one["accuracy"])) for one in bins], kind="model"))
    for one in bins:
        n = int(one["n"])
        q = share_of(np.arange(n) < round(n * one["accuracy"]))
        x = frame.x(one["probability"])
        parts.append(_line([(x, frame.y(q.low or 0)), (x, frame.y(q.high or 0))], kind="whisker model"))
        said = t("stated {stated:.0%}, right {right:.0%}, {n:,} rows",
                 stated=one["probability"], right=one["accuracy"], n=n)  # fmt: skip
        parts.append(_dot(x, frame.y(one["accuracy"]), kind="model", title=said))
    return _svg(parts, title=t("How often answers are right at each stated probability"))


def learning_curve(rows: Sequence[Mapping[str, float]]) -> str:
    """Draw the metric on validation above and the training loss below, over epochs; the best point is marked."""
    epochs = [row["epoch"] for row in rows]
    x_range = (min(0.0, min(epochs)), max(epochs) or 1.0)
    best = max(rows, key=lambda row: row["metric"] if math.isfinite(row["metric"]) else -math.inf)
    parts = []
    for key, kind, name, top, bottom in (
        ("metric", "model", t("validation metric"), 20.0, 150.0),
        ("loss", "baseline", t("training loss"), 184.0, _HEIGHT - 42.0),
    ):
        known = [row for row in rows if math.isfinite(row[key])]
        if not known:
            continue
        frame = Frame(x_range, _wide([row[key] for row in known]), top=top, bottom=bottom)
        is_last = key == "loss"
        parts.append(_axes(frame, x=t("epoch") if is_last else "", y="", show=_short,
                           show_x=_short if is_last else None, n_ticks=3))  # fmt: skip
        parts.append(_text(frame.left, top - 6, name, anchor="start"))
        points = [(frame.x(row["epoch"]), frame.y(row[key])) for row in known]
        parts.append(_line(points, kind=kind))
        parts += [_dot(x, y, kind=kind, title=_short(row[key])) for (x, y), row in zip(points, known, strict=True)]
        if key == "metric" and best in known:
            x, y = frame.x(best["epoch"]), frame.y(best["metric"])
            parts.append(f'<circle class="ring" cx="{x}" cy="{y}" r="7"/>')
    return _svg(parts, title=t("The metric on validation and the loss while training"))


def latency_histogram(quantiles: Sequence[float]) -> str:
    """Draw how long single answers take, from evenly spaced quantiles in ms; p50 and p95 are marked."""
    grid = np.linspace(0, 1, len(quantiles))
    times = np.interp(np.linspace(0, 1, 4001), grid, np.asarray(quantiles, np.float64))
    low, p50, p95, high = (float(one) for one in np.quantile(times, [0, 0.5, 0.95, 0.99]))
    high = high if high > low else low * 1.1 + 1e-3
    counts, edges = np.histogram(times, bins=_BARS, range=(low, high))
    shares = counts / len(times)
    frame = Frame((low, high), (0, float(shares.max()) * 1.14 or 1.0))
    parts = [_axes(frame, x=t("ms for one call (the slowest 1 % lie further right)"), y=t("share"), show=_percent,
                   show_x=_short)]  # fmt: skip
    for share, start, end in zip(shares, edges, edges[1:], strict=False):
        x, tall = frame.x(float(start)), frame.bottom - frame.y(float(share))
        parts.append(_bar(x + 0.5, frame.bottom - tall, frame.x(float(end)) - x - 1, tall, kind="model",
                          title=f"{start:.3g} – {end:.3g} ms: {share:.1%}"))  # fmt: skip
    for name, value in (("p50", p50), ("p95", p95)):
        x = frame.x(value)
        parts.append(_line([(x, frame.bottom), (x, frame.top)], kind="mark"))
        anchor = "end" if x > _WIDTH - 120 else "start"
        parts.append(_text(x + (-5 if anchor == "end" else 5), frame.top + (10 if name == "p50" else 24),
                           f"{name} {value:.3g} ms", anchor=anchor))  # fmt: skip
    return _svg(parts, title=t("How long single answers take"))


def intervals(rows: Sequence[tuple[str, Quantity, Quantity]]) -> str:
    """Draw each metric of the model and of the baseline as a dot with its 95 % interval, on one scale."""
    every = [side for _, *pair in rows for q in pair for side in (q.low, q.value, q.high)]
    known = [side for side in every if side is not None and math.isfinite(side)]
    tall = 58 * len(rows) + 34
    low, high = _wide(known or [0.0, 1.0])
    frame = Frame(
        (low if min(known, default=0.0) < 0 else max(0.0, low), min(1.0, high)),
        (0, 1),
        left=14,
        top=4,
        bottom=tall - 28,
    )
    parts = [_scale(frame)]
    for place, (name, model, baseline) in enumerate(rows):
        top = 14 + 58 * place
        parts.append(_text(frame.left, top + 4, name, anchor="start", kind="name"))
        for q, kind, shift in ((model, "model", 18), (baseline, "baseline", 34)):
            if not math.isfinite(q.value):
                continue
            y = top + shift
            ends = (q.low if q.low is not None else q.value, q.high if q.high is not None else q.value)
            parts.append(_line([(frame.x(ends[0]), y), (frame.x(ends[1]), y)], kind=f"whisker {kind}"))
            parts.append(_dot(frame.x(q.value), y, kind=kind, title=f"{q.value:.1%}", r=5))
    return _svg(parts, title=t("The model and the baseline with their 95 % intervals"), height=tall)


def _axes(
    frame: Frame, *, x: str, y: str, show: Callable[[float], str],
    show_x: Callable[[float], str] | None = None, n_ticks: int = 5,
) -> str:  # fmt: skip
    """Draw ticks and names of both axes, and a grid; without ``show_x`` the horizontal axis has no ticks."""
    parts = []
    for value in ticks(*frame.y_range, n=n_ticks):
        at = frame.y(value)
        parts.append(_line([(frame.left, at), (frame.right, at)], kind="grid"))
        parts.append(_text(frame.left - 6, at + 4, show(value), anchor="end"))
    if show_x:
        parts += [_text(frame.x(value), frame.bottom + 16, show_x(value)) for value in ticks(*frame.x_range, n=6)]
    parts.append(_text((frame.left + frame.right) / 2, frame.bottom + 34, x))
    if y:
        turned = f"translate(10 {(frame.top + frame.bottom) / 2}) rotate(-90)"
        parts.append(f'<text class="axis" transform="{turned}" text-anchor="middle">{escape(y)}</text>')
    return "".join(parts)


def _scale(frame: Frame) -> str:
    """Draw a horizontal axis of shares with lines upwards."""
    parts = []
    for value in ticks(*frame.x_range, n=6):
        at = frame.x(value)
        parts.append(_line([(at, frame.top), (at, frame.bottom)], kind="grid"))
        parts.append(_text(at, frame.bottom + 16, _percent(value)))
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


def _wide(values: Sequence[float]) -> tuple[float, float]:
    """Leave some room around values."""
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or abs(high) * 0.05 or 0.01
    return low - room, high + room


def _percent(value: float) -> str:
    return f"{100 * value:.3g}%"


def _short(value: float) -> str:
    return f"{value:.4g}"


def _svg(parts: Sequence[Any], *, title: str, height: int = _HEIGHT) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _line(points: Sequence[tuple[float, float]], *, kind: str) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="line {kind}" points="{path}"/>'


def _dot(x: float, y: float, *, kind: str, title: str, r: float = 4) -> str:
    return f'<circle class="dot {kind}" cx="{x}" cy="{y}" r="{r}"><title>{escape(title)}</title></circle>'


def _bar(x: float, y: float, width: float, height: float, *, kind: str, title: str) -> str:
    return (
        f'<rect class="bar {kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0):.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle", kind: str = "axis") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>' if text else ""
