"""Abstention: how sure an answer has to be, so that no more of all texts are answered wrongly than was stated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from luodi.tasks import judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.data.dataset import Dataset
    from luodi.tasks.task import Answer, Task


def threshold(confidence: NDArray[np.floating], right: NDArray[np.bool_], *, risk: float) -> float:
    """Find the probability that an answer has to exceed, so that of all texts at most a share is answered wrongly.

    Each of the n rows scores the probability of its answer where that is wrong, and 0 where it is right. The threshold
    is the k-th largest score, k = floor(risk * (n + 1)). Then a new row's score exceeds it (it is answered, and
    wrongly) with a chance of at most k / (n + 1), whatever the model is worth, as long as new rows are drawn as these
    were. Of all thresholds that promise so, it withholds the fewest answers; a model that errs more seldom than that
    always answers.

    Args:
        confidence: probability of each of n answers, (n,), to rows that the model did not learn from.
        right: whether each is right, (n,).
        risk: the share of all texts that may be answered wrongly, above 0 and below 1.

    Returns:
        The threshold; 1, which no answer exceeds, where there are too few rows to promise anything.

    >>> said, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    >>> [threshold(said, right, risk=risk) for risk in (0.1, 0.2, 0.4, 0.6)]
    [1.0, 0.8, 0.6, 0.0]

    Source: Angelopoulos, Bates, Fisch, Lei and Schuster 2022, arXiv:2208.02814 (conformal risk control); Vovk,
        Gammerman and Shafer 2005, Algorithmic Learning in a Random World.
    """
    k = math.floor(risk * (len(right) + 1))
    if k == 0:
        return 1.0
    scores = np.where(right, 0.0, confidence)
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])


def thresholds(task: Task, answers: Mapping[str, Sequence[Answer]], data: Dataset, *, risk: float) -> dict[str, float]:
    """Find each head's threshold from its answers to n rows that were not trained on."""
    found = {}
    for head in task.heads:
        said = answers[head.name]
        met = judged(head, data, said)
        found[head.name] = threshold(np.array([said[row].probability for row in met.rows]), met.right, risk=risk)
    return found


def fewest_rows(risk: float) -> int:
    """Give how many rows a promise of this risk needs.

    >>> fewest_rows(0.05), fewest_rows(0.01)
    (19, 99)
    """
    return math.ceil(round(1 / risk, 9)) - 1
