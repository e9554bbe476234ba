"""What was promised (Budget), what was measured (Report) and where they part (Breach)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t
from luodi.limits import COSTS, Limit, faults_of, make_limit, strangers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Quantity:
    """A measured value with its 95 % interval; ``low`` and ``high`` are None where none is known."""

    value: float
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """Give the object that the JSON contract calls Q."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Quantity:
        """Read what ``to_json`` wrote."""
        value = raw["value"]
        return cls(float("nan") if value is None else value, raw.get("low"), raw.get("high"))


@dataclass(frozen=True)
class HeadReport:
    """How well one head answers: metrics by name, and a row for each label."""

    metrics: Mapping[str, Quantity]
    per_class: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give one value of ``heads`` in the JSON contract."""
        rows = {label: dict(row) for label, row in self.per_class.items()}
        return {**{name: q.to_json() for name, q in self.metrics.items()}, "per_class": rows}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> HeadReport:
        """Read what ``to_json`` wrote."""
        metrics = {name: Quantity.from_json(q) for name, q in raw.items() if name != "per_class"}
        return cls(metrics, raw.get("per_class", {}))


@dataclass(frozen=True)
class Parity:
    """How far two forms of one model differ on the same texts, in probability and in answers."""

    before: str
    after: str
    max_abs_diff: float
    label_flips: int
    n: int

    def to_json(self) -> dict[str, Any]:
        """Give one row of ``parity`` in the JSON contract."""
        return {
            "from": self.before,
            "to": self.after,
            "max_abs_diff": self.max_abs_diff,
            "label_flips": self.label_flips,
            "n": self.n,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Parity:
        """Read what ``to_json`` wrote."""
        return cls(raw["from"], raw["to"], raw["max_abs_diff"], raw["label_flips"], raw["n"])


@dataclass(frozen=True)
class Report:
    """Everything measured on one bundle, with the conditions under which it was measured."""

    conditions: Mapping[str, Any]
    heads: Mapping[str, HeadReport] = field(default_factory=dict)
    baseline: Mapping[str, Mapping[str, Quantity]] = field(default_factory=dict)
    costs: Mapping[str, Quantity] = field(default_factory=dict)
    parity: tuple[Parity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the object that the JSON contract calls Report; sizes are plain numbers there."""
        costs = {name: q.value if name.endswith("_mib") else q.to_json() for name, q in self.costs.items()}
        return {
            "conditions": dict(self.conditions),
            "heads": {name: head.to_json() for name, head in self.heads.items()},
            "baseline": {name: {m: q.to_json() for m, q in row.items()} for name, row in self.baseline.items()},
            **costs,
            "parity": [row.to_json() for row in self.parity],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Report:
        """Read what ``to_json`` wrote."""
        costs = {
            name: Quantity(raw[name]) if name.endswith("_mib") else Quantity.from_json(raw[name])
            for name in COSTS
            if name in raw
        }
        return cls(
            conditions=raw["conditions"],
            heads={name: HeadReport.from_json(head) for name, head in raw["heads"].items()},
            baseline={
                name: {m: Quantity.from_json(q) for m, q in row.items()} for name, row in raw["baseline"].items()
            },
            costs=costs,
            parity=tuple(Parity.from_json(row) for row in raw["parity"]),
        )


@dataclass(frozen=True)
class Breach:
    """One promise that was not kept: the limit, the value measured, and its interval."""

    limit: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def distance(self) -> float:
        """How far the value lies outside the limit, in its unit."""
        if self.at_least is not None:
            return self.at_least - self.value
        return self.value - (self.at_most or 0.0)

    def to_json(self) -> dict[str, Any]:
        """Give one row of ``breaches`` in the JSON contract: the side that was promised, and no other."""
        side = {"at_least": self.at_least} if self.at_least is not None else {"at_most": self.at_most}
        return {
            "limit": self.limit, **side, "value": self.value, "unit": self.unit, "low": self.low, "high": self.high,
        }  # fmt: skip

    def __str__(self) -> str:
        bound, word = (self.at_least, t("at least")) if self.at_least is not None else (self.at_most, t("at most"))
        unit = f" {self.unit}" if self.unit else ""
        if math.isnan(self.value):
            return t(
                "{name}: promised {promised}, not measured under these conditions",
                name=self.limit, promised=f"{word} {bound:.4g}{unit}",
            )  # fmt: skip
        return t(
            "{limit} is {value:.4g}{unit}, promised {word} {bound:.4g}: missed by {distance:.3g}",
            limit=self.limit, value=self.value, unit=unit, word=word, bound=bound, distance=self.distance,
        )  # fmt: skip


class Budget:
    """The promise that a model has to keep: limits by the name of what they limit.

    A name is a cost (``latency_p95_ms``, ``size_mib`` ...), a metric of every head (``macro_f1``), or a metric of
    one head (``intent.macro_f1``). A limit is ``{"at_least": x}`` or ``{"at_most": x}``; one on latency also names
    ``threads`` and ``batch``, the same in all of them, for that is how the bundle is measured.

    >>> budget = Budget(macro_f1={"at_least": 0.9}, size_mib={"at_most": 20})
    >>> report = Report({}, {"label": HeadReport({"macro_f1": Quantity(0.85)})}, costs={"size_mib": Quantity(12.0)})
    >>> [breach.limit for breach in budget.check(report)]
    ['label.macro_f1']

    Raises:
        RecipeError: a limit is on no side or both, is no number, or limits a time without conditions, or under
            others than another limit.
    """

    def __init__(self, /, **limits: Mapping[str, Any]) -> None:
        _refuse(faults_of(limits))
        self.limits: Mapping[str, Limit] = {name: make_limit(name, raw) for name, raw in limits.items()}

    def __repr__(self) -> str:
        return f"Budget({', '.join(f'{name}={raw}' for name, raw in self.to_json().items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Budget) and self.limits == other.limits

    def __hash__(self) -> int:
        return hash(frozenset(self.limits))

    def __bool__(self) -> bool:
        return bool(self.limits)

    @property
    def threads(self) -> int:
        """Threads that one batch is computed with when a time is taken: those that the limits name, 1 otherwise."""
        return self._condition("threads")

    @property
    def batch(self) -> int:
        """Texts in a call whose time is taken: those that the limits name, 1 otherwise."""
        return self._condition("batch")

    def _condition(self, key: str) -> int:
        return next((int(limit.conditions[key]) for limit in self.limits.values() if limit.conditions), 1)

    def require(self, heads: Mapping[str, Sequence[str]]) -> None:
        """Refuse limits that speak of a label column or a metric that there is not.

        Args:
            heads: the label columns, with the metrics of their heads.

        Raises:
            RecipeError: with all of them.
        """
        _refuse(strangers(self.limits, heads=heads))

    def to_json(self) -> dict[str, dict[str, Any]]:
        """Give the limits as they stand in a recipe."""
        return {
            name: {k: v for k, v in (("at_least", limit.at_least), ("at_most", limit.at_most)) if v is not None}
            | dict(limit.conditions)
            for name, limit in self.limits.items()
        }

    def check(self, report: Report) -> list[Breach]:
        """Hold every limit against a report.

        What was promised and not measured is a breach too, with the value ``nan``: silence proves nothing.
        """
        breaches = []
        for name, limit in self.limits.items():
            for place, quantity in _measured(name, limit, report):
                if not limit.keeps(quantity.value):
                    breaches.append(
                        Breach(
                            place,
                            quantity.value,
                            COSTS.get(name, ""),
                            limit.at_least,
                            limit.at_most,
                            quantity.low,
                            quantity.high,
                        )
                    )
        return breaches


def _measured(name: str, limit: Limit, report: Report) -> list[tuple[str, Quantity]]:
    """Find what a limit speaks of: (place, quantity), never an empty list."""
    missing = [(name, Quantity(float("nan")))]
    if name in COSTS:
        same = all(report.conditions.get(k) == v for k, v in limit.conditions.items())
        return [(name, report.costs[name])] if name in report.costs and same else missing
    head, _, metric = name.rpartition(".")
    heads = {head: report.heads[head]} if head in report.heads else {} if head else report.heads
    return [(f"{h}.{metric}", r.metrics[metric]) for h, r in heads.items() if metric in r.metrics] or missing


def _refuse(faults: Sequence[tuple[str, str]]) -> None:
    if faults:
        raise RecipeError("\n".join(f"budget.{place}: {why}" for place, why in faults))
