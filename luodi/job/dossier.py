"""Puts together all that is known of a bundle: what ``report.json`` holds, and every page is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.budget import Breach, HeadReport, Quantity, Report
from luodi.job.heard import Heard
from luodi.tasks import judged
from luodi.verify import Comparison, fit_baseline, measure, paired
from luodi.verify.abstention import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.data import Dataset, Split
    from luodi.job.pack import Packed
    from luodi.job.recipe import Recipe
    from luodi.job.survey import Surveyed
    from luodi.progress import Progress
    from luodi.tasks import Head, Task
    from luodi.tasks.judgement import Judgement
    from luodi.verify import Baseline, Measured


#: Validation texts that stay in the bundle with their answers, so that `verify` can ask again on another machine.
N_KEPT_PROBES = 64


@dataclass(frozen=True)
class Dossier:
    """The report and everything that explains it.

    Args:
        report: what was measured on the bundle.
        comparisons: for each head the bundle's answers beside the baseline's.
        rest: the other blocks of ``report.json``: evidence, data, stages, candidates, sizes, recipe, baseline.
    """

    report: Report
    comparisons: Mapping[str, Comparison]
    rest: Mapping[str, Any]

    def weighed(self, sizes: Mapping[str, int]) -> Dossier:
        """Give the same dossier with the bytes of every file, and their sum as the size that the budget limits."""
        costs = {**self.report.costs, "size_mib": Quantity(sum(sizes.values()) / 2**20)}
        return replace(self, report=replace(self.report, costs=costs), rest={**self.rest, "sizes": dict(sizes)})

    def to_json(self, *, breaches: Sequence[Breach], name: str, created: str) -> dict[str, Any]:
        """Give the object of ``report.json``."""
        return {
            "name": name,
            "created": created,
            "luodi": runtime.own_version(),
            "report": self.report.to_json(),
            "breaches": [breach.to_json() for breach in breaches],
            "comparisons": {head: {"n": one.n, **one.to_json()} for head, one in self.comparisons.items()},
            **self.rest,
            "candidates": [
                {
                    **row,
                    "report": self.report.to_json() if row["chosen"] else None,
                    "breaches": [breach.to_json() for breach in breaches] if row["chosen"] else [],
                }
                for row in self.rest["candidates"]
            ],
        }


def make_dossier(
    recipe: Recipe, surveyed: Surveyed, packed: Packed, proof: Mapping[str, Any], *, progress: Progress
) -> Dossier:
    """Join the proof of a bundle with a baseline fitted on the same rows.

    Args:
        recipe: what was wanted.
        surveyed: the rows, and what the audit says of them.
        packed: the model as it went into the bundle, its files and the choices behind them.
        proof: what the measuring process found.
        progress: who is told.
    """
    split, measured, model = surveyed.split, proof["measured"], packed.model
    baseline = fit_baseline(split.train, split.validation, task=model.task, progress=progress)
    cheap = measure(baseline, split.test, task=model.task, batch=recipe.budget.batch, progress=progress)
    comparisons = {}
    for head in model.task.heads:
        beside = judged(head, split.test, [one.answers[head.name] for one in cheap.predictions])
        comparisons[head.name] = paired(head, _proved(head, proof, test=split.test), beside)
    probed = {head: [Heard.from_json(one) for one in column] for head, column in proof["probes"].items()}
    report = Report(
        conditions=measured["conditions"],
        heads={head: HeadReport.from_json(raw) for head, raw in measured["heads"].items()},
        baseline={head: one.metrics for head, one in cheap.heads.items()},
        costs={name: Quantity.from_json(raw) for name, raw in measured["costs"].items()},
        parity=packed.parity_with("bundle", probed),
    )
    rest = {
        "budget": recipe.budget.to_json(),
        "evidence": _with_origins(measured["evidence"], split),
        "baseline": _beside(baseline, cheap),
        "data": _describe(split, model.task),
        "audit": surveyed.audit,
        "stages": list(model.provenance),
        "candidates": _formats(packed),
        "why": {tier.name: tier.choice.why for tier in packed.tiers},
        "sizes": {},
        "calibration": {
            tier.name: {head: dict(row) for head, row in tier.calibration.items()} for tier in packed.tiers
        },
        "tiers": _tiers(recipe, packed, proof),
        "abstention": _abstention(recipe, packed, proof, test=split.test),
        "recipe": recipe.to_json(),
        "probes": [
            {"text": text, "answers": {head: column[row] for head, column in proof["probes"].items()}}
            for row, text in enumerate(packed.probes[:N_KEPT_PROBES])
        ],
    }
    return Dossier(report, comparisons, rest)


def _proved(head: Head, proof: Mapping[str, Any], *, test: Dataset) -> Judgement:
    """Judge what the measuring process was answered."""
    said, sure = proof["answers"][head.name], proof["sure"][head.name]
    return head.judge(test.labels[head.name], said, texts=test.texts, sure=sure)


def _beside(baseline: Baseline, cheap: Measured) -> dict[str, Any]:
    """Say what the cheap models are, how long they were fitted, and how fast they answer."""
    latency = cheap.costs["latency_p50_ms"].to_json()
    return {"latency_p50_ms": latency, "seconds": round(baseline.seconds, 2), "about": dict(baseline.about)}


def _formats(packed: Packed) -> list[dict[str, Any]]:
    """Give a row for each number format that was measured, tier by tier."""
    return [
        {**one.to_json(), "tier": tier.name, "chosen": one.name == tier.choice.precision}
        for tier in packed.tiers
        for one in tier.choice.candidates
    ]


def _tiers(recipe: Recipe, packed: Packed, proof: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Say of each tier of a cascade what it answered, was promised and costs; nothing where one answers all."""
    weights = {tier.name: len(tier.choice.onnx) / 2**20 for tier in packed.tiers}
    return [{**row, "risk": recipe.cascade, "size_mib": weights[row["name"]]} for row in proof["tiers"]]


def _abstention(recipe: Recipe, packed: Packed, proof: Mapping[str, Any], *, test: Dataset) -> dict[str, Any]:
    """Say for each head what was promised of wrong answers, and what came of it on the test rows."""
    found = {}
    for head, least in packed.thresholds.items():
        met = _proved(packed.model.task[head], proof, test=test)
        weighed = {name: q.to_json() for name, q in weigh(met, proof["abstained"]).items()}
        found[head] = {"risk": recipe.abstain, "threshold": least, **weighed}
    return found


def _with_origins(evidence: Mapping[str, Any], split: Split) -> dict[str, Any]:
    """Say of each mistake where its row stands in the file."""
    heads = {
        head: {
            **found,
            "mistakes": [
                {**{k: v for k, v in one.items() if k != "row"}, "origin": split.test.origin(one["row"])}
                for one in found["mistakes"]
            ],
        }
        for head, found in evidence["heads"].items()
    }
    return {**evidence, "heads": heads}


def _describe(split: Split, task: Task) -> dict[str, Any]:
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {
        "files": sorted({name for part in parts.values() for name in part.files}),
        "rows": {name: len(part) for name, part in parts.items()},
        "labels": {
            head.name: {name: _counts(head, part.labels[head.name]) for name, part in parts.items()}
            for head in task.heads
        },
        "leaks": split.leaks.to_json(),
        "fingerprint": split.train.fingerprint(),
    }


def _counts(head: Head, column: Sequence[str | None]) -> dict[str, int]:
    """Count the rows, or the spans, of each label of a column, the most frequent first; scores have none."""
    found = head.judge(column, [cell or "" for cell in column])
    counts = {label: int(row["support"]) for label, row in found.per_class.items() if row["support"]}
    return dict(sorted(counts.items(), key=lambda one: -one[1]))
