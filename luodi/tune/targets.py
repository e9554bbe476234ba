"""What texts are to be answered with: the rows that say so, and the targets of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.tasks.task import Targets


def labelled(model: Model, data: Dataset) -> Dataset:
    """Leave out the rows that have no label under any head of a model."""
    has_label = np.zeros(len(data), bool)
    for head in model.task.heads:
        if head.by_token:  # where its tokens stand is not known yet
            has_label |= np.array([cell is not None for cell in data.labels[head.name]], bool)
        else:
            targets = np.asarray(head.targets(data))
            has_label |= (targets != UNLABELLED).reshape(len(data), -1).any(axis=1) if len(data) else False
    return data if has_label.all() else data.take(np.flatnonzero(has_label))


def picked(targets: Targets, rows: NDArray[np.int64]) -> Tensor:
    """Give what some texts are to be answered with; by token, filled up to the longest: (B, [T,] ...)."""
    import torch

    if not isinstance(targets, list):
        return torch.from_numpy(targets[rows])
    filled = np.full((len(rows), max(len(targets[row]) for row in rows)), UNLABELLED, np.int64)
    for place, row in enumerate(rows):
        filled[place, : len(targets[row])] = targets[row]
    return torch.from_numpy(filled)
