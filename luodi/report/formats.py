"""The number formats that were measured, and why each ships or does not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.report.tiers import tier_name
from luodi.report.wording import NOTHING, plain, read_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: A form whose main metric falls by no more than this is not told from one that loses nothing (``candidate.HARMLESS``).
_HARMLESS = 0.005
#: Speeds that lie no further apart count as equal (``quantize._AS_FAST``).
_AS_FAST = 0.95


def format_rows(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the number formats that were measured, and why each ships or does not; tier by tier."""
    candidates = raw.get("candidates", ())
    tiers = dict.fromkeys(one["tier"] for one in candidates)
    return [
        {**row, "name": f"{tier_name(tier)}: {row['name']}" if len(tiers) > 1 else row["name"]}
        for tier in tiers
        for row in _rows([one for one in candidates if one["tier"] == tier])
    ]


def _rows(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    speeds = [(read_quantity(one["speedup"]).value, one) for one in candidates]
    shipped = next((value for value, one in speeds if one["chosen"]), math.nan)
    fastest = max((value for value, one in speeds if not one["fault"]), default=math.nan)
    for one in candidates:
        speed = read_quantity(one["speedup"])
        gains = [read_quantity(q) for q in one["difference"].values()]
        worst = min(gains, key=lambda q: q.value, default=read_quantity(None))
        rows.append({
            "name": _named(one),
            "size": f"{plain(one['size_mib'])} MiB",
            "speed": t("{speed:.2f} times", speed=speed.value) if math.isfinite(speed.value) else NOTHING,
            "speed_interval": f"{speed.low:.2f} – {speed.high:.2f}" if speed.low is not None else "",
            "gain": _points(worst.value),
            "gain_interval": f"{_points(worst.low)} – {_points(worst.high)}" if worst.low is not None else "",
            "flips": one["parity"]["label_flips"],
            "n": one["parity"]["n"],
            "chosen": one["chosen"],
            "reason": _reason(one, worst.value, is_fastest=not shipped < _AS_FAST * fastest, shipped=shipped),
        })  # fmt: skip
    return rows


def _named(one: Mapping[str, Any]) -> str:
    """Name a form, with the products that it keeps in fp32 and the engine, where that is not onnxruntime."""
    name, engine = str(one["name"]), one.get("engine", "onnxruntime")
    kept = one.get("kept", ())
    if kept:
        name = t("{name}, {n} products in fp32 ({names})", name=name, n=len(kept), names=", ".join(kept))
    return name if engine == "onnxruntime" else f"{name} ({engine})"


def _points(share: float | None) -> str:
    return NOTHING if share is None or not math.isfinite(share) else f"{100 * share:+.1f}"


def _reason(one: Mapping[str, Any], worst: float, *, is_fastest: bool, shipped: float) -> str:
    """Say why a format ships or does not, from its numbers, so that the page can say it in either language.

    A form ships that is not the fastest where the recipe names it, or limits the size.
    """
    if one["chosen"]:
        return (
            t("ships: the fastest without a measured loss")
            if is_fastest
            else t("ships: what the recipe asks for, without a measured loss")
        )
    if not one["fault"]:
        is_faster = shipped < _AS_FAST * read_quantity(one["speedup"]).value
        return (
            t("not taken: faster, but not what the recipe asks for")
            if is_faster
            else t("not taken: slower, or larger at equal speed")
        )
    if worst < -_HARMLESS:
        return t("not taken: the main metric falls by {points:.1f} points", points=-100 * worst)
    if one["lost"] > one["won"]:
        return t("not taken: {lost} right answers became wrong, {won} wrong ones right",
                 lost=one["lost"], won=one["won"])  # fmt: skip
    return t("not taken: {fault}", fault=one["fault"])
