"""How answers stand against labels: which are right, and every score as a function of the rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import HeadReport, Quantity
from luodi.tasks.metrics import N_RESAMPLES, bootstrap, calibration, share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Judgement:
    """What n answers are worth beside their labels, over the m rows that have one.

    Args:
        rows: places of those rows, (m,).
        right: whether each answer is right as a whole, (m,).
        scores: by metric its value over some of the m rows, given their places among them (repeats included).
        per_class: for each label its scores, over all m rows.
        confusions: how often what is right (first) was answered as something else (second), or as itself.
    """

    rows: NDArray[np.int64]
    right: NDArray[np.bool_]
    scores: Mapping[str, Callable[[NDArray[np.int64]], float]]
    per_class: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)

    def report(self, confidence: NDArray[np.float64], *, intervals: bool = True) -> HeadReport:
        """Give the metrics with 95 % intervals: accuracy, the head's scores, and how honest its probabilities are.

        Args:
            confidence: probability of each of the m answers, (m,).
            intervals: without them it is quick, as choices during a training need it.
        """
        n_resamples = N_RESAMPLES if intervals else 0
        scores = {
            name: bootstrap(score, n=len(self.rows), rng=np.random.default_rng(0), n_resamples=n_resamples)
            for name, score in self.scores.items()
        }
        honesty = calibration(confidence, self.right, rng=np.random.default_rng(0), n_resamples=n_resamples)
        metrics: dict[str, Quantity] = {"accuracy": share_of(self.right), **scores}
        return HeadReport({**metrics, "expected_calibration_error": honesty}, self.per_class)


def labelled_rows(gold: Sequence[str | None]) -> NDArray[np.int64]:
    """Give the places of the cells that hold anything, (m,)."""
    return np.array([row for row, cell in enumerate(gold) if cell is not None], np.int64)


def gain(one: Judgement, other: Judgement, *, metric: str) -> Quantity:
    """Give by how much a metric of one set of answers exceeds that of another to the same rows, with a paired interval.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 16.
    """
    if len(one.rows) == 0:
        return Quantity(float("nan"))
    mine, theirs = one.scores[metric], other.scores[metric]
    return bootstrap(lambda i: mine(i) - theirs(i), n=len(one.rows), rng=np.random.default_rng(0))
