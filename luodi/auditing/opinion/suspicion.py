"""Suspicion: how likely a row's label is wrong, from what others say of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A label on fewer rows than this is not judged: models that see one to three rows of it cannot know it.
FEWEST_ROWS = 5
_CHUNK = 100_000


def suspicion(
    probabilities: NDArray[np.floating[Any]],
    targets: NDArray[np.int64],
    *,
    counts: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Tell how suspect each label is, from 0 (right) to 1 (wrong), and which label would stand in its place.

    With p the probability of a row's own label and q that of the likeliest other one, the suspicion is
    q / (q + p ** 2): it orders rows by log(q) / 2 - log(p). A small p alone is weak evidence where the models know no
    better answer (all other labels are small too); a label is suspect where another one is clearly likelier. Half the
    weight for the other label was chosen on five sets (benchmarks/bench_labels.py names them).

    Args:
        probabilities: out-of-fold probabilities, (n, K).
        targets: the place of each row's own label, (n,); -1 where it has none.
        counts: how many rows bear each label, (K,), where these here are only some of the rows.

    Returns:
        Suspicion (n,), 0 for rows without a label and for labels on fewer than ``FEWEST_ROWS`` rows; and the place of
        the likeliest other label (n,), -1 where there is only one.

    >>> scores, proposed = suspicion(np.array([[0.9, 0.1], [0.1, 0.9]] * 5), np.array([0] * 10))
    >>> scores[:2].round(2).tolist(), proposed[:2].tolist()
    ([0.11, 0.99], [1, 1])
    """
    n, n_labels = probabilities.shape
    scores, proposed = np.zeros(n), np.full(n, -1, np.int64)
    if n_labels < 2:
        return scores, proposed
    if counts is None:
        counts = np.bincount(targets[targets >= 0], minlength=n_labels)
    for start in range(0, n, _CHUNK):
        own = targets[start : start + _CHUNK]
        table = np.array(probabilities[start : start + _CHUNK], np.float64)
        place, labelled = np.arange(len(own)), own >= 0
        p = np.where(labelled, table[place, own], 0.0)
        table[place[labelled], own[labelled]] = -1.0
        best = table.argmax(axis=1)
        q = np.maximum(table[place, best], 1e-12)
        judged = labelled & (counts[own] >= FEWEST_ROWS)
        scores[start : start + len(own)] = np.where(judged, q / (q + p**2), 0.0)
        proposed[start : start + len(own)] = best
    return scores, proposed
