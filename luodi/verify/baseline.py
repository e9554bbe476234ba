"""The cheap model beside every large one: each head's own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.registry import find
from luodi.tasks import Prediction, kind_name
from luodi.tasks.terms import Ground

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.data import Dataset
    from luodi.tasks import Task
    from luodi.tasks.task import Cheap


@dataclass(frozen=True)
class Baseline:
    """A cheap model for each head: a ``Predictor``.

    Args:
        heads: by head, what answers a list of texts.
        about: by head, what kind of model that is, in a sentence.
        seconds: that fitting took.
    """

    heads: Mapping[str, Cheap]
    about: Mapping[str, str]
    seconds: float

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Answer every text, in order."""
        if not texts:
            return []
        columns = [answer(texts) for answer in self.heads.values()]
        return [
            Prediction(dict(zip(self.heads, row, strict=True)), tier="baseline") for row in zip(*columns, strict=True)
        ]


def fit_baseline(train: Dataset, validation: Dataset, *, task: Task, progress: Progress | None = None) -> Baseline:
    """Fit the cheap models on the rows that the large one learned from; their settings are chosen on validation.

    They get the care that the large model gets (weights for rare labels, choice by its main metric): beside a
    neglected baseline every model shines.

    Args:
        train: rows to learn from.
        validation: rows to choose by.
        task: the heads; each gets a model of its own.
        progress: who is told.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    progress = progress or Silent()
    start = time.monotonic()
    heads, about = {}, {}
    ground = Ground(train, validation, n_outputs=max(head.n_outputs for head in task.heads))
    with progress.work(t("fitting the baseline"), total=len(task.heads), unit=t("heads")) as bar:
        for head in task.heads:
            fit = find("baseline", kind_name(head))
            heads[head.name], about[head.name] = fit(head, ground), fit.__doc__.strip().splitlines()[0]
            bar.advance()
    return Baseline(heads, about, time.monotonic() - start)
