"""Texts that stand under several labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.wording import of_head, percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence

#: From which share of the labelled rows on it is a warning; or an error, as even the best model loses half a point.
_SOME, _MANY = 0.001, 0.01
#: So many rows are shown at most; fixes name them all.
_SHOWN = 10_000


@dataclass(frozen=True)
class _Conflict:
    """The labelled rows of one text, in order, and how often it has which label."""

    rows: tuple[int, ...]
    labels: Counter[str]

    @property
    def winner(self) -> str | None:
        """The label that it has most often; None where two have it equally often."""
        (first, most), (_, next_most) = self.labels.most_common(2)
        return first if most > next_most else None


@check("conflicts")
def conflicts(evidence: Evidence, /) -> Iterable[Finding]:
    """Find texts that stand there with different labels; width, case and white space do not count."""
    for head, column in evidence.data.labels.items():
        found = _find(evidence, column)
        if found:
            yield _finding(evidence, head, found)


def _find(evidence: Evidence, column: Sequence[str | None]) -> list[_Conflict]:
    """Gather the texts with several labels of a head, those with most rows first."""
    groups = _groups(evidence, column)
    rows_of: dict[int, list[int]] = {}
    for row in np.flatnonzero(np.isin(evidence.exact, groups)).tolist():
        if column[row] is not None:
            rows_of.setdefault(int(evidence.exact[row]), []).append(row)
    found = [_Conflict(tuple(rows), Counter(str(column[row]) for row in rows)) for rows in rows_of.values()]
    return sorted(found, key=lambda one: -len(one.rows))


def _groups(evidence: Evidence, column: Sequence[str | None]) -> NDArray[np.int64]:
    """Give the numbers of the texts with several labels; blank texts are another check's."""
    codes: dict[str, int] = {}
    pairs = {
        (group, codes.setdefault(label, len(codes)))
        for group, form, label in zip(evidence.exact.tolist(), evidence.forms, column, strict=True)
        if form and label is not None
    }
    groups, counts = np.unique([group for group, _ in pairs], return_counts=True)
    return groups[counts > 1].astype(np.int64)


def _finding(evidence: Evidence, head: str, found: Sequence[_Conflict]) -> Finding:
    data = evidence.data
    n = sum(len(one.rows) for one in found)
    least = sum(len(one.rows) - max(one.labels.values()) for one in found)
    share = n / sum(label is not None for label in data.labels[head])
    what = t("texts that stand there with different labels: {n_texts:,}, in {n:,} rows ({share})",
             n_texts=len(found), n=n, share=percent(share))  # fmt: skip
    return Finding(
        "error" if share >= _MANY else "warning" if share >= _SOME else "note",
        float(min(1.0, np.sqrt(10 * share))), n,
        what=of_head(what, head=head, data=data),
        effect=t("One text gets one answer: at least {least:,} of these rows count as mistakes, however good the model "
                 "is, and in training they pull it both ways.", least=least),
        advice=t("Decide which label is right. If both are, the labels overlap: merge them, or say in writing what "
                 "tells them apart. --fix-labels 0.6 gives a text the label that more than six in ten of its rows "
                 "have."),
        suspects=tuple(_suspects(evidence, head, found))[:_SHOWN],
        fixes=tuple(fix for one in found for fix in _fixes(data.labels[head], head, one)),
    )  # fmt: skip


def _suspects(evidence: Evidence, head: str, found: Sequence[_Conflict]) -> Iterator[Suspect]:
    data, column = evidence.data, evidence.data.labels[head]
    for one in found:
        first = {label: row for row in reversed(one.rows) if (label := column[row]) is not None}
        for row in one.rows:
            others = [(label, n) for label, n in one.labels.most_common() if label != column[row]]
            facts = {
                "found": ", ".join(f"{label!r} x {n}" for label, n in others[:5]),
                "twin": data.origin(first[others[0][0]]),
            }
            if one.winner is not None and one.winner != column[row]:
                facts["proposed"] = one.winner
            yield Suspect(row, facts)


def _fixes(column: Sequence[str | None], head: str, one: _Conflict) -> Iterator[Fix]:
    if (winner := one.winner) is None:
        why = t("the text stands there with several labels, none of them more often than the others")
        yield from (Fix(row, "drop", why, head=head, sureness=0.5) for row in one.rows)
        return
    why = t("the text has the label {label!r} more often", label=winner)
    sureness = one.labels[winner] / len(one.rows)
    for row in one.rows:
        if column[row] != winner:
            yield Fix(row, "label", why, head=head, label=winner, sureness=sureness)
