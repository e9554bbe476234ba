"""Draws ``report.html`` from ``report.json``: one file, no network, in English or Chinese."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

from luodi.language import speak, t
from luodi.report.digest import (
    abstention,
    budget_rows,
    class_rows,
    cost_rows,
    curves,
    heat_rows,
    metric_rows,
    parity_rows,
    seeds,
    size_rows,
    stage_rows,
    verdicts,
    worst_findings,
)
from luodi.report.formats import format_rows
from luodi.report.frame import environment, fixed, stylesheet, template
from luodi.report.ladder import ladder_columns, ladder_picture, ladder_rows
from luodi.report.pictures import intervals, latency_histogram, learning_curve, reliability
from luodi.report.places import places
from luodi.report.tiers import tier_columns, tier_rows, tier_sentence
from luodi.report.tried import trial_columns, trial_rows, trial_verdict
from luodi.report.wording import condition, conditions, duration, figure, measurement, read_quantity, visible
from luodi.report.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Tables and lists longer than this show their beginning; the rest unfolds.
N_SHOWN = 12
_N_EXAMPLES = 20
#: Metrics that are better where they are smaller: they do not stand on one scale with the others.
_NOT_DRAWN = ("expected_calibration_error", "mean_absolute_error")


def render(raw: Mapping[str, Any], *, language: str) -> str:
    """Draw the page.

    Every text of the data is shown as text, never taken as markup: the template escapes, and the page's own policy
    lets no other script or style run.

    Args:
        raw: the object of ``report.json``.
        language: ``en`` or ``zh``.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    blocks = fixed(stylesheet(), template(__package__, "page.js"))
    with speak(language):
        page: str = _templates().get_template("page.html").render(
            **_view(visible(dict(raw))), **blocks, w=words(), lang="zh-CN" if language == "zh" else "en",
            n_shown=N_SHOWN, more=lambda n: t("{n:,} more", n=n),
        )  # fmt: skip
    return page


@cache
def _templates() -> Any:
    """Read and compile the templates, once in a process."""
    return environment(__package__, ("page.html", "head.html", "rest.html"))


def _view(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Arrange everything that the template shows."""
    report = raw["report"]
    judged = verdicts(raw)
    promised = budget_rows(raw)
    return {
        "name": raw.get("name", ""),
        "created": str(raw.get("created", "")).replace("T", " ").replace("Z", " UTC"),
        "version": raw.get("luodi", ""),
        "verdicts": judged,
        "doubtful": any(one["doubt"] for one in judged),
        "budget": promised,
        "broken": [row for row in promised if not row["kept"]],
        "tiles": _tiles(raw),
        "heads": [_head_view(raw, head) for head in report["heads"]],
        "costs": cost_rows(report),
        "timed": conditions(report.get("conditions", {})),
        "baseline_cost": _baseline_cost(raw),
        "latency": _latency(raw),
        "curves": [(name, learning_curve(rows)) for name, rows in curves(raw)],
        "stages": stage_rows(raw),
        "trials": {"verdict": trial_verdict(raw), "columns": trial_columns(raw), "rows": trial_rows(raw)},
        "ladder": _ladder_view(raw),
        "sizes": size_rows(raw),
        "tiers": {"said": tier_sentence(raw), "columns": tier_columns(raw), "rows": tier_rows(raw)},
        "formats": format_rows(raw),
        "parity": parity_rows(report),
        "audit": _audit_view(raw),
        "data": _data_view(raw),
        "conditions": _conditions(report.get("conditions", {})),
        "recipe": _yaml(raw.get("recipe", {})),
    }


def _ladder_view(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Show the candidates of a ladder; empty where there was none."""
    if not raw.get("ladder"):
        return {}
    why = raw["ladder"]["why"]
    return {"why": why[:1].upper() + why[1:], "picture": ladder_picture(raw), "columns": ladder_columns(raw),
            "rows": ladder_rows(raw)}  # fmt: skip


def _tiles(raw: Mapping[str, Any]) -> list[dict[str, str]]:
    """Choose the few figures that stand large at the top."""
    report = raw["report"]
    tiles = []
    many = len(report["heads"]) > 1
    for head in list(report["heads"])[:3]:
        main = raw.get("comparisons", {}).get(head, {}).get("metric")
        wanted = (main,) if many else ("accuracy", main)
        for row in [row for row in metric_rows(raw, head) if row["metric"] in wanted]:
            note = t("baseline: {figure}", figure=row["baseline"]["figure"])
            tiles.append({"name": f"{head}: {row['name']}" if many else row["name"], "figure": row["model"]["figure"],
                          "interval": row["model"]["interval"], "note": note})  # fmt: skip
    for key in ("latency_p95_ms", "throughput_per_s", "size_mib"):
        if key in report:
            q = read_quantity(report[key])
            tiles.append({"name": measurement(key), "figure": figure(key, q.value), "interval": "", "note": ""})
    return tiles


def _head_view(raw: Mapping[str, Any], head: str) -> dict[str, Any]:
    found = raw.get("evidence", {}).get("heads", {}).get(head, {})
    metrics = metric_rows(raw, head)
    drawn = [
        (row["name"], row["quantities"]["model"], row["quantities"]["baseline"])
        for row in metrics
        if row["metric"] not in _NOT_DRAWN
    ]
    return {
        "name": head,
        "metrics": metrics,
        "intervals": intervals(drawn) if drawn else "",
        "abstention": abstention(raw, head),
        "seeds": seeds(raw, head),
        "classes": class_rows(raw, head),
        "ranking": places(found),
        "heat": heat_rows(found) if found.get("confusion") else [],
        "columns": found.get("labels", []),
        "confused": found.get("confused", []),
        "reliability": reliability(found["reliability"]) if found.get("reliability") else "",
        "temperature": _temperature(raw, head),
        "mistakes": found.get("mistakes", []),
    }


def _temperature(raw: Mapping[str, Any], head: str) -> str:
    found = [one[head]["temperature"] for one in raw.get("calibration", {}).values() if head in one]
    said = ", ".join(f"{one:.2f}" for one in found)
    return t("Temperature, found on the validation rows: {found}.", found=said) if found else ""


def _latency(raw: Mapping[str, Any]) -> str:
    taken = raw.get("evidence", {}).get("latencies_ms", ())
    return latency_histogram(taken) if len(taken) > 1 else ""


def _baseline_cost(raw: Mapping[str, Any]) -> str:
    cheap = raw.get("baseline", {})
    if not cheap:
        return ""
    median = read_quantity(cheap.get("latency_p50_ms")).value
    return t("The baseline was fitted in {time} and answers in {latency} (median).",
             time=duration(cheap.get("seconds")), latency=figure("latency_p50_ms", median))  # fmt: skip


def _audit_view(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Show the findings that matter most, and count the others; None where the data were not audited."""
    if not (audited := raw.get("audit")):
        return None
    first = worst_findings(raw)
    left = len(audited["findings"]) - len(first)
    return {
        "first": first,
        "n_errors": sum(one["severity"] == "error" for one in audited["findings"]),
        "left": t("{n:,} more findings.", n=left) if left else "",
    }


def _data_view(raw: Mapping[str, Any]) -> dict[str, Any]:
    data = raw.get("data", {})
    leaks = data.get("leaks", {})
    rows = data.get("rows", {})
    names = {"train": t("training"), "validation": t("validation"), "test": t("test")}
    parts = [
        {
            "name": names.get(part, part), "n": n,
            "exact": leaks.get("exact", {}).get(part, 0), "near": leaks.get("near", {}).get(part, 0),
        }
        for part, n in rows.items()
    ]  # fmt: skip
    return {
        "files": data.get("files", []),
        "parts": parts,
        "leaked": sum(part["exact"] + part["near"] for part in parts),
        "chosen_on": sum(leaks.get("in_validation", {}).values()),
        "dropped": leaks.get("dropped", 0),
        "examples": leaks.get("examples", [])[:_N_EXAMPLES],
        "fingerprint": data.get("fingerprint", ""),
        "labels": [_label_view(head, columns) for head, columns in data.get("labels", {}).items()],
    }


def _label_view(head: str, columns: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Count a head's rows by label and part; rows without a label stand under no label."""
    learned = columns.get("train", {})
    labels = list(dict.fromkeys(label for part in columns.values() for label in part))
    rows = [
        {"label": label, "train": learned.get(label, 0), "validation": columns.get("validation", {}).get(label, 0),
         "test": columns.get("test", {}).get(label, 0)}
        for label in sorted(labels, key=lambda label: -learned.get(label, 0))
    ]  # fmt: skip
    return {"name": head, "rows": rows}


def _conditions(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    versions = raw.get("versions", {})
    rows = [(condition(key), f"{value:,}" if isinstance(value, int) else str(value)) for key, value in raw.items()
            if key != "versions"]  # fmt: skip
    return [*rows, *versions.items()]


def _yaml(recipe: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.allow_unicode = True
    yaml.width = 100
    text = io.StringIO()
    yaml.dump(dict(recipe), text)
    return text.getvalue()
