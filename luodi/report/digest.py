"""Arranges what ``report.json`` holds as the rows that page and card show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from luodi.budget import Budget
from luodi.language import look_up, t
from luodi.limits import COSTS
from luodi.report.wording import (
    NOTHING,
    condition,
    duration,
    figure,
    form,
    measurement,
    read_quantity,
    span,
    weight,
)
from luodi.verify import Comparison, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Verdicts under which the large model has not earned its place.
_DOUBTS = ("not shown", "worse")


def verdicts(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Judge each head beside the baseline.

    Returns:
        For each ``head`` (empty where there is one) the verdict's ``word`` and ``sentence``, whether it is a ``doubt``,
        and ``beside``: what kind of model the baseline is.
    """
    rows = []
    compared = raw.get("comparisons", {})
    for head, one in compared.items():
        word, sentence = verdict(Comparison.from_json(one))
        name = head if len(compared) > 1 else ""
        beside = look_up(raw.get("baseline", {}).get("about", {}).get(head, ""))
        rows.append({"head": name, "word": word, "sentence": sentence, "doubt": word in _DOUBTS, "beside": beside})
    return rows


def budget_rows(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Put each promise beside what was measured: name, promised, conditions, measured, interval, kept, missed."""
    report = raw["report"]
    breaches = {one["limit"]: one for one in raw.get("breaches", ())}
    rows = []
    for name, limit in Budget(**raw.get("budget", {})).limits.items():
        at_least = limit.at_least is not None
        bound = limit.at_least if limit.at_least is not None else limit.at_most
        metric = name.rpartition(".")[2]
        places = _places(name, report) if name not in breaches else {name: breaches[name]}
        for place, found in places.items():
            quantity = read_quantity(found)
            kept = place not in breaches and math.isfinite(quantity.value)
            away = abs(quantity.value - (bound or 0.0))
            word = t("at least") if at_least else t("at most")
            rows.append({
                "name": measurement(_short(place, report)),
                "promised": f"{word} {figure(metric, bound)}",
                "conditions": ", ".join(f"{condition(key)} {value}" for key, value in limit.conditions.items()),
                "measured": figure(metric, quantity.value),
                "interval": span(metric, quantity),
                "kept": kept,
                "missed": "" if kept else _gap(metric, away),
            })  # fmt: skip
    return [{**row, "sentence": _missed(row)} for row in rows]


def _missed(row: Mapping[str, Any]) -> str:
    """Say of a promise that was not kept by how much."""
    if row["kept"]:
        return ""
    named = f"{row['name']} ({row['conditions']})" if row["conditions"] else row["name"]
    if not row["missed"]:
        return t("{name}: promised {promised}, not measured under these conditions", name=named,
                 promised=row["promised"])  # fmt: skip
    return t("{name}: promised {promised}, measured {measured}, missed by {missed}", name=named,
             promised=row["promised"], measured=row["measured"], missed=row["missed"])  # fmt: skip


def _gap(metric: str, away: float) -> str:
    """Say how far a value lies from its limit."""
    if not math.isfinite(away):
        return ""
    return figure(metric, away) if metric in COSTS else t("{points:.1f} points", points=100 * away)


def _places(name: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """Find what a limit speaks of: place -> Q, never empty."""
    if name in COSTS:
        return {name: report.get(name)}
    head, _, metric = name.rpartition(".")
    heads = [head] if head in report["heads"] else [] if head else list(report["heads"])
    found = {f"{one}.{metric}": report["heads"][one][metric] for one in heads if metric in report["heads"][one]}
    return found or {name: None}


def _short(place: str, report: Mapping[str, Any]) -> str:
    """Leave the head out of a name where there is one head only."""
    head, _, metric = place.rpartition(".")
    return metric if head in report["heads"] and len(report["heads"]) == 1 else place


def metric_rows(raw: Mapping[str, Any], head: str) -> list[dict[str, Any]]:
    """Put each metric of a head beside the baseline's: name, model, baseline, each with figure and interval."""
    baseline = raw["report"].get("baseline", {}).get(head, {})
    rows = []
    for metric, found in raw["report"]["heads"][head].items():
        if metric == "per_class":
            continue
        sides = {"model": read_quantity(found), "baseline": read_quantity(baseline.get(metric))}
        shown = {side: {"figure": figure(metric, q.value), "interval": span(metric, q)} for side, q in sides.items()}
        rows.append({"metric": metric, "name": measurement(metric), "quantities": sides, **shown})
    return rows


def cost_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Show what an answer costs: name, figure, interval."""
    rows = []
    for name in COSTS:
        if name in report:
            q = read_quantity(report[name])
            rows.append({"key": name, "name": measurement(name), "figure": figure(name, q.value),
                         "interval": span(name, q)})  # fmt: skip
    return rows


def abstention(raw: Mapping[str, Any], head: str) -> str:
    """Say in two sentences what abstaining brings, promise and measurement; nothing where no risk was stated."""
    found = raw.get("abstention", {}).get(head)
    if not found:
        return ""
    shares = {name: read_quantity(found[name]) for name in ("answered", "wrong", "wrong_if_never_abstained")}
    if math.isnan(shares["answered"].value):  # no test row has a label
        return ""
    low, high = ((100 * side if side is not None else math.nan) for side in (shares["wrong"].low, shares["wrong"].high))
    return t(
        "It answers {answered:.1f} % of the test texts and abstains from the others. {wrong:.1f} % of all texts are "
        "answered wrongly ({low:.1f} to {high:.1f}); at most {risk:.3g} % were promised. Had it answered every text, "
        "it would be {never:.1f} %.",
        answered=100 * shares["answered"].value, wrong=100 * shares["wrong"].value, low=low, high=high,
        risk=100 * found["risk"], never=100 * shares["wrong_if_never_abstained"].value,
    )  # fmt: skip


def seeds(raw: Mapping[str, Any], head: str) -> str:
    """Say how far the main figures move over seeds; nothing where one was tuned."""
    found = raw.get("seeds", {})
    rows = [
        t("{name} {low} to {high}, mean {mean}, standard deviation {sd:.1f} points", name=measurement(metric),
          low=figure(metric, one["low"]), high=figure(metric, one["high"]), mean=figure(metric, one["mean"]),
          sd=100 * one["sd"])
        for metric, one in found.get("heads", {}).get(head, {}).items()
    ]  # fmt: skip
    if not rows:
        return ""
    return t(
        "Over {n} seeds, each model as it was tuned, before its number format was chosen: {figures}. The bundle is "
        "that of the first one, not of the best.",
        n=len(found["seeds"]), figures="; ".join(rows),
    )  # fmt: skip


def class_rows(raw: Mapping[str, Any], head: str) -> list[dict[str, Any]]:
    """Give a row for each label, the worst F1 first; labels without test rows come last."""
    learned = raw.get("data", {}).get("labels", {}).get(head, {}).get("train", {})
    rows = [
        {"label": label, "learned": learned.get(label, 0), **row}
        for label, row in raw["report"]["heads"][head]["per_class"].items()
    ]
    return sorted(rows, key=lambda row: (row["support"] == 0, row["f1"], -row["support"]))


def heat_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the table of confusions: for each true label its cells with count and depth of colour, 0 to 9."""
    rows = []
    for place, (label, counts) in enumerate(zip(found["labels"], found["confusion"], strict=True)):
        total = sum(counts)
        cells = [{"n": n, "right": column == place, "depth": _depth(n, total)} for column, n in enumerate(counts)]
        rows.append({"label": label, "cells": cells, "total": total})
    return rows


def _depth(n: int, total: int) -> int:
    """Grade a share; small shares of errors stay visible, so the square root is graded."""
    return min(9, math.ceil(9 * math.sqrt(n / total))) if n and total else 0


def size_rows(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the files of the bundle, the largest first: name, size, share of the largest."""
    sizes = sorted(raw.get("sizes", {}).items(), key=lambda row: -row[1])
    largest = max((n for _, n in sizes), default=0) or 1
    return [{"name": name, "size": weight(n), "share": round(100 * n / largest, 2)} for name, n in sizes]


def parity_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the chain of forms: from, to, difference, flips, n, same."""
    return [
        {
            "before": form(row["from"]), "after": form(row["to"]), "apart": _tiny(row["max_abs_diff"]),
            "flips": row["label_flips"], "n": row["n"], "same": row["label_flips"] == 0,
        }
        for row in report.get("parity", ())
    ]  # fmt: skip


def _tiny(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def stage_rows(raw: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give what was done to the model, in order: name, weights, time, settings."""
    hidden = ("use", "seconds", "parameters", "curve", "name")
    rows = []
    for row in raw.get("stages", ()):
        settings = ", ".join(f"{key}={_brief(value)}" for key, value in row.items() if key not in hidden)
        parameters = row.get("parameters")
        rows.append({
            "name": row.get("name") or row.get("use", NOTHING),
            "parameters": f"{parameters / 1e6:,.1f} M" if parameters else NOTHING,
            "seconds": duration(row.get("seconds")),
            "settings": settings,
        })  # fmt: skip
    return rows


def _brief(value: Any) -> str:
    return str(value.get("use", value)) if isinstance(value, dict) else str(value)


def curves(raw: Mapping[str, Any]) -> list[tuple[str, Sequence[Mapping[str, float]]]]:
    """Give the stages that learned, with the rows of their curves."""
    return [(row.get("use", ""), row["curve"]) for row in raw.get("stages", ()) if row.get("curve")]


def worst_findings(raw: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give the three findings of the audit that matter most, notes aside: severity, its name, tone, what they say."""
    named = {"error": (t("error"), "bad"), "warning": (t("warning"), "warn")}
    grave = [one for one in (raw.get("audit") or {}).get("findings", ()) if one["severity"] in named]
    return [
        {"severity": one["severity"], "name": named[one["severity"]][0], "tone": named[one["severity"]][1],
         "what": one["what"], "effect": one["effect"], "advice": one["advice"]}
        for one in grave[:3]
    ]  # fmt: skip
