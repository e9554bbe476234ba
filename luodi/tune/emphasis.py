"""The emphasis that a loss lays on some rows: on those of rare labels, on those that are hard, or on none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.language import t
from luodi.tune.evaluate import main_score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data import Dataset
    from luodi.models.stage import Run
    from luodi.tasks import Task

#: What can be chosen among, the first where nothing speaks for another.
LOSSES = ("plain", "weighted", "focal")
#: Labels are even, and no other loss is tried, where none has more than so many times the rows of another.
_UNEVEN = 3.0
#: So many rows are enough to try a loss on.
MOST_TRIED = 4000
_N_RESAMPLES = 200
#: Another loss is taken if it is better than the plain one in this share of the resampled validation sets.
_SURE = 0.9


def emphasis(how: str, targets: Tensor, *, n_outputs: int, focus: float) -> dict[str, Any]:
    """Give what a head's ``loss`` is told besides logits and targets; nothing for heads of other than one label a text.

    Args:
        how: one of ``LOSSES``.
        targets: of all training rows, (n,).
        n_outputs: how many labels the head knows.
        focus: of the focal loss.
    """
    if how == "plain" or targets.ndim != 1:
        return {}
    return {"focus": focus} if how == "focal" else {"weights": balance(targets, n_outputs)}


def balance(targets: Tensor, n_outputs: int) -> Tensor:
    """Weigh each label by how rare it is, averaging 1 over the rows: (n,) -> (n_outputs,)."""
    import torch

    rows = torch.bincount(targets[targets >= 0], minlength=n_outputs).float()
    return rows.sum() / ((rows > 0).sum() * rows.clamp(min=1))


def is_uneven(data: Dataset, *, task: Task) -> bool:
    """Tell whether under any head a label has more than three times the rows of another."""
    counts = [Counter(cell for cell in data.labels[head.name] if isinstance(cell, str)) for head in task.heads]
    return any(max(rows.values()) > _UNEVEN * min(rows.values()) for rows in counts if rows)


def fitting_loss(
    task: Task, train: Dataset, validation: Dataset, *, tried: Callable[[str], Sequence[NDArray[np.float32]]], run: Run
) -> str:
    """Choose a loss: the plain one, unless the labels are uneven and another does better on validation.

    Args:
        task: whose main metrics decide.
        train: the rows to learn from.
        validation: the rows to choose by; with none nothing is tried.
        tried: tunes for a short while with a loss, and gives each head's logits of the validation rows.
        run: who is told.
    """
    if not validation or not is_uneven(train, task=task):
        return LOSSES[0]
    answers = {how: tried(how) for how in LOSSES}
    scores = {how: main_score(task, validation, logits) for how, logits in answers.items()}
    best = max(LOSSES, key=lambda how: scores[how])
    if best != LOSSES[0] and _wins(task, validation, answers[best], answers[LOSSES[0]]) < _SURE:
        best = LOSSES[0]
    run.progress.note(
        t("loss: {best}, after a pass with each: {scores}", best=best,
          scores=", ".join(f"{how} {score:.4f}" for how, score in scores.items()))
    )  # fmt: skip
    return best


def _wins(
    task: Task, data: Dataset, ours: Sequence[NDArray[np.float32]], theirs: Sequence[NDArray[np.float32]]
) -> float:
    """Give the share of resampled sets in which the first answers score higher."""
    rng = np.random.default_rng(0)
    wins = 0
    for _ in range(_N_RESAMPLES):
        rows = rng.integers(0, len(data), len(data))
        one, other = (main_score(task, data.take(rows), [table[rows] for table in logits]) for logits in (ours, theirs))
        wins += one > other
    return wins / _N_RESAMPLES
