"""What the models' page shows: bundles side by side, each with what it proved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.data.text import encodable
from luodi.language import t
from luodi.report.digest import budget_rows, cost_rows, metric_rows
from luodi.report.wording import visible, weight
from luodi.tasks import kind_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.serve import Served

#: Labels of a head that are listed.
_MOST_LABELS = 12


@dataclass(frozen=True)
class Promise:
    """One line of a budget: what was promised, what was measured, whether it was kept."""

    name: str
    promised: str
    measured: str
    kept: bool


@dataclass(frozen=True)
class HeadLine:
    """A head with the labels that it gives; ``n_more`` are not listed."""

    name: str
    kind: str
    labels: tuple[str, ...]
    n_more: int


@dataclass(frozen=True)
class ModelView:
    """A bundle that is served.

    Args:
        name: under which it is asked.
        fingerprint: of its files.
        opened_at: seconds since 1970.
        is_warm: whether it answers.
        created: when it was built.
        heads: what it answers.
        tiers: the engines with their number formats.
        size: of all its files.
        figures: what was measured, name -> value, in the report's order.
        promises: the budget; empty where none was declared.
        has_report: whether the bundle carries its report's page.
    """

    name: str
    fingerprint: str
    opened_at: float
    is_warm: bool
    created: str
    heads: tuple[HeadLine, ...]
    tiers: tuple[str, ...]
    size: str
    figures: Mapping[str, str] = field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    has_report: bool = False

    @property
    def is_kept(self) -> bool | None:
        """Tell whether the whole budget is kept; None where none was declared."""
        return all(one.kept for one in self.promises) if self.promises else None


def read_model(served: Served) -> ModelView:
    """Arrange a bundle and its report; a report that cannot be read is left out."""
    manifest, task = served.bundle.manifest, served.bundle.task
    raw = _report(served)
    files = manifest.files
    return ModelView(
        encodable(served.name), served.fingerprint, served.opened_at, served.warm, manifest.created,
        tuple(_head(head) for head in task.heads),
        tuple(f"{encodable(tier.name)} · {tier.precision} · {tier.engine}" for tier in manifest.tiers),
        weight(sum(note.bytes for note in files.values())), _figures(raw), _promises(raw), "report.html" in files,
    )  # fmt: skip


def side_by_side(models: Sequence[ModelView]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Lay figures of several bundles in rows: name, then a value for each; a dash where one was not measured."""
    names = list(dict.fromkeys(name for model in models for name in model.figures))
    return tuple((name, tuple(model.figures.get(name, "–") for model in models)) for name in names)


def _head(head: Any) -> HeadLine:
    labels = getattr(head, "labels", None) or tuple(f"{one:g}" for one in getattr(head, "levels", ()))
    listed = tuple(map(encodable, labels[:_MOST_LABELS]))
    return HeadLine(encodable(head.name), kind_name(head), listed, max(0, len(labels) - len(listed)))


def _report(served: Served) -> Mapping[str, Any]:
    if "report.json" not in served.bundle.manifest.files:
        return {}
    try:
        raw = visible(json.loads(served.bundle.read("report.json")))
        return raw if isinstance(raw, dict) and "heads" in raw["report"] else {}
    except Exception:  # a report is not needed to serve; whatever is wrong with a foreign one, its page is not ours
        return {}


def _figures(raw: Mapping[str, Any]) -> dict[str, str]:
    if not raw:
        return {}
    try:
        heads = raw["report"]["heads"]
        found = {}
        for head in heads:
            for row in metric_rows(raw, head):
                name = row["name"] if len(heads) == 1 else f"{head} · {row['name']}"
                found[name] = row["model"]["figure"]
        costs = {row["name"]: row["figure"] for row in cost_rows(raw["report"])}
        rows = raw.get("data", {}).get("rows", {}).get("test")
        return {**found, **costs, **({t("test rows"): f"{rows:,}"} if isinstance(rows, int) else {})}
    except Exception:  # as above
        return {}


def _promises(raw: Mapping[str, Any]) -> tuple[Promise, ...]:
    try:
        rows = budget_rows(raw) if raw else []
    except Exception:  # as above
        return ()
    return tuple(
        Promise(f"{row['name']} ({row['conditions']})" if row["conditions"] else row["name"], row["promised"],
                row["measured"], bool(row["kept"]))
        for row in rows
    )  # fmt: skip
