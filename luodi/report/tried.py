"""The table of trials, arranged from what ``report.json`` holds of a search."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.report.wording import NOTHING, duration

if TYPE_CHECKING:
    from collections.abc import Mapping


def trial_columns(raw: Mapping[str, Any]) -> list[str]:
    """Give the headings of the table: number, a field each by as much of its name as tells it apart, what came of it.

    >>> trial_columns({"trials": [{"fields": {"stages.finetune.epochs": 2}}]})
    ['trial', 'epochs', 'validation', 'time', 'result']
    """
    fields = list(raw["trials"][0]["fields"]) if raw.get("trials") else []
    alike = Counter(one.rpartition(".")[2] for one in fields)
    short = [last if alike[last := one.rpartition(".")[2]] == 1 else one.removeprefix("stages.") for one in fields]
    return [t("trial"), *short, t("validation"), t("time"), t("result")]


def trial_rows(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the table's rows in the order in which they were tried: ``cells`` (texts) and ``chosen``."""
    return [
        {
            "cells": [
                str(one["number"]), *map(_brief, one["fields"].values()),
                NOTHING if one["score"] is None else f"{one['score']:.4f}", duration(one["seconds"]), _result(one),
            ],
            "chosen": one["chosen"],
        }
        for one in raw.get("trials", ())
    ]  # fmt: skip


def trial_verdict(raw: Mapping[str, Any]) -> str:
    """Say what the search brought, and what that is worth; nothing where there was none."""
    rows = raw.get("trials", ())
    best = next((one for one in rows if one["chosen"]), None)
    if best is None:
        return ""
    n = raw["data"]["rows"]["validation"]
    if best["number"] == 1:
        return t("None of the {trials} trials did better on the {n:,} validation rows than the recipe as it stands: "
                 "that is what was built.", trials=len(rows), n=n)  # fmt: skip
    said = t("Of {trials} trials number {number} did best on the {n:,} validation rows and was built.",
             trials=len(rows), number=best["number"], n=n)  # fmt: skip
    if best["gain"]:
        said += " " + _worth(best["gain"])
    return said + " " + t("The best of several flatters itself on the rows that chose it: the test rows are the proof.")


def _worth(gain: Mapping[str, float]) -> str:
    """Hold the gain against chance."""
    points = {side: 100 * gain[side] for side in ("value", "low", "high")}
    if gain["low"] > 0:
        return t("It lies {value:.1f} points above the recipe as it stood ({low:.1f} to {high:.1f}).", **points)
    return t("It lies {value:.1f} points above the recipe as it stood, which is within chance ({low:.1f} to "
             "{high:.1f}).", **points)  # fmt: skip


def _result(one: Mapping[str, Any]) -> str:
    if one["chosen"]:
        return t("built")
    return {"done": "", "pruned": t("stopped early"), "failed": t("failed: {why}", why=one["why"])}[one["state"]]


def _brief(value: Any) -> str:
    """Show a value as a recipe would, a part by its name and its fields.

    >>> _brief({"use": "lora", "rank": 4}), _brief("auto")
    ('lora rank=4', 'auto')
    """
    if not isinstance(value, dict):
        return str(value)
    return " ".join([str(value.get("use", "")), *(f"{key}={one}" for key, one in value.items() if key != "use")])
