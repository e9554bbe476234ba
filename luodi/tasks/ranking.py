"""How well candidates are ranked: scores over all pairs, and over the candidates of each question."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

#: How deep a list of candidates is looked at.
DEPTH = 10
#: What is said of the candidates of questions.
BY_QUESTION = ("recall_at_1", "recall_at_5", "mrr", "ndcg_at_10")


def average_precision(fits: NDArray[np.bool_], leans: NDArray[np.float64]) -> Callable[[NDArray[np.int64]], float]:
    """Give the function that averages precision over the recall of some rows, given their places (repeats included).

    AP = sum over thresholds k of (R_k - R_(k-1)) P_k, rows of one score counted together; 0 where nothing fits.

    Args:
        fits: whether each pair fits, (m,).
        leans: how strongly each is said to, (m,).

    Source: as scikit-learn's ``average_precision_score``.
    """
    order = np.argsort(-leans, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(leans[order]) != 0, True)) if len(order) else np.zeros(0, np.int64)
    wanted = fits[order].astype(np.float64)

    def score(rows: NDArray[np.int64]) -> float:
        times = np.bincount(rows, minlength=len(order))[order]
        met, seen = np.cumsum(times * wanted)[ends], np.cumsum(times)[ends]
        if not len(met) or met[-1] == 0:
            return 0.0
        return float((np.diff(met, prepend=0.0) * met / np.maximum(seen, 1)).sum() / met[-1])

    return score


def by_question(
    questions: Sequence[str], gains: NDArray[np.float64], fits: NDArray[np.bool_], leans: NDArray[np.float64]
) -> dict[str, Callable[[NDArray[np.int64]], float]]:
    """Give what is said of the candidates of questions, each as a function of the rows; nothing without questions.

    A question counts where some of its candidates fit and some do not. A resampled set of rows has it as often as the
    first of its rows, so that questions are drawn as a whole.

    Args:
        questions: of each of m rows.
        gains: what its candidate is worth, (m,).
        fits: whether it fits, (m,).
        leans: how strongly it is said to, (m,).
    """
    counted = _counted(questions, fits)
    if not counted:
        return {}
    first = np.array([rows[0] for rows in counted])
    found = [of_list(gains[rows], fits[rows], leans[rows]) for rows in counted]
    return {
        name: partial(_mean, np.array([one[name] for one in found]), first, n_rows=len(questions))
        for name in BY_QUESTION
    }


def of_list(gains: NDArray[np.float64], fits: NDArray[np.bool_], leans: NDArray[np.float64]) -> dict[str, float]:
    """Score one list of candidates, in whatever order: (n,) each.

    ``recall_at_k``: whether a fitting one is among the first k; ``mrr``: 1 over the place of the first fitting one.
    Among candidates of one score those that do not fit come first. ``ndcg_at_10``: the gains of the first ten, each
    over log2(1 + place), as a share of the best order's; candidates of one score share theirs.

    >>> of_list(np.array([0.0, 1.0, 0.0]), np.array([False, True, False]), np.array([0.9, 0.8, 0.1]))["mrr"]
    0.5

    Source: Jarvelin and Kekalainen 2002, ACM Transactions on Information Systems 20 (nDCG); McSherry and Najork 2008,
        Advances in Information Retrieval (ties share).
    """
    order = np.lexsort((fits, -leans))
    place = int(np.argmax(fits[order])) + 1
    weights = np.zeros(len(order))
    weights[:DEPTH] = 1 / np.log2(np.arange(2, len(weights[:DEPTH]) + 2))
    _, group, n_alike = np.unique(-leans[order], return_inverse=True, return_counts=True)
    shared = (np.bincount(group, weights) / n_alike)[group]
    best = float((np.sort(gains)[::-1] * weights).sum())
    return {
        "recall_at_1": float(place <= 1),
        "recall_at_5": float(place <= 5),
        "recall_at_10": float(place <= DEPTH),
        "mrr": 1 / place,
        "ndcg_at_10": float((gains[order] * shared).sum()) / best if best else 0.0,
    }


def first_places(questions: Sequence[str], fits: NDArray[np.bool_], leans: NDArray[np.float64]) -> dict[str, int]:
    """Count the questions by the place of their first fitting candidate, as they count for ``by_question``.

    >>> first_places(["a", "a", "b", "b"], np.array([True, False] * 2), np.array([0.9, 0.1, 0.2, 0.3]))
    {'1': 1, '2': 1, '3': 0, '4-10': 0, '> 10': 0}
    """
    places = [
        int(np.argmax(fits[rows][np.lexsort((fits[rows], -leans[rows]))])) + 1 for rows in _counted(questions, fits)
    ]
    bounds = {"1": (1, 1), "2": (2, 2), "3": (3, 3), "4-10": (4, DEPTH), "> 10": (DEPTH + 1, len(questions))}
    counts = {name: sum(low <= place <= high for place in places) for name, (low, high) in bounds.items()}
    return counts if places else {}


def _counted(questions: Sequence[str], fits: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Give the rows of each question of which some candidates fit and some do not."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, question in enumerate(questions):
        rows_of[question].append(row)
    return [np.array(rows) for rows in rows_of.values() if 0 < fits[rows].sum() < len(rows)]


def _mean(scores: NDArray[np.float64], first: NDArray[np.int64], rows: NDArray[np.int64], *, n_rows: int) -> float:
    """Average over the questions that some rows hold, as often as they do; over all where they hold none."""
    times = np.bincount(rows, minlength=n_rows)[first]
    return float((scores * times).sum() / times.sum()) if times.any() else float(scores.mean())
