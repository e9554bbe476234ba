"""How far one trait of the rows gives their label away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Fewer rows show nothing.
FEWEST = 20
#: Chance of a single false alarm among all traits and labels that are tried, where the trait tells nothing.
_ALARM = 0.05
#: A label that more of all rows bear is not given away: nearly everything goes with it.
_NOT_MOST = 0.8


@dataclass(frozen=True)
class Giveaway:
    """A label that rows with a trait bear far more often than others.

    Args:
        label: the label.
        n: rows with the trait.
        precision: share of them that bear the label.
        base: share of all rows that bear it.
        coverage: share of the label's rows that have the trait.
        gain: how much of what is unknown of the label the trait tells at least, of rows that have it: 0 nothing (they
            bear it no more often than all rows do), 1 all of it.
    """

    label: str
    n: int
    precision: float
    base: float
    coverage: float
    gain: float


class Labelled:
    """The labels of one head, as traits are held against them.

    Args:
        labels: of n rows; None where a row has none.
        n_traits: so many traits will be tried; the more, the surer each has to be.
    """

    def __init__(self, labels: Sequence[str | None], *, n_traits: int) -> None:
        self.names = sorted({label for label in labels if label is not None})
        place = {label: k for k, label in enumerate(self.names)}
        self.codes = np.array([-1 if label is None else place[label] for label in labels], np.int64)
        self.counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        tried = max(1, n_traits * len(self.names))
        self.z = NormalDist().inv_cdf(1 - _ALARM / tried)

    def tell(self, has: NDArray[np.bool_], *, coverage: float) -> Giveaway | None:
        """Give the label that a trait gives away most; None where too few rows have it to tell.

        Args:
            has: which of the n rows have the trait, (n,).
            coverage: share of a label's rows that must have it for the label to count.
        """
        codes = self.codes[has]
        here = np.bincount(codes[codes >= 0], minlength=len(self.names))
        n = int(here.sum())
        if n < FEWEST or len(self.names) < 2:
            return None
        base = self.counts / self.counts.sum()
        covered = here / self.counts
        counts = (covered >= coverage) & (base <= _NOT_MOST)
        gains = np.where(counts, (lowest(here, n, z=self.z) - base) / np.maximum(1 - base, 1e-9), -1.0)
        best = int(gains.argmax())
        if gains[best] < 0:
            return None
        return Giveaway(
            self.names[best], n, float(here[best] / n), float(base[best]), float(covered[best]), float(gains[best])
        )


def lowest(k: NDArray[np.int64], n: int, *, z: float) -> NDArray[np.float64]:
    """Give the lowest share that k of n may stand for, z standard errors down.

    Source: Wilson 1927, Journal of the American Statistical Association 22.

    >>> lowest(np.array([20, 10]), 20, z=1.96).round(2).tolist()
    [0.84, 0.3]
    """
    share = k / n
    spread = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.asarray((share + z * z / (2 * n) - spread) / (1 + z * z / n), np.float64)


@dataclass(frozen=True)
class Told:
    """How well a column alone gives the label, asked of the rows that share their value with others.

    Args:
        share: of all labelled rows, those that do.
        right: share of them whose label is the most frequent one of the others of their value.
        base: share of them that bear the most frequent label of all.
        gain: how much of the way from ``base`` to always right is gone at least; 0 or less where nothing is told.
    """

    share: float
    right: float
    base: float
    gain: float


def told_by(values: Sequence[str], labels: Labelled) -> Told | None:
    """Ask for each row the other rows of its value (a customer, a file) for the label; None where too few have any."""
    known = np.flatnonzero(labels.codes >= 0).tolist()
    votes: dict[str, Counter[int]] = {}
    for row in known:
        votes.setdefault(values[row], Counter())[int(labels.codes[row])] += 1
    right, asked = 0, Counter[int]()
    for row in known:
        own, others = int(labels.codes[row]), votes[values[row]]
        if others.total() > 1:
            others[own] -= 1
            right += others.most_common(1)[0][0] == own
            others[own] += 1
            asked[own] += 1
    n = asked.total()
    if n < FEWEST or len(asked) < 2:
        return None
    base = asked.most_common(1)[0][1] / n
    least = float(lowest(np.array([right]), n, z=labels.z)[0])
    return Told(n / len(known), right / n, base, (least - base) / (1 - base))
