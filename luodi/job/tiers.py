"""Weighs the tiers of a cascade: which share each one answers, at which cost, and how often otherwise than the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle.cascade import differs
from luodi.tasks.metrics import share_of
from luodi.verify import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.bundle import Runner
    from luodi.data import Dataset
    from luodi.progress import Progress
    from luodi.tasks import Prediction


def weigh_tiers(
    predictor: Runner, predictions: Sequence[Prediction], data: Dataset, *, threads: int, batch: int, progress: Progress
) -> list[dict[str, Any]]:
    """Measure each tier alone on n rows, beside what all of them answered together.

    Returns:
        For each tier, the one that answers first at the beginning, its ``name``; ``share`` of the texts that it
        answered; ``differs``: share of all texts that it answered otherwise than the last tier would have; ``heads``
        and ``costs`` as a report holds them, were it to answer every text. Empty where there is one tier.
    """
    names = [tier.name for tier in predictor.bundle.manifest.tiers]
    if len(names) == 1:
        return []
    task = predictor.bundle.task
    alone = {
        name: measure(predictor.only(name), data, task=task, threads=threads, batch=batch, progress=progress)
        for name in names
    }
    heads = [head.name for head in task.heads]
    said, last = (
        {head: [one.answers[head] for one in some] for head in heads}
        for some in (predictions, alone[names[-1]].predictions)
    )
    is_other, by = differs(task, said, last), np.array([one.tier for one in predictions])
    return [
        {
            "name": name,
            "share": share_of(by == name).to_json(),
            "differs": share_of((by == name) & is_other).to_json(),
            "heads": {head: report.to_json() for head, report in measured.heads.items()},
            "costs": {cost: found.to_json() for cost, found in measured.costs.items()},
        }
        for name, measured in alone.items()
    ]
