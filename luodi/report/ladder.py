"""The candidates of a ladder: one picture, quality over latency, size as area, the budget as lines; and a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.report.strokes import WIDTH, Frame, axes, dot, line, percent, short, svg, text, ticks, wide
from luodi.report.wording import NOTHING, duration, figure, measurement, plain, read_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The radius of the largest candidate, in pixels, and of the smallest at least.
_LARGEST, _SMALLEST = 18.0, 4.0


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
    for one, ms, score in drawn:
        parts += _candidate(frame, one, ms, score, largest=largest)
    return svg(parts, title=t("Quality and latency of each candidate"))


def _candidate(frame: Frame, one: Mapping[str, Any], ms: float, score: float, *, largest: float) -> list[str]:
    x, y = frame.x(math.log10(ms)), frame.y(score)
    radius = max(_SMALLEST, _LARGEST * math.sqrt(float(one["report"]["size_mib"]) / largest))
    name, kind = candidate_name(one["name"]), "model" if one["chosen"] or one["state"] == "good" else "baseline"
    said = f"{name}: {percent(score)}, {short(ms)} ms, {plain(one['report']['size_mib'])} MiB"
    is_far_right = x > (frame.left + frame.right) / 2
    shift = -(radius + 4) if is_far_right else radius + 4
    label = text(x + shift, y + 4, name, anchor="end" if is_far_right else "start", kind="name")
    ring = f'<circle class="ring" cx="{x}" cy="{y}" r="{radius + 3:.1f}"/>' if one["chosen"] else ""
    return [dot(x, y, kind=f"{kind} area", title=said, r=round(radius, 1)), ring, label]


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
