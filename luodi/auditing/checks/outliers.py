"""Rows that are out of place: unlike the rows of every label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.wording import percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence

#: A row is out of place where it is at most this as like to its nearest label as half of the rows of like length are.
#: On four clean sets 0 to 2 rows in 1,000 lie below, of planted random keys and foreign languages almost all.
_FAR = 0.25
#: Fewer rows than this do not tell what is usual; rows of like length are compared in parts of at least so many.
_FEWEST, _PART, _MOST_PARTS = 200, 100, 20
#: From this share of the rows on it is a warning.
_MANY = 0.02
_SHOWN = 1000


@check("outliers")
def outliers(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows whose words and characters are like those of no label: random keys, other topics, other languages."""
    data = evidence.data
    if not data.labels:
        return
    opinion = evidence.opinion(next(iter(data.labels)))
    if opinion.likeness is None:
        return
    filled = np.flatnonzero([bool(form) for form in evidence.forms])  # blank texts are another check's
    if len(filled) < _FEWEST:
        return
    lengths = np.array([len(evidence.forms[row]) for row in filled])
    ratio = np.ones(len(data))
    ratio[filled] = _beside_usual(opinion.likeness[filled], lengths)
    rows = np.flatnonzero(ratio <= _FAR)
    if len(rows):
        share = len(rows) / len(filled)
        rows = rows[np.argsort(ratio[rows], kind="stable")]
        yield Finding(
            "warning" if share >= _MANY else "note", float(min(1.0, np.sqrt(share))), len(rows),
            what=t("rows that are like the rows of no label: {n:,} ({share})", n=len(rows), share=percent(share)),
            effect=t("A model learns nothing from a row of its kind alone. If such rows will come when the model is at "
                     "work, it answers them by chance, and often surely."),
            advice=t("Look at them: drop what does not belong there (random keys, tests, other topics). If such texts "
                     "will come, give them a label of their own, and enough rows."),
            suspects=tuple(Suspect(row, {"likeness": round(float(ratio[row]), 2)}) for row in rows[:_SHOWN].tolist()),
        )  # fmt: skip


def _beside_usual(likeness: NDArray[np.float32], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide each row's likeness by the median of rows of like length, (n,): short texts are less like anything."""
    ratio = np.ones(len(likeness))
    for part in np.array_split(np.argsort(lengths, kind="stable"), min(_MOST_PARTS, len(likeness) // _PART)):
        usual = float(np.median(likeness[part]))
        if usual > 0:
            ratio[part] = likeness[part] / usual
    return ratio
