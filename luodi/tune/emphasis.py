"""The emphasis that a loss lays on some rows: on those of rare labels, on those that are hard, or on none."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.kinds import ONE
from luodi.language import t
from luodi.tasks import Classify
from luodi.tune.evaluate import main_score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data import Dataset
    from luodi.models.stage import Run
    from luodi.tasks import Head, Task
    from luodi.tasks.judgement import Judgement
    from luodi.tasks.task import Targets

#: What can be chosen among, the first where nothing speaks for another.
LOSSES = ("plain", "weighted", "focal")
#: Labels are even, and no other loss is tried, where none has more than so many times the rows of another.
_UNEVEN = 3.0
#: So many rows are enough to try a loss on.
MOST_TRIED = 4000
_N_RESAMPLES = 200
#: Another loss is taken if it is better than the plain one in this share of the resampled validation sets.
_SURE = 0.9


def emphasised(how: str, head: Head, targets: Targets, *, focus: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Give a head's loss with an emphasis; heads of other than one label a text know the plain one alone.

    Args:
        how: one of ``LOSSES``.
        head: whose loss.
        targets: of all training rows.
        focus: of the focal loss.
    """
    if how == "plain" or not isinstance(head, Classify):
        return head.loss
    if how == "focal":
        return partial(head.loss, focus=focus)
    return partial(head.loss, weights=balance(np.asarray(targets), head.n_outputs))


def balance(targets: NDArray[np.int64], n_outputs: int) -> Tensor:
    """Weigh each label by how rare it is, averaging 1 over the rows: (n,) -> (n_outputs,)."""
    import torch

    rows = torch.from_numpy(np.bincount(targets[targets >= 0], minlength=n_outputs)).float()
    return rows.sum() / ((rows > 0).sum() * rows.clamp(min=1))


def is_uneven(data: Dataset, *, task: Task) -> bool:
    """Tell whether under any head that sorts a label has more than three times the rows of another."""
    columns = [data.labels[head.name] for head in task.heads if head.takes == ONE]
    counts = [Counter(cell for cell in column if cell is not None) for column in columns]
    return any(max(rows.values()) > _UNEVEN * min(rows.values()) for rows in counts if rows)


def fitting_loss(
    task: Task, train: Dataset, validation: Dataset, *, tried: Callable[[str], Sequence[Judgement]], run: Run
) -> str:
    """Choose a loss: the plain one, unless the labels are uneven and another does better on validation.

    Args:
        task: whose main metrics decide.
        train: the rows to learn from.
        validation: the rows to choose by; with none nothing is tried.
        tried: tunes for a short while with a loss, and judges each head's answers to the validation rows.
        run: who is told.
    """
    if not validation or not is_uneven(train, task=task):
        return LOSSES[0]
    judged = {how: tried(how) for how in LOSSES}
    scores = {how: main_score(task, one) for how, one in judged.items()}
    best = max(LOSSES, key=lambda how: scores[how])
    if best != LOSSES[0] and _wins(task, judged[best], judged[LOSSES[0]]) < _SURE:
        best = LOSSES[0]
    run.progress.note(
        t("loss: {best}, after a pass with each: {scores}", best=best,
          scores=", ".join(f"{how} {score:.4f}" for how, score in scores.items()))
    )  # fmt: skip
    return best


def _wins(task: Task, ours: Sequence[Judgement], theirs: Sequence[Judgement]) -> float:
    """Give the share of resampled sets in which the first answers score higher."""
    rng = np.random.default_rng(0)
    wins = 0
    for _ in range(_N_RESAMPLES):
        rows = [rng.integers(0, len(one.rows), len(one.rows)) for one in ours]
        wins += main_score(task, ours, rows=rows) > main_score(task, theirs, rows=rows)
    return wins / _N_RESAMPLES
