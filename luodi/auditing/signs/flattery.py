"""How much leaked rows flatter the figures of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.tasks.metrics import bootstrap, macro_f1

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from luodi.auditing.opinion.opinion import Opinion
    from luodi.budget import Quantity


@dataclass(frozen=True)
class Flattery:
    """How much higher figures are on all rows of a test than on those that did not leak, as shares of 1."""

    accuracy: Quantity
    macro_f1: Quantity


def flattery(
    opinion: Opinion, *, test: NDArray[np.int64], leaked: NDArray[np.int64], twins: NDArray[np.int64], seed: int
) -> Flattery | None:
    """Estimate what leaked rows add to the figures of a model that remembers what it learned, with 95 % intervals.

    It answers a leaked row as its twin is labelled, and every other as a simple model does that saw neither the row nor
    one near to it. A model that remembers less is flattered less.

    Args:
        opinion: what the simple model says.
        test: the rows of the test, (n,).
        leaked: those of them that stand in train, (m,).
        twins: for each the row there, (m,).
        seed: of the resamples.

    Returns:
        None where no labelled row leaked, or none did not.
    """
    answers = opinion.probabilities.argmax(axis=1)
    remembered = opinion.targets[twins]
    answers[leaked] = np.where(remembered >= 0, remembered, answers[leaked])
    rows = test[opinion.targets[test] >= 0]
    true, said, is_leaked = opinion.targets[rows], answers[rows], np.isin(rows, leaked)
    if not is_leaked.any() or is_leaked.all():
        return None

    def right(i: NDArray[np.int64]) -> float:
        return float((true[i] == said[i]).mean()) if len(i) else 0.0

    def f1(i: NDArray[np.int64]) -> float:
        return macro_f1(true[i], said[i], n_labels=len(opinion.labels))

    def gain(score: Callable[[NDArray[np.int64]], float]) -> Quantity:
        return bootstrap(lambda i: score(i) - score(i[~is_leaked[i]]), n=len(rows), rng=np.random.default_rng(seed))

    return Flattery(gain(right), gain(f1))
