"""Personal data in the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.wording import percent
from luodi.data.personal import MASKS, find_personal
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.auditing.evidence import Evidence
    from luodi.auditing.finding import Severity

#: How bad each kind is, and how bad one row of it; more rows make it worse.
_SEVERITY: dict[str, tuple[Severity, float]] = {
    "key": ("error", 0.9),
    "identity": ("error", 0.85),
    "card": ("error", 0.8),
    "phone": ("warning", 0.5),
    "email": ("warning", 0.4),
    "machine": ("note", 0.3),
}
_WHAT = {
    "key": "rows with keys or passwords of services: {n:,} ({share})",
    "identity": "rows with identity numbers: {n:,} ({share})",
    "card": "rows with numbers of bank cards: {n:,} ({share})",
    "phone": "rows with telephone numbers: {n:,} ({share})",
    "email": "rows with e-mail addresses: {n:,} ({share})",
    "machine": "rows with network addresses of machines: {n:,} ({share})",
}
_AT_ONCE = 10_000


@check("personal_data")
def personal_data(evidence: Evidence, /) -> Iterable[Finding]:
    """Find identity numbers, bank cards, telephone numbers, e-mail and machine addresses, and keys in the texts."""
    rows_of = _search(evidence)
    for kind, (severity, score) in _SEVERITY.items():
        n_of = rows_of[kind]
        if not n_of:
            continue
        rows = sorted(n_of, key=n_of.__getitem__, reverse=True)
        share = len(rows) / len(evidence.data)
        yield Finding(
            severity, score + (1 - score) * share**0.5, len(rows),
            what=t(_WHAT[kind], n=len(rows), share=percent(share)),
            effect=t("They get around with the bundle: its report shows texts, and a model can give away what it "
                     "learned by heart."),
            advice=_advice(kind),
            suspects=tuple(Suspect(row, {"found": _found(kind, n_of[row])}) for row in rows),
        )  # fmt: skip


def _search(evidence: Evidence) -> dict[str, dict[int, int]]:
    """Count the places of each kind in each row that has any."""
    texts = evidence.data.texts
    rows_of: dict[str, dict[int, int]] = {kind: {} for kind in MASKS}
    with evidence.progress.work(t("looking for personal data"), total=len(texts), unit=t("texts")) as bar:
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            for row, text in enumerate(some, start):
                for one in find_personal(text):
                    rows_of[one.kind][row] = rows_of[one.kind].get(row, 0) + 1
            bar.advance(len(some))
    return rows_of


def _found(kind: str, n: int) -> str:
    return MASKS[kind] + (f" × {n}" if n > 1 else "")


def _advice(kind: str) -> str:
    masking = t(
        'Mask them: --set "data.clean=[mask_personal]" puts {mask} in their place, in training and wherever the bundle '
        "answers.", mask=MASKS[kind],
    )  # fmt: skip
    return t("Have these keys replaced: whoever read the rows has them.") + " " + masking if kind == "key" else masking
