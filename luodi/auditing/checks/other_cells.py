"""Label columns that sort no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.auditing.check import check
from luodi.auditing.finding import Finding
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.auditing.evidence import Evidence


@check("other_cells")
def other_cells(evidence: Evidence, /) -> Iterable[Finding]:
    """Find label columns that no check looks at: their cells hold lists, spans or numbers."""
    if evidence.passed_over:
        columns = ", ".join(evidence.passed_over)
        yield Finding(
            "note", 0.0, len(evidence.data),
            what=t("{columns}: cells that hold lists, spans or numbers are not audited", columns=columns),
            effect=t("Nothing is said of whether these labels are right; texts and other columns were looked at."),
            advice=t("Look at some of their rows yourself before a model learns from them."),
        )  # fmt: skip
