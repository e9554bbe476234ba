"""``/v1/models``: what is served, what it proved, and another bundle in the place of one while it runs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from luodi.errors import LuodiError
from luodi.serve.asked import Reply
from luodi.serve.errors import refused_bundle
from luodi.serve.predict import pick
from luodi.serve.wire import ReplaceRequest, fit

if TYPE_CHECKING:
    from luodi.bundle.bundle import Bundle
    from luodi.serve.asked import Asked
    from luodi.serve.fleet import Served

#: What a report says of a head besides its figures: rows of the data stand in it, which are nobody's business here.
_NOT_TOLD = ("mistakes", "examples")


async def list_models(asked: Asked) -> Reply:
    """Tell what is served."""
    fleet = asked.service.fleet
    return Reply.of({"models": [summary(fleet.get(name)) for name in fleet.names()]})


async def show_model(asked: Asked) -> Reply:
    """Tell of one bundle what it is and what it proved."""
    served = pick(asked.service.fleet, asked.at("name"))
    return Reply.of(summary(served) | await asyncio.to_thread(proof, served.bundle))


async def replace_model(asked: Asked) -> Reply:
    """Put another bundle in the place of one; it is verified and warmed first, and no request fails meanwhile."""
    fleet, name = asked.service.fleet, asked.at("name")
    said = fit(ReplaceRequest, await asked.json())
    pick(fleet, name)
    try:
        served = await asyncio.to_thread(fleet.replace, name, said.path)
    except (LuodiError, OSError, ValueError) as refused:
        asked.note = str(refused)
        raise refused_bundle() from refused
    return Reply.of(summary(served))


def summary(served: Served) -> dict[str, Any]:
    """Give what a bundle is, without what it proved."""
    manifest = served.bundle.manifest
    return {
        "name": served.name, "bundle": served.fingerprint, "warm": served.warm, "opened_at": served.opened_at,
        "created": manifest.created, "heads": [_head(row) for row in manifest.task],
        "paired": served.bundle.task.paired,
        "limits": {"max_characters": manifest.limits.max_characters, "max_tokens": manifest.feeding.max_tokens},
        "tiers": [{"name": one.name, "precision": one.precision, "engine": one.engine} for one in manifest.tiers],
        "thresholds": dict(manifest.thresholds),
    }  # fmt: skip


def proof(bundle: Bundle) -> dict[str, Any]:
    """Give the report that a bundle was proved by, its budget, and whether it kept that; nulls where it has none."""
    nothing = {"report": None, "budget": None, "kept": None}
    if "report.json" not in bundle.manifest.files:
        return nothing
    try:
        written = json.loads(bundle.read("report.json"))
    except (LuodiError, ValueError, RecursionError):  # a report is no part of what answers
        return nothing
    if not isinstance(written, dict) or not isinstance(written.get("report"), dict):
        return nothing
    budget = written.get("budget")
    breaches = written.get("breaches")
    is_declared = isinstance(budget, dict) and bool(budget)
    return {
        "report": _told(written["report"]), "budget": budget if is_declared else None,
        "kept": not breaches if is_declared and isinstance(breaches, list) else None,
    }  # fmt: skip


def _head(row: dict[str, Any]) -> dict[str, Any]:
    known = {"name": row["name"], "kind": row["use"]}
    return known | {name: row[name] for name in ("labels", "levels", "scale") if name in row}


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _told(one) for name, one in value.items() if name not in _NOT_TOLD}
    return [_told(one) for one in value] if isinstance(value, list) else value
