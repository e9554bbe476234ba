"""Makes probabilities mean what they say: one temperature for each head, found on rows that were not trained on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Head, Logits, Targets, Task

#: The temperature is looked for between these; beyond them something else is wrong with a model.
LOWEST, HIGHEST = 0.05, 20.0
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 60


def temperature(head: Head, logits: Logits, targets: Targets) -> float:
    """Find the number to divide logits by so that the head's loss becomes smallest.

    Minimises the loss summed over the rows (or tokens) plus (log T)^2 / 2: one mild pull towards 1, worth less than
    one row, so that a handful of rows that are all answered right do not make a model boundlessly sure.

    Args:
        head: whose loss; a proper score, as the negative log-likelihood is. One whose logits are not what a temperature
            divides condenses them to that first.
        logits: of n texts.
        targets: as the head gives them; rows, or tokens, without one are left out.

    Returns:
        The temperature; 1 where nothing has a target.

    >>> from luodi.tasks import Classify
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(4000, 3)).astype(np.float32)
    >>> labels = np.array([rng.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in logits])
    >>> 2.8 < temperature(Classify("y", ("a", "b", "c")), 3 * logits, labels) < 3.2
    True

    Source: Guo et al. 2017, arXiv:1706.04599, section 4.2.
    """
    if hasattr(head, "condensed"):
        logits = head.condensed(logits)
    rows, wanted = (np.concatenate(part) if isinstance(part, list) else part for part in (logits, targets))
    known = (wanted != UNLABELLED).reshape(len(wanted), -1).any(axis=1) if len(wanted) else np.zeros(0, bool)
    if not known.any():
        return 1.0
    import torch

    asked, answers = torch.from_numpy(rows[known]).double(), torch.from_numpy(wanted[known])

    def loss(log_t: float) -> float:
        return float(head.loss(asked / math.exp(log_t), answers)) * len(answers) + log_t**2 / 2

    return math.exp(_minimum(loss, math.log(LOWEST), math.log(HIGHEST)))


def calibrate(
    task: Task, logits: Mapping[str, Logits], data: Dataset, pieces: Sequence[Pieces]
) -> dict[str, dict[str, Any]]:
    """Make ``calibration.json``: for each head its temperature, and how many rows it was found from.

    Args:
        task: the heads.
        logits: of each head, of the model at the precision that ships.
        data: the n rows, not trained on.
        pieces: where their words stand, if a head asks for it.
    """
    rows = {}
    for head in task.heads:
        found = temperature(head, logits[head.name], head.targets(data, pieces))
        n = sum(cell is not None for cell in data.labels[head.name])
        rows[head.name] = {"temperature": round(found, 6), "n": n}
    return rows


def _minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function of one valley is lowest, by golden sections."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_STEPS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2
