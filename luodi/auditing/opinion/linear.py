"""Linear classifiers that are learned in a second: for each of K labels a weight on each of F features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Strength of the ridge, in rows: features have length 1. Steps of conjugate gradients towards its solution; to stop
#: early is as good as to solve it (measured on five sets).
_RIDGE, _STEPS = 2.0, 8
#: Strength for dense vectors, whose features are few.
_DENSE_RIDGE = 1.0
#: Weight of a term's share in all rows beside its share in a label's rows.
_SMOOTHING = 30.0


@dataclass(frozen=True)
class Linear:
    """Weights (F, K) and offsets (K,): features (n, F) become scores (n, K)."""

    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]

    def scores(self, features: Any) -> NDArray[np.float32]:
        """Score rows, (n, F) -> (n, K)."""
        return np.asarray(features @ self.weights + self.offsets, np.float32)


def combine(models: Sequence[Linear], shares: Sequence[float]) -> Linear:
    """Add models up, each with its share: the scores of the sum are the sum of the scores."""
    weights = sum(share * model.weights for model, share in zip(models, shares, strict=True))
    offsets = sum(share * model.offsets for model, share in zip(models, shares, strict=True))
    return Linear(np.asarray(weights, np.float32), np.asarray(offsets, np.float32))


def learn(features: Any, targets: NDArray[np.int64], *, n_labels: int, ridge_rows: int) -> tuple[Linear, ...]:
    """Learn several classifiers that err differently: a ridge regression, centroids, and the odds of each feature.

    Args:
        features: sparse (n, F) of weighted terms, or dense vectors (n, F).
        targets: the label of each row, (n,), 0 to K - 1; a label without rows gets scores of its own, low ones.
        n_labels: K.
        ridge_rows: the ridge costs eight looks at its rows for each label: it gets at most so many of them, evenly
            taken, and is left out where that is 0.

    Returns:
        The classifiers, always as many in the same order for the same kind of features.
    """
    totals = sums(features, targets, n_labels)  # (K, F)
    models = [_centroids(totals)]
    if isinstance(features, np.ndarray):
        return (_dense_ridge(features, targets, n_labels), *models)
    models.append(_odds(totals))
    if ridge_rows == 0:
        return tuple(models)
    rows = np.linspace(0, len(targets) - 1, min(ridge_rows, len(targets))).astype(np.int64)
    taken = (features, targets) if len(rows) == len(targets) else (features[rows], targets[rows])
    return (ridge(*taken, n_labels=n_labels), *models)


def ridge(features: Any, targets: NDArray[np.int64], *, n_labels: int) -> Linear:
    """Regress the K label indicators on sparse features, all at once, by a few steps of conjugate gradients.

    The features are centred without being filled up: the mean goes through every product as one more row.

    Source: Hestenes and Stiefel 1952, J. Res. NBS 49 (6).
    """
    n_columns = 1 if n_labels == 2 else n_labels  # of two labels one is the other's mirror
    wanted = (targets[:, None] == np.arange(n_labels)[n_labels - n_columns :]).astype(np.float32)  # (n, C)
    base = wanted.mean(axis=0)
    mean = np.asarray(features.mean(axis=0), np.float32).ravel()  # (F,)
    transposed = features.T.tocsr()

    def back(rest: NDArray[np.float32]) -> NDArray[np.float32]:  # (n, C) -> (F, C)
        return np.asarray(transposed @ rest - mean[:, None] * rest.sum(axis=0), np.float32)

    residual = back(wanted - base)
    weights, step = np.zeros_like(residual), residual.copy()
    length = (residual**2).sum(axis=0)
    for _ in range(_STEPS):
        image = back(features @ step - mean @ step) + _RIDGE * step
        size = length / np.maximum((step * image).sum(axis=0), 1e-12)
        weights += size * step
        residual -= size * image
        shorter = (residual**2).sum(axis=0)
        step = residual + shorter / np.maximum(length, 1e-12) * step
        length = shorter
    return _mirrored(weights, base - mean @ weights) if n_labels == 2 else Linear(weights, base - mean @ weights)


def _mirrored(weights: NDArray[np.float32], offsets: NDArray[np.float32]) -> Linear:
    return Linear(np.hstack([-weights, weights]), np.hstack([1 - offsets, offsets]))


def sums(features: Any, targets: NDArray[np.int64], n_labels: int) -> NDArray[np.float32]:
    """Add up the rows of each label, (K, F)."""
    from scipy.sparse import csr_matrix

    n = len(targets)
    members = csr_matrix((np.ones(n, np.float32), (targets, np.arange(n))), shape=(n_labels, n))
    summed = members @ features
    return np.asarray(summed if isinstance(summed, np.ndarray) else summed.toarray(), np.float32)


def _centroids(totals: NDArray[np.float32]) -> Linear:
    """Score by the cosine to the mean of a label's rows."""
    lengths = np.linalg.norm(totals, axis=1, keepdims=True)
    return Linear((totals / np.maximum(lengths, 1e-9)).T.copy(), np.zeros(len(totals), np.float32))


def _odds(totals: NDArray[np.float32]) -> Linear:
    """Score by how much more frequent a term is in a label's rows than in all: naive Bayes without a prior.

    log((c + s * b) / (sum of c + s) / b), c a term's weight in the label's rows, b its share in all rows.
    """
    total = totals.sum(axis=0) + 0.01
    share = total / total.sum()
    mass = totals.sum(axis=1, keepdims=True)
    odds = np.log((totals + _SMOOTHING * share) / (mass + _SMOOTHING)) - np.log(share)
    is_empty = mass[:, 0] == 0
    if is_empty.any() and not is_empty.all():
        odds[is_empty] = odds[~is_empty].min(axis=0)  # of a label without rows every term speaks against it
    return Linear(odds.T.astype(np.float32), np.zeros(len(totals), np.float32))


def _dense_ridge(vectors: NDArray[np.float32], targets: NDArray[np.int64], n_labels: int) -> Linear:
    """Solve the ridge exactly: vectors have few features."""
    wanted = (targets[:, None] == np.arange(n_labels)).astype(np.float64)
    base, mean = wanted.mean(axis=0), vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - mean
    gram = centred.T @ centred + _DENSE_RIDGE * np.eye(vectors.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (wanted - base))
    return Linear(weights.astype(np.float32), (base - mean @ weights).astype(np.float32))
