"""Draws the report's charts as SVG that takes its colours from the page, light or dark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from luodi.language import t
from luodi.report.strokes import HEIGHT, WIDTH, Frame, axes, bar, dot, line, percent, scale, short, svg, text, wide
from luodi.tasks.metrics import share_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.budget import Quantity

_BARS = 36


def reliability(bins: Sequence[Mapping[str, float]]) -> str:
    """Draw how often answers are right at each stated probability, with Wilson's intervals; bars are rows."""
    frame = Frame((0, 1), (0, 1))
    most = max((one["n"] for one in bins), default=1) or 1
    parts = [axes(frame, x=t("stated probability"), y=t("share that is right"), show=percent, show_x=percent)]
    width = (frame.right - frame.left) / 10
    for one in bins:
        tall = 0.22 * (frame.bottom - frame.top) * one["n"] / most
        parts.append(bar(frame.x(one["from"]) + 1, frame.bottom - tall, width - 2, tall, kind="rows",
                          title=t("{n:,} rows", n=int(one["n"]))))  # fmt: skip
    parts.append(line([(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))], kind="ideal"))
    parts.append(line([(frame.x(one["probability"]), frame.y(one["accuracy"])) for one in bins], kind="model"))
    for one in bins:
        n = int(one["n"])
        q = share_of(np.arange(n) < round(n * one["accuracy"]))
        x = frame.x(one["probability"])
        parts.append(line([(x, frame.y(q.low or 0)), (x, frame.y(q.high or 0))], kind="whisker model"))
        said = t("stated {stated:.0%}, right {right:.0%}, {n:,} rows",
                 stated=one["probability"], right=one["accuracy"], n=n)  # fmt: skip
        parts.append(dot(x, frame.y(one["accuracy"]), kind="model", title=said))
    return svg(parts, title=t("How often answers are right at each stated probability"))


def learning_curve(rows: Sequence[Mapping[str, float]]) -> str:
    """Draw the metric on validation above and the training loss below, over epochs; the best point is marked."""
    epochs = [row["epoch"] for row in rows]
    x_range = (min(0.0, min(epochs)), max(epochs) or 1.0)
    best = max(rows, key=lambda row: row["metric"] if math.isfinite(row["metric"]) else -math.inf)
    parts = []
    for key, kind, name, top, bottom in (
        ("metric", "model", t("validation metric"), 20.0, 150.0),
        ("loss", "baseline", t("training loss"), 184.0, HEIGHT - 42.0),
    ):
        known = [row for row in rows if math.isfinite(row[key])]
        if not known:
            continue
        frame = Frame(x_range, wide([row[key] for row in known]), top=top, bottom=bottom)
        is_last = key == "loss"
        parts.append(axes(frame, x=t("epoch") if is_last else "", y="", show=short,
                           show_x=short if is_last else None, n_ticks=3))  # fmt: skip
        parts.append(text(frame.left, top - 6, name, anchor="start"))
        points = [(frame.x(row["epoch"]), frame.y(row[key])) for row in known]
        parts.append(line(points, kind=kind))
        parts += [dot(x, y, kind=kind, title=short(row[key])) for (x, y), row in zip(points, known, strict=True)]
        if key == "metric" and best in known:
            x, y = frame.x(best["epoch"]), frame.y(best["metric"])
            parts.append(f'<circle class="ring" cx="{x}" cy="{y}" r="7"/>')
    return svg(parts, title=t("The metric on validation and the loss while training"))


def latency_histogram(quantiles: Sequence[float]) -> str:
    """Draw how long single answers take, from evenly spaced quantiles in ms; p50 and p95 are marked."""
    grid = np.linspace(0, 1, len(quantiles))
    times = np.interp(np.linspace(0, 1, 4001), grid, np.asarray(quantiles, np.float64))
    low, p50, p95, high = (float(one) for one in np.quantile(times, [0, 0.5, 0.95, 0.99]))
    high = high if high > low else low * 1.1 + 1e-3
    counts, edges = np.histogram(times, bins=_BARS, range=(low, high))
    shares = counts / len(times)
    frame = Frame((low, high), (0, float(shares.max()) * 1.14 or 1.0))
    parts = [axes(frame, x=t("ms for one call (the slowest 1 % lie further right)"), y=t("share"), show=percent,
                   show_x=short)]  # fmt: skip
    for share, start, end in zip(shares, edges, edges[1:], strict=False):
        x, tall = frame.x(float(start)), frame.bottom - frame.y(float(share))
        parts.append(bar(x + 0.5, frame.bottom - tall, frame.x(float(end)) - x - 1, tall, kind="model",
                          title=f"{start:.3g} – {end:.3g} ms: {share:.1%}"))  # fmt: skip
    for name, value in (("p50", p50), ("p95", p95)):
        x = frame.x(value)
        parts.append(line([(x, frame.bottom), (x, frame.top)], kind="mark"))
        anchor = "end" if x > WIDTH - 120 else "start"
        parts.append(text(x + (-5 if anchor == "end" else 5), frame.top + (10 if name == "p50" else 24),
                           f"{name} {value:.3g} ms", anchor=anchor))  # fmt: skip
    return svg(parts, title=t("How long single answers take"))


def intervals(rows: Sequence[tuple[str, Quantity, Quantity]]) -> str:
    """Draw each metric of the model and of the baseline as a dot with its 95 % interval, on one scale."""
    every = [side for _, *pair in rows for q in pair for side in (q.low, q.value, q.high)]
    known = [side for side in every if side is not None and math.isfinite(side)]
    tall = 58 * len(rows) + 34
    low, high = wide(known or [0.0, 1.0])
    frame = Frame(
        (low if min(known, default=0.0) < 0 else max(0.0, low), min(1.0, high)),
        (0, 1),
        left=14,
        top=4,
        bottom=tall - 28,
    )
    parts = [scale(frame)]
    for place, (name, model, baseline) in enumerate(rows):
        top = 14 + 58 * place
        parts.append(text(frame.left, top + 4, name, anchor="start", kind="name"))
        for q, kind, shift in ((model, "model", 18), (baseline, "baseline", 34)):
            if not math.isfinite(q.value):
                continue
            y = top + shift
            ends = (q.low if q.low is not None else q.value, q.high if q.high is not None else q.value)
            parts.append(line([(frame.x(ends[0]), y), (frame.x(ends[1]), y)], kind=f"whisker {kind}"))
            parts.append(dot(frame.x(q.value), y, kind=kind, title=f"{q.value:.1%}", r=5))
    return svg(parts, title=t("The model and the baseline with their 95 % intervals"), height=tall)
