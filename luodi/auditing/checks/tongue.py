"""Texts in another language than nearly all others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.signs.foreign import at_home, has_words, script_of, strangeness
from luodi.auditing.wording import percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from luodi.auditing.evidence import Evidence

#: From this share of rows on it is a warning.
_MANY = 0.01
#: In larger sets so many rows, drawn, are looked at.
_LOOKED_AT = 50_000
#: So many rows are listed, so many scripts named.
_LISTED, _NAMED = 1000, 4
#: Scripts as a reader calls them; others go by the name that Unicode gives them.
_NAMES = {
    "CJK": "Chinese signs",
    "KANA": "Japanese",
    "HANGUL": "Korean",
    "LATIN": "Latin letters",
    "CYRILLIC": "Cyrillic letters",
    "ARABIC": "Arabic letters",
}


@check("foreign_texts")
def foreign_texts(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows in another script, or of the same letters in another language, than nearly all others."""
    texts = evidence.data.texts
    rows: Sequence[int] = range(len(texts))
    if len(texts) > _LOOKED_AT:
        rows = np.sort(np.random.default_rng(evidence.seed).choice(len(texts), _LOOKED_AT, replace=False)).tolist()
    scripts = [script_of(texts[row]) for row in rows]
    home = at_home(scripts)
    written = {row: name for row, name in zip(rows, scripts, strict=True) if name is not None and name not in home}
    if written:
        yield _of_script(written, n_looked_at=len(rows))
    for name in sorted(filter(has_words, home)):
        same = [row for row, other in zip(rows, scripts, strict=True) if other == name]
        strange = [
            row for row, is_strange in zip(same, strangeness([texts[row] for row in same]), strict=True) if is_strange
        ]
        if strange:
            yield _of_words(strange, n_looked_at=len(rows))


def _of_script(written: Mapping[int, str], *, n_looked_at: int) -> Finding:
    counts = Counter(written.values()).most_common(_NAMED)
    what = t(
        "rows in another script than the rest: {n:,} of {total:,} ({share}); {shown}",
        n=len(written), total=n_looked_at, share=percent(len(written) / n_looked_at),
        shown=", ".join(f"{_called(name)} ({n:,})" for name, n in counts),
    )  # fmt: skip
    return _finding(what, [Suspect(row, {"found": _called(name)}) for row, name in written.items()], n_looked_at)


def _of_words(rows: Sequence[int], *, n_looked_at: int) -> Finding:
    what = t(
        "rows that seem to be in another language than the rest, with hardly a word in common: {n:,} of {total:,} "
        "({share})",
        n=len(rows), total=n_looked_at, share=percent(len(rows) / n_looked_at),
    )  # fmt: skip
    return _finding(what, [Suspect(row) for row in rows], n_looked_at)


def _finding(what: str, suspects: Sequence[Suspect], n_looked_at: int) -> Finding:
    share = len(suspects) / n_looked_at
    return Finding(
        "warning" if share >= _MANY else "note", min(1.0, share**0.5), len(suspects), what,
        effect=t("The model meets too few of them to learn them: what it answers there is a guess."),
        advice=t("If such texts will come in service, collect more of them; if not, delete these rows."),
        suspects=tuple(suspects[:_LISTED]),
    )  # fmt: skip


def _called(name: str) -> str:
    return t(_NAMES[name]) if name in _NAMES else name.title()
