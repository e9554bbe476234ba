"""Reads the proof in a bundle, and trusts nothing in it: whoever wrote it may be a stranger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.budget import Budget, Report
from luodi.bundle.bundle import printable
from luodi.errors import BundleError, RecipeError
from luodi.job.heard import Heard
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from luodi.bundle import Bundle
    from luodi.tasks import Task

#: The most texts that are asked again, threads that compute them, and texts in a call that is timed.
_MOST_PROBES, _MOST_THREADS, _MOST_IN_A_BATCH = 4096, 256, 65536


@dataclass(frozen=True)
class Proof:
    """What was measured and promised when a bundle was proved.

    Args:
        report: the measurements.
        budget: the promise.
        texts: n texts that were answered, at least one.
        answers: for each head those to the texts.
    """

    report: Report
    budget: Budget
    texts: Sequence[str]
    answers: Mapping[str, Sequence[Heard]]


def read_proof(bundle: Bundle) -> Proof:
    """Read ``report.json`` of a bundle and check what is used of it.

    Raises:
        BundleError: there is none, or it is not of the shape that a build writes, or not of this bundle's task.
    """
    if "report.json" not in bundle.manifest.files:
        raise BundleError(t("bundle: {place} holds no proof", place=bundle.path), fix=t("build the bundle anew"))
    try:
        dossier = json.loads(bundle.read("report.json"))
        return Proof(
            _report(dossier["report"], bundle.task),
            _budget(dossier["budget"], bundle.task),
            _texts(dossier["probes"]),
            _answers(dossier["probes"], bundle.task),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, RecipeError) as failed:
        raise BundleError(
            t("bundle: {place}: report.json cannot be trusted", place=bundle.path),
            found=printable(f"{type(failed).__name__}: {failed}"),
            fix=t("copy the bundle again from where it was built, or build it anew with this version"),
        ) from failed


def _report(raw: Any, task: Task) -> Report:
    report = Report.from_json(raw)
    for number in _numbers(report):
        if type(number) not in (int, float):
            raise TypeError(f"{number!r} is no number")
        float(number)  # a whole number may be too large to be one
    if set(report.heads) != {head.name for head in task.heads}:
        raise ValueError(f"heads {', '.join(report.heads)}")
    dict(report.conditions)
    return report


def _numbers(report: Report) -> Iterator[Any]:
    """Give everything in a report that has to be a number."""
    rows = [head.metrics for head in report.heads.values()]
    for quantities in (*rows, *report.baseline.values(), report.costs):
        for one in quantities.values():
            yield from (number for number in (one.value, one.low, one.high) if number is not None)
    for head in report.heads.values():
        for row in head.per_class.values():
            yield from (number for number in row.values() if number is not None)
    for pair in report.parity:
        yield from (pair.max_abs_diff, pair.label_flips, pair.n)


def _budget(raw: Any, task: Task) -> Budget:
    budget = Budget(**raw)
    budget.require({head.name: head.metrics for head in task.heads})
    if budget.threads > _MOST_THREADS or budget.batch > _MOST_IN_A_BATCH:
        raise ValueError(f"threads {budget.threads}, batch {budget.batch}")
    return budget


def _texts(probes: Any) -> list[str]:
    texts = [row["text"] for row in probes]
    if not 1 <= len(texts) <= _MOST_PROBES or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{len(texts)} probes")
    return texts


def _answers(probes: Any, task: Task) -> dict[str, list[Heard]]:
    return {head.name: [Heard.from_json(row["answers"][head.name]) for row in probes] for head in task.heads}
