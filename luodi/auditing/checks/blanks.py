"""Texts that say nothing."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.wording import percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from luodi.auditing.evidence import Evidence

#: From this share on it is a warning.
_MANY = 0.01
#: Letters and digits; the four fillers are letters of Korean by name that nobody can see.
_WORDLIKE = re.compile(r"[^\W_\u115f\u1160\u3164\uffa0]")
#: Signs with a shape of their own that Unicode counts among symbols or letters, and that show nothing.
_UNSEEN = frozenset("\u2800\u115f\u1160\u3164\uffa0")


@check("blank_texts")
def blank_texts(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows without a text, with invisible signs only, with punctuation only, with emoji only."""
    empty: list[int] = []
    bare: list[int] = []
    pictures: list[int] = []
    rows_of = {"": empty, "P": bare, "S": pictures}
    for row, text in enumerate(evidence.data.texts):
        if not _WORDLIKE.search(text):
            rows_of[_kind(text)].append(row)
    n = len(evidence.data)
    if empty:
        yield _of_empty(empty, n)
    if bare:
        yield _of_bare(bare, n)
    if pictures:
        yield _of_pictures(pictures, n)


def _kind(text: str) -> str:
    """Tell what a text without letters and digits holds: ``""`` nothing to see, ``P`` punctuation, ``S`` pictures."""
    kinds = {unicodedata.category(sign) for sign in set(text) - _UNSEEN}
    if "So" in kinds:
        return "S"
    return "P" if any(kind[0] not in "CZ" or kind == "Co" for kind in kinds) else ""


def _of_empty(rows: Sequence[int], n: int) -> Finding:
    share = len(rows) / n
    return Finding(
        "warning" if share >= _MANY else "note", min(1.0, share * 5), len(rows),
        what=t("rows without a text: {n:,} ({share}); the cell is empty, or holds only white space or invisible "
               "signs",
               n=len(rows), share=percent(share)),
        effect=t("Nothing can be learned from them; luodi build leaves them out. Where they are many, the wrong column "
                 "may have been read."),
        advice=t("Drop them: --fix does. If the text stands in another column, name it with --text."),
        suspects=tuple(Suspect(row) for row in rows),
        fixes=tuple(Fix(row, "drop", t("there is no text"), is_safe=True) for row in rows),
    )  # fmt: skip


def _of_bare(rows: Sequence[int], n: int) -> Finding:
    share = len(rows) / n
    return Finding(
        "warning" if share >= _MANY else "note", min(1.0, share * 3), len(rows),
        what=t("rows of nothing but punctuation: {n:,} ({share})", n=len(rows), share=percent(share)),
        effect=t("They teach the model a label for a full stop; whatever it answers there is a guess."),
        advice=t("Look at them and delete those that mean nothing."),
        suspects=tuple(Suspect(row) for row in rows),
        fixes=tuple(Fix(row, "drop", t("the text is nothing but punctuation")) for row in rows),
    )  # fmt: skip


def _of_pictures(rows: Sequence[int], n: int) -> Finding:
    return Finding(
        "note", min(1.0, len(rows) / n), len(rows),
        what=t("rows of nothing but emoji or other small pictures: {n:,} ({share})", n=len(rows),
               share=percent(len(rows) / n)),
        effect=t("They may mean something, but a model knows few emoji and sees all others as the same unknown sign."),
        advice=t("Keep them where they carry the label; otherwise delete them."),
        suspects=tuple(Suspect(row) for row in rows),
    )  # fmt: skip
