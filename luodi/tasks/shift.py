"""What is to be taken off a tuned head's logits, where rows that it did not learn from show that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.registry import register
from luodi.tasks.metrics import macro_f1
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from luodi.tasks.classify import Classify
    from luodi.tasks.multilabel import Multilabel

#: Strengths tried: 0 leaves the logits, 1 takes the whole frequency out.
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Thresholds tried, as logits: what lies above is taken for right.
_THRESHOLDS = np.linspace(-3.0, 3.0, 25)
_N_RESAMPLES = 400
#: A shift is taken if it helps in this share of the resampled validation sets.
_SURE = 0.9


@register("shift", "classify")
def against_frequency(
    head: Classify, logits: NDArray[np.float32], targets: NDArray[np.int64], seen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Takes off a share of the logarithm of how frequent each label is.

    logit_k -= strength * log(share of label k in the training rows)

    Source: Menon et al. 2021, arXiv:2007.07314 (post-hoc logit adjustment).
    """
    rows = np.bincount(seen[seen >= 0], minlength=head.n_outputs) + 1.0
    offset: NDArray[np.float64] = np.log(rows / rows.sum())
    known = targets >= 0
    return best_strength(logits[known], targets[known], offset) * offset


@register("shift", "multilabel")
def thresholds(
    head: Multilabel, logits: NDArray[np.float32], targets: NDArray[np.float32], seen: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Takes off each label's own threshold, the one with the best F1 of that label."""
    known = targets[:, 0] != UNLABELLED
    table, wanted = logits[known], targets[known] > 0
    return np.array([best_threshold(table[:, k], wanted[:, k]) for k in range(head.n_outputs)])


def best_strength(logits: NDArray[np.float32], targets: NDArray[np.int64], offset: NDArray[np.float64]) -> float:
    """Find the strength with the best macro-F1; 0 unless the gain stands in nine of ten resampled sets.

    Args:
        logits: (n, K).
        targets: (n,), every row labelled.
        offset: log share of each label, (K,).
    """
    n, n_labels = logits.shape
    answers = {strength: (logits - strength * offset).argmax(axis=1) for strength in STRENGTHS}
    scores = {s: macro_f1(targets, answered, n_labels=n_labels) for s, answered in answers.items()}
    best = max(STRENGTHS, key=lambda s: (scores[s], -s))

    def gain(rows: NDArray[np.int64]) -> float:
        after, before = (macro_f1(targets[rows], answers[s][rows], n_labels=n_labels) for s in (best, 0.0))
        return after - before

    return best if _is_sure(gain, n) else 0.0


def best_threshold(logits: NDArray[np.float32], wanted: NDArray[np.bool_]) -> float:
    """Find the threshold of one label with the best F1; 0 unless the gain stands in nine of ten resampled sets.

    Args:
        logits: (n,).
        wanted: whether the label fits, (n,).
    """

    def f1(threshold: float, rows: NDArray[np.int64]) -> float:
        said, true = logits[rows] > threshold, wanted[rows]
        return float(2 * (said & true).sum() / max(said.sum() + true.sum(), 1))

    every = np.arange(len(wanted))
    best = float(max(_THRESHOLDS, key=lambda one: (f1(one, every), -abs(one))))
    return best if _is_sure(lambda rows: f1(best, rows) - f1(0.0, rows), len(wanted)) else 0.0


def _is_sure(gain: Callable[[NDArray[np.int64]], float], n: int) -> bool:
    """Tell whether something gains on all rows, and on nearly every resample of them."""
    if n == 0 or gain(np.arange(n)) <= 0:
        return False
    rng = np.random.default_rng(0)
    return sum(gain(rng.integers(0, n, n)) > 0 for _ in range(_N_RESAMPLES)) / _N_RESAMPLES >= _SURE
