"""What may be limited, and what a limit has to say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.registry import did_you_mean, parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Measurements of the whole model, with their units; every other name is a metric of a head (``Head.metrics``).
COSTS = {
    "latency_p50_ms": "ms",
    "latency_p95_ms": "ms",
    "throughput_per_s": "texts/s",
    "size_mib": "MiB",
    "peak_memory_mib": "MiB",
}
#: Those of them that are latencies, the usual one first.
LATENCIES = ("latency_p50_ms", "latency_p95_ms")
#: The two sides of a limit, of which it names one.
SIDES = ("at_least", "at_most")
#: What must be known before a time means anything; the device is the CPU, nothing else is measured.
CONDITIONS = ("device", "threads", "batch")
_TIMED = ("latency_p50_ms", "latency_p95_ms")


@dataclass(frozen=True)
class Limit:
    """One promise: at least or at most a value, under conditions."""

    at_least: float | None = None
    at_most: float | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def keeps(self, value: float) -> bool:
        """Tell whether a value is within the limit; a value that is no number is not."""
        above = self.at_least is None or value >= self.at_least
        below = self.at_most is None or value <= self.at_most
        return above and below


def faults_of(limits: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find what is wrong with limits as a recipe writes them: (dotted place, sentence) each.

    >>> faults_of({"size_mib": {"at_most": "20"}})
    [('size_mib.at_most', "'20' is no number")]
    """
    faults = [fault for name, raw in limits.items() for fault in _faults(name, raw)]
    timed = [(name, raw) for name, raw in limits.items() if name in _TIMED and isinstance(raw, dict)]
    whole = [(name, raw) for name, raw in timed if all(key in raw for key in CONDITIONS[1:])]
    for name, raw in whole[1:]:
        first, named = whole[0]
        if any(raw[key] != named[key] for key in CONDITIONS[1:]):
            why = t(
                "times are measured under one set of conditions, and {first} names threads {threads}, batch {batch}",
                first=first, threads=named["threads"], batch=named["batch"],
            )  # fmt: skip
            faults.append((name, why))
    return faults


def strangers(names: Iterable[str], *, heads: Mapping[str, Sequence[str]] | None = None) -> list[tuple[str, str]]:
    """Find limits on what nothing measures: (name of the limit, sentence) each.

    Args:
        names: what limits are set on.
        heads: the label columns with the metrics of their heads, where they are known; then a limit may speak of no
            other. A column whose head is not known yet has every metric.
    """
    metrics = tuple(sorted({metric for head in parts("head").values() for metric in head.metrics}))
    faults = []
    for name in names:
        head, _, metric = name.rpartition(".")
        if name not in COSTS and metric not in metrics:
            known = metrics if head else (*COSTS, *metrics)
            faults.append((name, t("nothing by this name is measured") + did_you_mean(metric, known)))
        elif head and heads and head not in heads:
            faults.append((name, t("no label column is named {head!r}", head=head) + did_you_mean(head, tuple(heads))))
        elif name not in COSTS and heads:
            own = [heads[head]] if head else list(heads.values())
            if not any(metric in measured for measured in own):
                known = tuple(sorted({one for measured in own for one in measured}))
                faults.append((name, t("no head has this metric") + did_you_mean(metric, known)))
    return faults


def _faults(name: str, raw: Any) -> Iterator[tuple[str, str]]:
    """Find what is wrong with one limit."""
    if not isinstance(raw, dict):
        yield name, t("{raw!r} is no limit; write {{at_least: x}} or {{at_most: x}}", raw=raw)
        return
    sides = [side for side in SIDES if side in raw]
    if len(sides) != 1:
        yield name, t("give one of at_least and at_most")
    for side in sides:
        if isinstance(raw[side], bool) or not isinstance(raw[side], int | float) or not math.isfinite(raw[side]):
            yield f"{name}.{side}", t("{bound!r} is no number", bound=raw[side])
    known = (*SIDES, *CONDITIONS) if name in _TIMED else SIDES
    for key in raw:
        if key not in known:
            yield f"{name}.{key}", t("not a field") + did_you_mean(str(key), known)
    if name in _TIMED:
        yield from _condition_faults(name, raw)


def _condition_faults(name: str, raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find what is wrong with the conditions of a time."""
    if missing := [key for key in CONDITIONS[1:] if key not in raw]:
        yield name, t("a time means nothing without {missing}", missing=", ".join(missing))
    for key in CONDITIONS[1:]:
        value = raw.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            yield f"{name}.{key}", t("{value!r} is no whole number above 0", value=value)
    if (device := raw.get("device", "cpu")) != "cpu":
        yield f"{name}.device", t("only the CPU is measured, not {device!r}", device=device)


def make_limit(name: str, raw: Mapping[str, Any]) -> Limit:
    """Read a limit in which ``faults_of`` finds no fault."""
    stated = {"device": "cpu", **raw} if name in _TIMED else {}
    return Limit(raw.get("at_least"), raw.get("at_most"), {key: stated[key] for key in CONDITIONS if key in stated})
