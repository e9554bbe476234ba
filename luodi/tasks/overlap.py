"""Sets of things that should have been answered, beside those that were: hits, answers and truths, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.tasks.judgement import Judgement, labelled_rows
from luodi.tasks.metrics import Counts, by_label, macro_of, precision_recall_f1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Things:
    """Things of m rows, one after the other: for each its row, and the place of its label among K; (t,) each."""

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]

    def count(self, weights: NDArray[np.int64], n_labels: int) -> NDArray[np.float64]:
        """Count them by label, each as often as its row: (m,) -> (K,)."""
        return np.asarray(np.bincount(self.labels, weights=weights[self.rows], minlength=n_labels), np.float64)


@dataclass(frozen=True)
class Overlap:
    """What was met, answered and true in m rows, over K labels."""

    hits: Things
    answered: Things
    true: Things
    n_rows: int
    n_labels: int

    def over(self, rows: NDArray[np.int64]) -> Counts:
        """Count over some rows, repeats included: (K,) each."""
        weights = np.bincount(rows, minlength=self.n_rows)
        return Counts(*(one.count(weights, self.n_labels) for one in (self.hits, self.answered, self.true)))

    def all_together(self, rows: NDArray[np.int64]) -> tuple[float, float, float]:
        """Give precision, recall and F1 over some rows, all labels thrown together (micro)."""
        weights = np.bincount(rows, minlength=self.n_rows)
        sums = (weights[one.rows].sum(keepdims=True) for one in (self.hits, self.answered, self.true))
        precision, recall, f1 = precision_recall_f1(Counts(*(one.astype(np.float64) for one in sums)))
        return float(precision.item()), float(recall.item()), float(f1.item())


def judge_sets(
    gold: Sequence[str | None], said: Sequence[str], *, read: Callable[[str], Iterable[Any]], labels: Sequence[str],
    together: str,
) -> tuple[Judgement, list[set[Any]], list[set[Any]]]:  # fmt: skip
    """Judge answers that are sets of things: a thing is met exactly or not, an answer is right if all things are.

    Args:
        gold: n cells.
        said: n answers, as cells.
        read: gives the things in a cell: labels, or tuples that end in one.
        labels: those of the head; others that are met stand behind them.
        together: the first word of the metrics over all labels together (``micro`` gives ``micro_f1`` ...).

    Returns:
        The judgement, without confusions, and of the rows that have a cell what is true and what was answered.
    """
    rows = labelled_rows(gold)
    true = [set(read(str(gold[row]))) for row in rows]
    answered = [set(read(said[row])) for row in rows]
    names = (*labels, *sorted({_label(one) for some in (*true, *answered) for one in some} - set(labels)))
    counts = met(true, answered, names)
    scores: dict[str, Callable[[NDArray[np.int64]], float]] = {"macro_f1": lambda i: macro_of(counts.over(i))}
    for place, metric in enumerate(("precision", "recall", "f1")):
        scores[f"{together}_{metric}"] = partial(_part, counts, place)
    right = np.array([one == other for one, other in zip(true, answered, strict=True)], bool)
    return Judgement(rows, right, scores, by_label(names, counts.over(np.arange(len(rows))))), true, answered


def _part(counts: Overlap, place: int, rows: NDArray[np.int64]) -> float:
    return counts.all_together(rows)[place]


def _label(thing: Any) -> str:
    return str(thing if isinstance(thing, str) else thing[-1])


def met(true: Sequence[set[Any]], answered: Sequence[set[Any]], names: Sequence[str]) -> Overlap:
    """Count which things of m rows were met; a thing is a label, or bears one as its last member.

    >>> met([{"a", "b"}], [{"a"}], ["a", "b"]).all_together(np.array([0]))
    (1.0, 0.5, 0.6666666666666666)
    """
    place = {name: k for k, name in enumerate(names)}
    hits = [gold & said for gold, said in zip(true, answered, strict=True)]
    return Overlap(
        _things(hits, place), _things(answered, place), _things(true, place), n_rows=len(true), n_labels=len(names)
    )


def _things(rows: Sequence[set[Any]], place: dict[str, int]) -> Things:
    pairs = [(row, place[_label(one)]) for row, some in enumerate(rows) for one in some]
    flat = np.array(pairs, np.int64).reshape(-1, 2)
    return Things(flat[:, 0], flat[:, 1])
