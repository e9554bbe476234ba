"""How long the texts are, and what of them a model would read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.signs.reach import READ, Reach, reach_of
from luodi.auditing.wording import percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence

#: Texts of so few letters and digits are very short; beyond this share of the rows that is their nature.
_SHORT, _BY_NATURE = 2, 0.2
#: Texts of so many characters, and of so many times the median, are very long.
_LONG, _TIMES = 2000, 20
#: From this share of cut rows on it is noted, and from this one on it is a warning.
_SOME, _MANY = 0.01, 0.1
#: Limits that may be proposed in the place of the usual one, and the share of cut rows that suffices.
_PROPOSED = (256, 512)
#: So many rows are listed.
_LISTED = 1000
_LETTER = re.compile(r"[^\W_]")


@check("lengths")
def lengths(evidence: Evidence, /) -> Iterable[Finding]:
    """Tell how long the texts are, which are very short or very long, and what of them the model would cut off."""
    texts = evidence.data.texts
    if not texts:
        return
    characters = np.fromiter(map(len, texts), np.int64, len(texts))
    yield _spread(characters)
    short = [
        row
        for row in np.flatnonzero(characters < 3 * _SHORT).tolist()
        if 0 < len(_LETTER.findall(texts[row])) <= _SHORT
    ]
    if 0 < len(short) < _BY_NATURE * len(texts):
        yield _of_short(short, len(texts))
    long = np.flatnonzero(characters > max(_LONG, _TIMES * float(np.median(characters))))
    if len(long):
        yield _of_long(long[np.argsort(-characters[long], kind="stable")], characters)
    reach = reach_of(evidence.data, model=evidence.encoder, seed=evidence.seed)
    if reach.cut(READ) > _SOME:
        yield _of_cut(reach, n_rows=len(texts))


def _spread(characters: NDArray[np.int64]) -> Finding:
    longest = int(characters.argmax())
    median, nearly_all = (int(np.quantile(characters, q, method="lower")) for q in (0.5, 0.99))
    return Finding(
        "note", 0.0, 1,
        what=t("half of the texts have up to {median:,} characters, 99 % up to {nearly_all:,}, the longest {longest:,}",
               median=median, nearly_all=nearly_all, longest=int(characters[longest])),
        effect=t("The longer the texts, the longer training and every answer take."),
        advice=t("Nothing need be done where the texts in service will be about as long."),
        suspects=(Suspect(longest, {"characters": int(characters[longest])}),),
    )  # fmt: skip


def _of_short(rows: Sequence[int], n_rows: int) -> Finding:
    share = len(rows) / n_rows
    return Finding(
        "note", share, len(rows),
        what=t("rows of one or two letters or signs: {n:,} ({share})", n=len(rows), share=percent(share)),
        effect=t("There is little in them to tell a label by, and one wrong label among them sways the model."),
        advice=t("Look whether they were cut off, or mean nothing by themselves; delete those."),
        suspects=tuple(Suspect(row) for row in rows[:_LISTED]),
    )  # fmt: skip


def _of_long(rows: NDArray[np.int64], characters: NDArray[np.int64]) -> Finding:
    n, share = len(rows), len(rows) / len(characters)
    return Finding(
        "note", min(1.0, share**0.5), n,
        what=t("rows that are far longer than the rest: {n:,} ({share}), over {limit:,} characters, up to "
               "{longest:,}",
               n=n, share=percent(share), limit=int(characters[rows].min()) - 1, longest=int(characters[rows[0]])),
        effect=t("The model reads their beginning only; if an unclosed quote ran rows together, labels are lost too."),
        advice=t("Look at them: close the quote where rows ran together; shorten what is no part of the text."),
        suspects=tuple(Suspect(int(row), {"characters": int(characters[row])}) for row in rows[:_LISTED]),
    )  # fmt: skip


def _of_cut(reach: Reach, *, n_rows: int) -> Finding:
    share = reach.cut(READ)
    wider = next((limit for limit in _PROPOSED if reach.cut(limit) <= share / 2), _PROPOSED[-1])
    longest_first = np.argsort(-reach.tokens, kind="stable")
    long = [place for place in longest_first[:_LISTED] if reach.tokens[place] > READ]
    how = t("counted on {m:,} rows", m=len(reach.rows)) if reach.is_counted else t(
        "reckoned from the characters, as the package of the model is not installed"
    )  # fmt: skip
    return Finding(
        "warning" if share >= _MANY else "note", min(0.9, share * reach.lost(READ) ** 0.5), round(share * n_rows),
        what=t("about {share} of the texts are longer than the {limit} tokens that {model} reads unless told "
               "otherwise; of these {lost:.0%} is cut off on average ({how})",
               share=percent(share), limit=READ, model=reach.model, lost=reach.lost(READ), how=how),
        effect=t("What stands behind the cut is never seen, neither in training nor in service; where it decides the "
                 "label, the model guesses."),
        advice=t("--set max_tokens={wider} cuts {rest:.0%} of the texts; training and every answer then take about "
                 "{price:.1f} times as long. Where the beginning tells the label, leave it.",
                 wider=wider, rest=reach.cut(wider), price=reach.price(wider)),
        suspects=tuple(Suspect(int(reach.rows[place]), {"tokens": int(reach.tokens[place])}) for place in long),
    )  # fmt: skip
