"""The spread over seeds: how far the figures move where nothing but chance changes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.job.prepare import pick
from luodi.job.workshop import workshop
from luodi.language import t
from luodi.tasks import rate
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from luodi.data import Dataset, Split
    from luodi.job.recipe import Recipe
    from luodi.job.workshop import Workshop
    from luodi.models.model import Model
    from luodi.progress import Progress


@dataclass(frozen=True)
class Spread:
    """What models of several seeds came to.

    Args:
        seeds: the recipe's own first.
        scores: for each seed, head and metric its value on the test rows.
        benches: where the further ones were tuned; to be closed when the whole build is done.
    """

    seeds: Sequence[int] = ()
    scores: Sequence[Mapping[str, Mapping[str, float]]] = ()
    benches: Sequence[Workshop] = ()

    def to_json(self) -> dict[str, Any]:
        """Give ``seeds``, and by head and metric ``values``, ``mean``, ``sd`` (of a sample), ``low``, ``high``.

        Nothing where one seed was wanted.
        """
        if not self.seeds:
            return {}
        first = self.scores[0]
        heads = {
            head: {metric: _summary([row[head][metric] for row in self.scores]) for metric in first[head]}
            for head in first
        }
        return {"seeds": list(self.seeds), "heads": heads}


def spread(
    made: Model, recipe: Recipe, split: Split, *, folder: Path, tracker: str | None, progress: Progress
) -> Spread:
    """Tune again with the seeds that follow, and score every model on the test rows, in memory.

    Nothing is chosen by it: what ships is the model of the recipe's own seed, be it the best or the worst.

    Args:
        made: the model of the recipe's own seed.
        recipe: names how many seeds.
        split: the rows, the same for all.
        folder: where each seed rests while it is tuned, in a folder of its own; what was finished is not done again.
        tracker: name of an experiment tracker.
        progress: who is told.
    """
    if recipe.seeds == 1:
        return Spread()
    seeds = [recipe.seed + place for place in range(recipe.seeds)]
    scores, benches = [_scores(made, split.test, progress=progress)], []
    for place, seed in enumerate(seeds[1:], start=2):
        progress.note(t("seed {seed}: {place} of {n}", seed=seed, place=place, n=len(seeds)))
        other = _seeded(recipe, seed)
        model = pick(other, split.train, progress=progress)
        with workshop(folder / f"seed-{seed}", other, split, model, progress=progress, tracker=tracker) as bench:
            tuned = bench.run(other, model, split).model
        scores.append(_scores(tuned, split.test, progress=progress))
        benches.append(bench)
    return Spread(seeds, scores, benches)


def _seeded(recipe: Recipe, seed: int) -> Recipe:
    """Give the recipe another seed, and each stage that had the recipe's own."""
    stages: list[Any] = []
    for stage in recipe.stages:
        takes = any(one.name == "seed" for one in fields(stage))  # type: ignore[arg-type]  # stages are dataclasses
        own = takes and stage.seed == recipe.seed  # type: ignore[attr-defined]
        stages.append(replace(stage, seed=seed) if own else stage)  # type: ignore[type-var]
    return replace(recipe, seed=seed, stages=tuple(stages))


def _scores(model: Model, test: Dataset, *, progress: Progress) -> dict[str, dict[str, float]]:
    tokens = tokenize(model, test.texts, progress=progress)
    tables = logits_of(model.network, model, tokens)
    return {
        head.name: {
            metric: found.value
            for metric, found in rate(head, test, head.decode(table, tokens.pieces), intervals=False).metrics.items()
            if metric != "expected_calibration_error"  # before calibration it says nothing of what ships
        }
        for head, table in zip(model.task.heads, tables, strict=True)
    }


def _summary(values: list[float]) -> dict[str, Any]:
    return {
        "values": values, "mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)),
        "low": min(values), "high": max(values),
    }  # fmt: skip
