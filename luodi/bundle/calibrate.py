"""Makes probabilities mean what they say: one temperature for each head, found on rows that were not trained on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from luodi.data.dataset import Dataset
    from luodi.tasks.task import Task

#: The temperature is looked for between these; beyond them something else is wrong with a model.
LOWEST, HIGHEST = 0.05, 20.0
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 60


def temperature(logits: NDArray[np.floating], targets: NDArray[np.integer]) -> float:
    """Find the number to divide logits by so that the true labels become likeliest.

    Minimises the negative log-likelihood plus (log T)^2 / 2: one mild pull towards 1, worth less than one row, so
    that a handful of rows that are all answered right do not make a model boundlessly sure.

    Args:
        logits: (n, K).
        targets: (n,), the place of the label; rows below 0 have none and are left out.

    Returns:
        The temperature; 1 where no row has a label.

    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(4000, 3))
    >>> labels = np.array([rng.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in logits])
    >>> 2.8 < temperature(3 * logits, labels) < 3.2
    True

    Source: Guo et al. 2017, arXiv:1706.04599, section 4.2.
    """
    kept = np.asarray(targets) >= 0
    if not kept.any():
        return 1.0
    rows, places = np.asarray(logits, np.float64)[kept], np.asarray(targets)[kept]

    def loss(log_t: float) -> float:
        return float(_negative_log_likelihood(rows / math.exp(log_t), places) + log_t**2 / 2)

    return math.exp(_minimum(loss, math.log(LOWEST), math.log(HIGHEST)))


def calibrate(task: Task, logits: Mapping[str, NDArray[np.floating]], data: Dataset) -> dict[str, dict[str, Any]]:
    """Make ``calibration.json``: for each head its temperature, and what it was found from.

    Args:
        task: the heads.
        logits: for each head (n, K), of the model at the precision that ships.
        data: the n rows, not trained on.
    """
    rows = {}
    for head in task.heads:
        targets = np.asarray(head.targets(data), np.int64)
        found = temperature(logits[head.name], targets)
        rows[head.name] = {"temperature": round(found, 6), "n": int((targets >= 0).sum())}
    return rows


def _negative_log_likelihood(logits: NDArray[np.float64], places: NDArray[np.integer]) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    true = shifted[np.arange(len(places)), places]
    return float((np.log(np.exp(shifted).sum(axis=1)) - true).sum())


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
