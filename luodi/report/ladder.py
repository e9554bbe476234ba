"""The candidates of a ladder: one picture, quality over latency, size as area, the budget as lines; and a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.report.strokes import WIDTH, Frame, axes, dot, line, percent, short, svg, text, ticks, wide
from luodi.report.wording import NOTHING, duration, figure, measurement, plain, read_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The radius of the largest candidate, in pixels, and of the smallest at least.
_LARGEST, _SMALLEST = 18.0, 4.0
#: About how wide a letter is and how high a line, in pixels; from the script of East Asia on, signs are two letters.
_LETTER, _LINE, _EAST = 6.5, 13.0, 0x2E80


def candidate_name(name: str) -> str:
    """Call a candidate as a reader would."""
    return t("the recipe's own model") if name == "teacher" else name


def ladder_rows(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each candidate: ``cells`` (texts) under ``ladder_columns``, and whether it is ``chosen``."""
    return [
        {"cells": [candidate_name(one["name"]), *_figures(one, _main(raw)), duration(one["seconds"]), _result(one)],
         "chosen": one["chosen"]}
        for one in _rows(raw)
    ]  # fmt: skip


def ladder_columns(raw: Mapping[str, Any]) -> list[str]:
    """Give the headings of the table."""
    _, metric = _main(raw)
    return [t("candidate"), measurement(metric), t("points"), measurement(_cost(raw)), t("throughput"), t("size"),
            t("time"), t("result")]  # fmt: skip


def ladder_picture(raw: Mapping[str, Any]) -> str:
    """Draw the candidates: latency to the right (logarithm), the main metric upwards, size as area.

    The latency is the one that the budget limits, the median where it limits none; a vertical line for its limit, a
    horizontal one for one on the main metric. The chosen one is ringed.
    """
    head, metric = _main(raw)
    rows = [one for one in _rows(raw) if one["report"]]
    limits, cost = raw.get("budget", {}), _cost(raw)
    times = [read_quantity(one["report"][cost]).value for one in rows]
    scores = [read_quantity(one["report"]["heads"][head][metric]).value for one in rows]
    most_ms = [limits[cost]["at_most"]] if limits.get(cost, {}).get("at_most", 0) > 0 else []
    least = [limits[name]["at_least"] for name in (metric, f"{head}.{metric}") if "at_least" in limits.get(name, {})]
    frame = Frame(_wide_in_powers([*times, *most_ms]), wide([*scores, *least]), right=WIDTH - 24)
    parts = [axes(frame, x=f"{measurement(cost)} (ms)", y=measurement(metric), show=percent), *_powers(frame)]
    parts += [line([(frame.x(math.log10(ms)), frame.bottom), (frame.x(math.log10(ms)), frame.top)], kind="mark")
              for ms in most_ms]  # fmt: skip
    parts += [line([(frame.left, frame.y(bound)), (frame.right, frame.y(bound))], kind="mark") for bound in least]
    largest = max(float(one["report"]["size_mib"]) for one in rows) or 1.0
    drawn = sorted(zip(rows, times, scores, strict=True), key=lambda row: -float(row[0]["report"]["size_mib"]))
    spots = [
        _Spot(frame.x(math.log10(ms)), frame.y(score), _radius(one, largest), candidate_name(one["name"]))
        for one, ms, score in drawn
    ]
    for spot, (one, ms, score) in zip(spots, drawn, strict=True):
        parts += _candidate(spot, one, f"{percent(score)}, {short(ms)} ms, {plain(one['report']['size_mib'])} MiB")
    parts += [text(x, y, name, anchor="start", kind="name") for x, y, name in _labels(spots, frame)]
    return svg(parts, title=t("Quality and latency of each candidate"))


@dataclass(frozen=True)
class _Spot:
    """Where a candidate is drawn, in pixels, and its name."""

    x: float
    y: float
    radius: float
    name: str


def _radius(one: Mapping[str, Any], largest: float) -> float:
    return max(_SMALLEST, _LARGEST * math.sqrt(float(one["report"]["size_mib"]) / largest))


def _candidate(spot: _Spot, one: Mapping[str, Any], said: str) -> list[str]:
    kind = "model" if one["chosen"] or one["state"] == "good" else "baseline"
    ring = f'<circle class="ring" cx="{spot.x}" cy="{spot.y}" r="{spot.radius + 3:.1f}"/>' if one["chosen"] else ""
    return [dot(spot.x, spot.y, kind=f"{kind} area", title=f"{spot.name}: {said}", r=round(spot.radius, 1)), ring]


def _labels(spots: Sequence[_Spot], frame: Frame) -> list[tuple[float, float, str]]:
    """Find a place for each name that covers no dot and no other name: (left, bottom, name), the first free one.

    Tried to the right, to the left, then below and above, each time a line further away.
    """
    taken = [(one.x - one.radius, one.y - one.radius, one.x + one.radius, one.y + one.radius) for one in spots]
    placed = []
    for one in spots:
        wide = _LETTER * sum(1 if ord(sign) < _EAST else 2 for sign in one.name)
        middle = min(max(one.x - wide / 2, frame.left), frame.right - wide)
        beside = [(one.x + one.radius + 4, one.y + 4), (one.x - one.radius - 4 - wide, one.y + 4)]
        rows = [one.radius + _LINE * n for n in range(1, 12)]
        around = [(middle, place) for row in rows for place in (one.y + row, one.y - row + _LINE - 4)]
        inside = [
            (x, y) for x, y in (*beside, *around)
            if frame.left <= x and x + wide <= frame.right and frame.top <= y - _LINE and y <= frame.bottom
        ]  # fmt: skip
        x, y = next((at for at in inside if not _covers(at, wide, taken)), (middle, one.y + 4))
        taken.append((x, y - _LINE, x + wide, y))
        placed.append((x, y, one.name))
    return placed


def _covers(at: tuple[float, float], wide: float, taken: Sequence[tuple[float, float, float, float]]) -> bool:
    """Tell whether a line of text would lie on something."""
    x, y = at
    return any(x < right and left < x + wide and y - _LINE < low and high < y for left, high, right, low in taken)


def _wide_in_powers(values: Sequence[float]) -> tuple[float, float]:
    return wide([math.log10(one) for one in values])


def _powers(frame: Frame) -> list[str]:
    """Write the ticks of the logarithmic axis as what they stand for."""
    return [text(frame.x(at), frame.bottom + 16, f"{10**at:.2g}") for at in ticks(*frame.x_range, n=5)]


def _figures(one: Mapping[str, Any], main: tuple[str, str]) -> list[str]:
    """Show what was measured of a candidate: metric, points to the recipe's own model, latency, throughput, size."""
    head, metric = main
    report = one["report"]
    if not report:
        return [NOTHING] * 5
    size = f"{plain(report['size_mib'])} MiB"
    points = NOTHING if not one["comparisons"] else f"{100 * one['gain']:+.1f}{_between(one)}"
    costs = [figure(name, read_quantity(report[name]).value) for name in (one["cost"], "throughput_per_s")]
    return [figure(metric, read_quantity(report["heads"][head][metric]).value), points, *costs, size]


def _between(one: Mapping[str, Any]) -> str:
    """Give the interval of the difference, of the head where the candidate is worst."""
    quantities = [read_quantity(found[f"{found['metric']}_difference"]) for found in one["comparisons"].values()]
    worst = min(quantities, key=lambda q: q.value)
    if worst.low is None or worst.high is None:
        return ""
    return f" ({100 * worst.low:+.1f} – {100 * worst.high:+.1f})"


def _result(one: Mapping[str, Any]) -> str:
    """Say of a candidate what came of it."""
    if one["why"]:
        return t("failed: {why}", why=one["why"])
    broken = ", ".join(measurement(breach["limit"]) for breach in one["breaches"])
    words = [
        t("built") if one["chosen"] else t("runner-up") if one["runner_up"] else "",
        t("breaks the budget: {limits}", limits=broken) if broken else "",
        _quality(one) if one["comparisons"] else "",
    ]
    return "; ".join(word for word in words if word)


def _quality(one: Mapping[str, Any]) -> str:
    points = 100 * one["margin"]
    if one["state"] == "good":
        return t("no worse by more than {points:.1f} points", points=points)
    if one["rows_needed"]:
        return t("not shown to be no worse by more than {points:.1f} points: about {rows:,} validation rows would show "
                 "it", points=points, rows=one["rows_needed"])  # fmt: skip
    return t("worse")


def _cost(raw: Mapping[str, Any]) -> str:
    """Name the latency that candidates were chosen by."""
    return str(_rows(raw)[0]["cost"])


def _rows(raw: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = raw.get("ladder", {}).get("rows", ())
    return rows


def _main(raw: Mapping[str, Any]) -> tuple[str, str]:
    """Give the first head and its main metric: the one that is drawn."""
    return next((head, one["metric"]) for head, one in raw["comparisons"].items())
