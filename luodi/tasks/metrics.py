"""Scores of single-label answers, with 95 % intervals; numpy alone, so that a service can use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

#: Resamples of the rows behind every bootstrap interval.
N_RESAMPLES = 1000
_Z = 1.959963984540054  # two-sided 95 %
_TAILS = (2.5, 97.5)  # percentiles that enclose 95 %


@dataclass(frozen=True)
class Counts:
    """What F1 is made of: for each of K labels its hits, its answers and its rows, each (..., K)."""

    hits: NDArray[np.float64]
    answered: NDArray[np.float64]
    rows: NDArray[np.float64]


def count(gold: NDArray[np.int64], answered: NDArray[np.int64], *, n_labels: int) -> Counts:
    """Count hits, answers and rows of each label: codes (n,), (n,) -> (K,) each."""

    def bins(codes: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(codes, minlength=n_labels).astype(np.float64)

    return Counts(bins(gold[gold == answered]), bins(answered), bins(gold))


def precision_recall_f1(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give precision, recall and F1 of each label, 0 where undefined: (..., K) each."""
    precision = counts.hits / np.maximum(counts.answered, 1)
    recall = counts.hits / np.maximum(counts.rows, 1)
    return precision, recall, 2 * counts.hits / np.maximum(counts.answered + counts.rows, 1)


def by_label(names: Sequence[str], counts: Counts) -> dict[str, dict[str, float]]:
    """Give the row of each of K labels in a report: precision, recall, F1 and the rows that bear it."""
    columns = zip(names, *precision_recall_f1(counts), counts.rows, strict=True)
    return {
        name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(support)}
        for name, p, r, f, support in columns
    }


def macro_f1(gold: NDArray[np.int64], answered: NDArray[np.int64], *, n_labels: int) -> float:
    """Average F1 over the labels that occur in the rows or in the answers, as scikit-learn does.

    >>> macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1]), n_labels=3)
    0.6666666666666666
    """
    return macro_of(count(gold, answered, n_labels=n_labels))


def macro_of(counts: Counts) -> float:
    """Average F1 over the labels that occur in the rows or in the answers."""
    occurs = counts.answered + counts.rows > 0
    return float(precision_recall_f1(counts)[2][occurs].mean()) if occurs.any() else 0.0


def share_of(holds: NDArray[np.bool_]) -> Quantity:
    """Give the share of rows for which something holds, (n,), with Wilson's interval."""
    n = len(holds)
    if n == 0:
        return Quantity(float("nan"))
    share = float(holds.mean())
    return Quantity(share, *wilson(share, n))


def wilson(share: float, n: float) -> tuple[float, float]:
    """Give the 95 % interval of a share of n rows.

    >>> low, high = wilson(0.8, 5)
    >>> round(low, 2), round(high, 2)
    (0.38, 0.96)

    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * float(np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)))
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], *, n_bins: int = 15) -> float:
    """Average the gap between confidence and accuracy over bins of equal width, weighted by their rows.

    Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.
    """
    bins = np.minimum((confidence * n_bins).astype(np.int64), n_bins - 1)
    rows = np.bincount(bins, minlength=n_bins)
    gap = np.bincount(bins, weights=confidence - right, minlength=n_bins)  # (n_bins,): sum of confidence minus hits
    return float(np.abs(gap).sum() / max(rows.sum(), 1))


def calibration(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
    n_resamples: int = N_RESAMPLES,
) -> Quantity:
    """Give the calibration error of all rows with an interval for the true one, corrected for bias.

    Chance alone makes gaps in the bins, so the error of some rows lies above the true one, and that of resampled rows
    above both: a percentile interval may even miss its own value. Two corrections take that bias off, 2 v - q and
    q - 2 (mean - v), and the interval spans both; where rows of a model that is right as often as it says would give
    such an error too, in 39 of 40 cases, it begins at 0. In simulations of 100 to 1,000 rows it held the true error in
    87 to 97 % of cases.

    Args:
        confidence: probability of each answer, (n,).
        right: whether each is right, (n,).
        rng: where the resamples come from.
        n_resamples: how many; with 0 there is no interval.

    Source: Davison and Hinkley 1997, Bootstrap Methods, sections 2.1 and 5.2 (bias, basic bootstrap); Broecker and
        Smith 2007, Weather and Forecasting 22 (rows drawn as the model says).
    """
    n, value = len(right), calibration_error(confidence, right)
    if n_resamples == 0 or n == 0:
        return Quantity(value)
    rows = [rng.integers(0, n, n) for _ in range(n_resamples)]
    resampled = np.array([calibration_error(confidence[i], right[i]) for i in rows])
    (least, most), bias = np.percentile(resampled, _TAILS), resampled.mean() - value
    fair = [calibration_error(confidence, rng.random(n) < confidence) for _ in range(n_resamples)]
    is_fair = value <= np.percentile(fair, _TAILS[1])
    low = 0.0 if is_fair else min(value, 2 * value - most, least - 2 * bias)
    high = max(value, 2 * value - least, most - 2 * bias)
    return Quantity(value, max(0.0, float(low)), min(max(1.0, value), float(high)))


def bootstrap(
    score: Callable[[NDArray[np.int64]], float], *, n: int, rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> Quantity:
    """Give a score of all n rows with its percentile interval over resampled rows.

    Args:
        score: the score of some rows, given their indices (repeats included).
        n: how many rows there are.
        rng: where the resamples come from.
        n_resamples: how many; with 0 there is no interval.

    Source: Efron 1979, Annals of Statistics 7.
    """
    value = score(np.arange(n))
    if n_resamples == 0 or n == 0:
        return Quantity(value)
    resampled = [score(rng.integers(0, n, n)) for _ in range(n_resamples)]
    low, high = np.percentile(resampled, _TAILS)
    return Quantity(value, float(low), float(high))
