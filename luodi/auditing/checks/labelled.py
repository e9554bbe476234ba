"""The share of rows that have a label, and whether there is more than one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.wording import of_head, percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.auditing.evidence import Evidence

#: From this share of unlabelled rows on it is a warning.
_MANY = 0.2
_SHOWN = 10_000


@check("one_label")
def one_label(evidence: Evidence, /) -> Iterable[Finding]:
    """Find label columns that hold one label only, or none."""
    for head, column in evidence.data.labels.items():
        labels = Counter(label for label in column if label is not None)
        if len(labels) > 1 or not len(column):
            continue
        if labels:
            (label, n), *_ = labels.items()
            what = t("all {n:,} labelled rows have the label {label!r}", n=n, label=label)
        else:
            what = t("no row has a label")
        yield Finding(
            "error", 1.0, labels.total() or len(column), what=of_head(what, head=head, data=evidence.data),
            effect=t("There is nothing to tell apart: no model can be built."),
            advice=t("Name the right column with --label, or add rows of another label (luodi label helps)."),
        )  # fmt: skip


@check("unlabelled")
def unlabelled(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows without a label."""
    for head, column in evidence.data.labels.items():
        rows = [row for row, label in enumerate(column) if label is None]
        n, share = len(rows), len(rows) / max(1, len(column))
        if rows and n < len(column):
            what = t("rows without a label: {n:,} ({share})", n=n, share=percent(share))
            yield Finding(
                "warning" if share >= _MANY else "note", float(np.sqrt(share)) / 2, n,
                what=of_head(what, head=head, data=evidence.data),
                effect=t("They are left out of training and of every figure."),
                advice=t("If labels went missing on the way, read the file again. luodi label helps to add them."),
                suspects=tuple(Suspect(row) for row in rows[:_SHOWN]),
            )  # fmt: skip
