"""Groups of rows that a model answers worse than the others."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.signs.chance import normal_tail
from luodi.auditing.wording import of_head, percent
from luodi.language import t
from luodi.tasks.metrics import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence

#: More groups than this are customers or documents, no kinds of rows; a smaller group than this shows nothing.
_MOST_GROUPS, _FEWEST_ROWS = 30, 50
#: One audit in a hundred without a difference would find one by chance, in all groups and heads together.
_CHANCE = 0.01
#: A smaller difference is no matter, a larger one is a warning.
_LITTLE, _LARGE = 0.03, 0.10
_SHOWN = 1000


@dataclass(frozen=True)
class _Tally:
    """How many rows of each group are answered right.

    Args:
        names: the G groups.
        of: the group of each row, (n,).
        right: rows answered right, (G,).
        n: labelled rows, (G,); of equal texts one in each group.
        mistakes: the rows answered wrong.
    """

    names: Sequence[str]
    of: NDArray[np.int64]
    right: NDArray[np.int64]
    n: NDArray[np.int64]
    mistakes: NDArray[np.int64]

    def shares(self, group: int) -> tuple[float, float]:
        """Give the share answered right in a group, and in all others together."""
        others = int(self.n.sum() - self.n[group])
        return float(self.right[group] / self.n[group]), float((self.right.sum() - self.right[group]) / others)


@check("groups")
def groups(evidence: Evidence, /) -> Iterable[Finding]:
    """Find groups that are answered worse than the others, where a column divides the rows into a few (``--deep``)."""
    column = evidence.data.groups
    if column is None or not 2 <= len(names := sorted(set(column))) <= _MOST_GROUPS:
        return
    place = {name: number for number, name in enumerate(names)}
    of = np.array([place[name] for name in column], np.int64)
    for head in evidence.data.labels:
        opinion = evidence.opinion(head)
        if opinion.yardstick is None:
            continue  # nobody was asked
        known = np.flatnonzero(opinion.targets >= 0)
        _, first = np.unique(evidence.exact[known] * len(names) + of[known], return_index=True)
        judged = np.zeros(len(of), bool)
        judged[known[first]] = True  # a text over and over is no further proof
        right = judged & (opinion.probabilities.argmax(axis=1) == opinion.targets)
        n_right, n = (np.bincount(of[rows], minlength=len(names)) for rows in (right, judged))
        tally = _Tally(names, of, n_right, n, np.flatnonzero(judged & ~right))
        if worse := _worse(tally, chance=_CHANCE / len(names) / len(evidence.data.labels)):
            yield _finding(evidence, head, tally, worse)


def _worse(tally: _Tally, *, chance: float) -> list[int]:
    """Give the groups with fewer right answers than all others together, the worst first.

    Two shares are compared by their pooled standard error, one-sided; ``chance`` is already divided by the number of
    comparisons (Bonferroni).
    """
    found = []
    for group in np.flatnonzero(tally.n >= _FEWEST_ROWS).tolist():
        n, m = int(tally.n[group]), int(tally.n.sum() - tally.n[group])
        if m < _FEWEST_ROWS:
            continue
        here, there = tally.shares(group)
        pooled = int(tally.right.sum()) / (n + m)
        error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        if there - here >= _LITTLE and normal_tail((there - here) / error) <= chance:
            found.append((here - there, group))
    return [group for _, group in sorted(found)]


def _finding(evidence: Evidence, head: str, tally: _Tally, worse: Sequence[int]) -> Finding:
    group = worse[0]
    here, there = tally.shares(group)
    low, high = wilson(here, int(tally.n[group]))
    what = t("{by} answers {n_worse} of {n_groups} groups worse than the others, {group!r} worst: {here} right "
             "({low} to {high}, {n:,} different texts), the others {there}", by=evidence.opinion(head).by,
             n_worse=len(worse), n_groups=len(tally.names), group=tally.names[group], here=percent(here),
             low=percent(low), high=percent(high), n=int(tally.n[group]), there=percent(there))  # fmt: skip
    advice = t("Give that group more rows, or look whether its labels follow other rules. Measure it alone before you "
               "let a model answer it.")  # fmt: skip
    if evidence.encoder is None:
        advice += " " + t("--deep asks a pretrained encoder too, whose answer is nearer to a trained model's.")
    rank = {other: number for number, other in enumerate(worse)}
    rows = sorted(
        tally.mistakes[np.isin(tally.of[tally.mistakes], worse)].tolist(), key=lambda row: rank[int(tally.of[row])]
    )
    return Finding(
        "warning" if there - here >= _LARGE else "note", min(1.0, 2 * (there - here)), len(rows),
        what=of_head(what, head=head, data=evidence.data),
        effect=t("One figure for all rows hides it: that group gets more wrong answers than the figure says."),
        advice=advice,
        suspects=tuple(Suspect(row, {"found": tally.names[tally.of[row]]}) for row in rows[:_SHOWN]),
    )  # fmt: skip
