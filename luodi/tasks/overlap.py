"""Sets of things that should have been answered, beside those that were: hits, answers and truths, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.tasks.metrics import Counts, precision_recall_f1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Overlap:
    """Counts by row and label, each (m, K)."""

    hits: NDArray[np.float64]
    answered: NDArray[np.float64]
    true: NDArray[np.float64]

    def over(self, rows: NDArray[np.int64]) -> Counts:
        """Sum over some rows, repeats included: (K,) each."""
        return Counts(*(table[rows].sum(axis=0) for table in (self.hits, self.answered, self.true)))

    def all_together(self, rows: NDArray[np.int64]) -> tuple[float, float, float]:
        """Give precision, recall and F1 over some rows, all labels thrown together (micro)."""
        one = Counts(*(table[rows].sum(keepdims=True) for table in (self.hits, self.answered, self.true)))
        precision, recall, f1 = precision_recall_f1(one)
        return float(precision.item()), float(recall.item()), float(f1.item())


def met(true: Sequence[set[Any]], answered: Sequence[set[Any]], names: Sequence[str]) -> Overlap:
    """Count which things of m rows were met; a thing is a label, or bears one as its last member.

    >>> met([{"a", "b"}], [{"a"}], ["a", "b"]).all_together(np.array([0]))
    (1.0, 0.5, 0.6666666666666666)
    """
    place = {name: k for k, name in enumerate(names)}
    tables = [np.zeros((len(true), len(names))) for _ in range(3)]
    for row, (gold, said) in enumerate(zip(true, answered, strict=True)):
        for table, things in zip(tables, (gold & said, said, gold), strict=True):
            for one in things:
                table[row, place[one if isinstance(one, str) else one[-1]]] += 1
    return Overlap(*tables)
