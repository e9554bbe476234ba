"""Abstention: how sure an answer has to be, so that no more of all texts are answered wrongly than was stated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from luodi.data.dataset import Dataset
    from luodi.tasks.task import Task


def threshold(probabilities: NDArray[np.floating], targets: NDArray[np.integer], *, risk: float) -> float:
    """Find the probability that an answer has to exceed, so that of all texts at most a share is answered wrongly.

    Each of the n rows scores the probability of its answer where that is wrong, and 0 where it is right. The threshold
    is the k-th largest score, k = floor(risk * (n + 1)). Then a new row's score exceeds it (it is answered, and
    wrongly) with a chance of at most k / (n + 1), whatever the model is worth, as long as new rows are drawn as these
    were. Of all thresholds that promise so, it withholds the fewest answers; a model that errs more seldom than that
    always answers.

    Args:
        probabilities: (n, K), of rows that the model did not learn from.
        targets: the place of each row's label, (n,); rows below 0 have none and are left out.
        risk: the share of all texts that may be answered wrongly, above 0 and below 1.

    Returns:
        The threshold; 1, which no answer exceeds, where there are too few rows to promise anything.

    >>> said = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    >>> [threshold(said, np.array([0, 1, 0, 1]), risk=risk) for risk in (0.1, 0.2, 0.4, 0.6)]
    [1.0, 0.8, 0.6, 0.0]

    Source: Angelopoulos, Bates, Fisch, Lei and Schuster 2022, arXiv:2208.02814 (conformal risk control); Vovk,
        Gammerman and Shafer 2005, Algorithmic Learning in a Random World.
    """
    known = np.asarray(targets) >= 0
    rows, right = np.asarray(probabilities)[known], np.asarray(targets)[known]
    k = math.floor(risk * (len(rows) + 1))
    if k == 0:
        return 1.0
    scores = np.where(rows.argmax(axis=1) == right, 0.0, rows.max(axis=1))
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])


def thresholds(
    task: Task, probabilities: Mapping[str, NDArray[np.floating]], data: Dataset, *, risk: float
) -> dict[str, float]:
    """Find each head's threshold from its probabilities (n, K) on n rows that were not trained on."""
    return {
        head.name: threshold(probabilities[head.name], np.asarray(head.targets(data), np.int64), risk=risk)
        for head in task.heads
    }


def fewest_rows(risk: float) -> int:
    """Give how many rows a promise of this risk needs.

    >>> fewest_rows(0.05), fewest_rows(0.01)
    (19, 99)
    """
    return math.ceil(round(1 / risk, 9)) - 1
