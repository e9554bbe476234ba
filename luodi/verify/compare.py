"""Holds two sets of answers to the same rows against each other, and says what the difference is worth."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.budget import Quantity
from luodi.tasks.metrics import bootstrap, macro_f1

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_Z = 1.959963984540054  # two-sided 95 %
_POWER_Z = 0.8416212335729143  # a difference is found in four of five tries


@dataclass(frozen=True)
class Comparison:
    """How much better one set of answers is than another, on the same rows.

    Args:
        n: rows with a label.
        macro_f1: difference, first minus second, with a paired 95 % interval.
        accuracy: the same of accuracy.
        p_value: chance of a difference in accuracy as large if there were none (McNemar, exact).
        no_worse_than: the first is, at 97.5 % confidence, no worse than the second by more than this (macro-F1).
        rows_needed: about how many rows would show the difference of macro-F1 that was seen; None where none was.
    """

    n: int
    macro_f1: Quantity
    accuracy: Quantity
    p_value: float
    no_worse_than: float
    rows_needed: int | None

    def to_json(self) -> dict[str, Any]:
        """Give one value of ``heads`` in the contract of ``compare``."""
        return {
            "macro_f1_difference": self.macro_f1.to_json(),
            "accuracy_difference": self.accuracy.to_json(),
            "p_value": self.p_value,
            "no_worse_than": self.no_worse_than,
            "rows_needed": self.rows_needed,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Comparison:
        """Read what ``to_json`` wrote, with ``n`` beside it."""
        return cls(
            raw["n"],
            Quantity.from_json(raw["macro_f1_difference"]),
            Quantity.from_json(raw["accuracy_difference"]),
            raw["p_value"],
            raw["no_worse_than"],
            raw["rows_needed"],
        )


def paired(gold: Sequence[str | None], one: Sequence[str], other: Sequence[str]) -> Comparison:
    """Compare two answers to each of n rows; rows without a label are left out.

    Source: McNemar 1947, Psychometrika 12; Efron and Tibshirani 1993, chapter 16 (paired bootstrap).
    """
    rows = [row for row, label in enumerate(gold) if label is not None]
    place: dict[str, int] = {}

    def codes(column: Sequence[str | None]) -> NDArray[np.int64]:
        return np.array([place.setdefault(str(column[row]), len(place)) for row in rows], np.int64)

    true, a, b = codes(gold), codes(one), codes(other)
    n_labels = len(place)

    def gain_f1(i: NDArray[np.int64]) -> float:
        return macro_f1(true[i], a[i], n_labels=n_labels) - macro_f1(true[i], b[i], n_labels=n_labels)

    right_a, right_b = (a == true).astype(np.int64), (b == true).astype(np.int64)
    if not rows:
        unknown = Quantity(float("nan"))
        return Comparison(0, unknown, unknown, 1.0, 1.0, None)
    f1 = bootstrap(gain_f1, n=len(rows), rng=np.random.default_rng(0))
    accuracy = bootstrap(lambda i: float((right_a[i] - right_b[i]).mean()), n=len(rows), rng=np.random.default_rng(0))
    won, lost = int((right_a > right_b).sum()), int((right_b > right_a).sum())
    return Comparison(
        len(rows), f1, accuracy, mcnemar(won, lost), max(0.0, -(f1.low or 0.0)), _rows_needed(f1, len(rows))
    )


def mcnemar(won: int, lost: int) -> float:
    """Give the two-sided chance of rows changed as unevenly as this, if both ways were as likely.

    >>> mcnemar(5, 5), round(mcnemar(10, 0), 5)
    (1.0, 0.00195)
    """
    n, k = won + lost, max(won, lost)
    if n > 1000:  # the normal approximation with continuity correction; the sum would overflow
        from math import erfc, sqrt

        return float(min(1.0, erfc(max(0.0, abs(won - lost) - 1) / sqrt(n) / sqrt(2))))
    return float(min(1.0, 2 * sum(comb(n, i) for i in range(k, n + 1)) / 2**n))


def _rows_needed(difference: Quantity, n: int) -> int | None:
    """Scale the interval's width to the difference: it shrinks with the square root of the rows."""
    if difference.value == 0 or difference.low is None or difference.high is None:
        return None
    spread = (difference.high - difference.low) / (2 * _Z)
    return int(np.ceil(n * ((_Z + _POWER_Z) * spread / abs(difference.value)) ** 2))
