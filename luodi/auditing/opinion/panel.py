"""A panel of models, one set for each fold; every row is judged by those that did not see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.auditing.opinion.linear import Linear, combine, learn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from luodi.progress import Bar

#: Rows by which the shares of the models are set, and these times labels.
_N_FITTED, _CELLS_FITTED = 20_000, 4_000_000
#: How sure a model's scores alone may make an answer, in its standard deviations.
_SHARPEST = 30.0

#: For each kind of features the models learned from it.
Models = tuple[tuple[Linear, ...], ...]
#: For each kind of features the sum of these, each with its share.
Judge = tuple[Linear, ...]


@dataclass(frozen=True)
class Panel:
    """Rows to learn from, in folds.

    Args:
        features: by kind (terms, vectors of an encoder) the features of the n rows, (n, F) each.
        folds: the fold of each row, (n,).
        n_labels: K.
        ridge_rows: rows that a ridge regression may look at, 0 for none.
    """

    features: tuple[Any, ...]
    folds: NDArray[np.int64]
    n_labels: int
    ridge_rows: int

    def learn(self, targets: NDArray[np.int64], *, fold: int) -> Models:
        """Learn from all rows that are not of a fold."""
        rows = np.flatnonzero(self.folds != fold)
        return tuple(
            learn(kind[rows], targets[rows], n_labels=self.n_labels, ridge_rows=self.ridge_rows)
            for kind in self.features
        )

    def judge(self, models: Models, rows: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Give what each model says of some rows, (rows, K) each."""
        return [
            model.scores(kind[rows]) for kind, learned in zip(self.features, models, strict=True) for model in learned
        ]

    def out_of_fold(
        self, targets: NDArray[np.int64], *, folds: Iterable[int], bar: Bar
    ) -> tuple[list[NDArray[np.float32]], list[Models]]:
        """Judge the rows of some folds by models learned from the others.

        Returns:
            For each model its scores (n, K), 0 in rows of folds not asked for; for each fold its models.
        """
        scores: list[NDArray[np.float32]] = []
        learned: list[Models] = []
        for fold in folds:
            learned.append(self.learn(targets, fold=fold))
            rows = np.flatnonzero(self.folds == fold)
            for place, part in enumerate(self.judge(learned[-1], rows)):
                if place == len(scores):
                    scores.append(np.zeros((len(self.folds), self.n_labels), np.float32))
                scores[place][rows] = part
            bar.advance()
        return scores, learned


def merged(models: Models, shares: Sequence[float]) -> Judge:
    """Make one model of each kind of features: the models' scores, each with its share, added up."""
    found, start = [], 0
    for learned in models:
        found.append(combine(learned, shares[start : start + len(learned)]))
        start += len(learned)
    return tuple(found)


def fit_shares(
    scores: Sequence[NDArray[np.float32]], targets: NDArray[np.int64], *, rng: np.random.Generator
) -> list[float]:
    """Find how much each model's scores count: those that make the labels likeliest, and so the answers calibrated.

    Args:
        scores: out-of-fold scores of each model, (n, K).
        targets: the labels, (n,).
        rng: draws the rows to fit by, where there are very many, or very many labels.

    Returns:
        A factor for each model, none below 0.
    """
    from scipy.optimize import minimize

    n, n_labels = scores[0].shape
    most = min(_N_FITTED, max(1, _CELLS_FITTED // n_labels))
    rows = np.sort(rng.choice(n, most, replace=False)) if n > most else np.arange(n)
    own, tables = targets[rows], [table[rows].astype(np.float64) for table in scores]
    place = np.arange(len(rows))

    def loss(shares: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope = softmax(sum(share * table for share, table in zip(shares, tables, strict=True)))
        value = -np.log(np.maximum(slope[place, own], 1e-12)).mean()
        slope[place, own] -= 1
        return float(value), np.array([(slope * table).sum() for table in tables]) / len(rows)

    units = [1 / max(float(table.std()), 1e-6) for table in tables]
    bounds = [(0.0, _SHARPEST * unit) for unit in units]
    found = minimize(loss, [0.5 * unit for unit in units], jac=True, method="L-BFGS-B", bounds=bounds)
    return [float(share) for share in found.x]


def softmax(scores: Any) -> NDArray[np.float64]:
    """Turn scores (n, K) into probabilities, each row adding up to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
