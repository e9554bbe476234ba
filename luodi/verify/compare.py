"""Holds two sets of answers to the same rows against each other, and says what the difference is worth."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.budget import Quantity
from luodi.tasks.judgement import gain
from luodi.tasks.metrics import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.tasks import Head
    from luodi.tasks.judgement import Judgement

_Z = 1.959963984540054  # two-sided 95 %
_POWER_Z = 0.8416212335729143  # a difference is found in four of five tries


@dataclass(frozen=True)
class Comparison:
    """How much better one set of answers is than another, on the same rows.

    Args:
        n: rows with a label.
        metric: the name of the head's main metric.
        gain: its difference, first minus second, with a paired 95 % interval.
        accuracy: the same of accuracy.
        p_value: chance of a difference in accuracy as large if there were none (McNemar, exact).
        no_worse_than: the first is, at 97.5 % confidence, no worse than the second by more than this, in its metric
            and in accuracy.
        rows_needed: about how many rows would show the gain that was seen; None where none was.
    """

    n: int
    metric: str
    gain: Quantity
    accuracy: Quantity
    p_value: float
    no_worse_than: float
    rows_needed: int | None

    def to_json(self) -> dict[str, Any]:
        """Give one value of ``heads`` in the contract of ``compare``."""
        return {
            "metric": self.metric,
            f"{self.metric}_difference": self.gain.to_json(),
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
            raw["metric"],
            Quantity.from_json(raw[f"{raw['metric']}_difference"]),
            Quantity.from_json(raw["accuracy_difference"]),
            raw["p_value"],
            raw["no_worse_than"],
            raw["rows_needed"],
        )


def paired(head: Head, mine: Judgement, theirs: Judgement) -> Comparison:
    """Compare what two sets of answers of a head to the same n rows are worth; rows without a label are left out.

    Source: McNemar 1947, Psychometrika 12; Efron and Tibshirani 1993, chapter 16 (paired bootstrap).
    """
    metric = head.main_metric
    n = len(mine.rows)
    if n == 0:
        unknown = Quantity(float("nan"))
        return Comparison(0, metric, unknown, unknown, 1.0, 1.0, None)
    better = gain(mine, theirs, metric=metric)
    difference = mine.right.astype(np.int64) - theirs.right
    accuracy = bootstrap(lambda i: float(difference[i].mean()), n=n, rng=np.random.default_rng(0))
    p_value = mcnemar(int((difference > 0).sum()), int((difference < 0).sum()))
    lost, won = int((difference < 0).sum()), int((difference > 0).sum())
    no_worse_than = max(0.0, -(better.low or 0.0), -matched_low(won, lost, n=n))
    return Comparison(n, metric, better, accuracy, p_value, no_worse_than, _rows_needed(better, n))


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


def matched_low(won: int, lost: int, *, n: int) -> float:
    """Give the lower end of the 95 % interval of a difference in accuracy on the same n rows.

    Half a row is added to each of the four counts: where few rows tell the two apart a bootstrap is too sure, and where
    none does it knows no doubt at all.

    >>> round(matched_low(0, 0, n=20), 3), round(matched_low(0, 0, n=2000), 4), round(matched_low(10, 10, n=1000), 4)
    (-0.089, -0.001, -0.009)

    Source: Agresti and Min 2005, Statistics in Medicine 24, 729-740.
    """
    n_more, won_more, lost_more = n + 2, won + 0.5, lost + 0.5
    gap = (won_more - lost_more) / n_more
    spread = np.sqrt((won_more + lost_more) - (won_more - lost_more) ** 2 / n_more) / n_more
    return float(gap - _Z * spread)


def rows_to_show(found: Comparison, *, margin: float) -> int | None:
    """Give about how many rows would show that the first is no worse than the second by more than a margin.

    The doubt that is left shrinks with the square root of the rows.

    Returns:
        The number; None where it is shown already, or the first lies below by the margin or more.
    """
    if found.no_worse_than <= margin or not found.gain.value > -margin:
        return None
    doubt = found.gain.value + found.no_worse_than  # as far as the interval reaches down, 1.96 standard errors
    return int(np.ceil(found.n * ((_Z + _POWER_Z) / _Z * doubt / (found.gain.value + margin)) ** 2))


def _rows_needed(difference: Quantity, n: int) -> int | None:
    """Scale the interval's width to the difference: it shrinks with the square root of the rows."""
    if difference.value == 0 or difference.low is None or difference.high is None:
        return None
    spread = (difference.high - difference.low) / (2 * _Z)
    return int(np.ceil(n * ((_Z + _POWER_Z) * spread / abs(difference.value)) ** 2))
