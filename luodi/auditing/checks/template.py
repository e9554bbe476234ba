"""Wording that no writer chose: boilerplate around a text, or in its place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.signs.frames import Frame, find_frames
from luodi.auditing.wording import percent
from luodi.data import mask_personal
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.auditing.evidence import Evidence

#: From this share of rows on it is a warning.
_MANY = 0.05
#: Where one label has so much of a frame's rows, and has at most so much of all rows, the frame gives the label away.
_ONE_LABEL, _NOT_MOST = 0.95, 0.8
#: More frames than these are too many to read of.
_MOST = 8
#: So many rows of a frame are listed; so much of its wording is shown.
_LISTED, _SHOWN = 1000, 60

_WHAT = {
    "beginning": "{n:,} rows ({share}) begin with the same words, numbers aside: “{wording}”",
    "end": "{n:,} rows ({share}) end with the same words, numbers aside: “{wording}”",
    "line": "{n:,} rows ({share}) hold the same line, numbers aside: “{wording}”",
    "whole": "{n:,} rows ({share}) are one and the same text, numbers aside: “{wording}”",
}


@check("template_texts")
def template_texts(evidence: Evidence, /) -> Iterable[Finding]:
    """Find boilerplate: the same beginning, end or line in many rows, or texts that are equal but for their numbers."""
    for frame in find_frames(evidence.data.texts, seed=evidence.seed)[:_MOST]:
        yield _finding(frame, evidence)


def _finding(frame: Frame, evidence: Evidence) -> Finding:
    n, share = len(frame.rows), len(frame.rows) / len(evidence.data)
    given_away = _given_away(frame, evidence)
    wording = mask_personal(frame.text)
    wording = wording if len(wording) <= _SHOWN else wording[:_SHOWN] + " …"
    what = t(_WHAT[frame.place], n=n, share=percent(share), wording=wording.replace("\n", " "))
    for label, part in given_away:
        what += t("; {part:.0%} of them bear the label {label!r}", part=part, label=label)
    if frame.place == "whole":
        effect = t("They weigh {n:,} times in training for one text that is learned, and flatter the test.", n=n)
        advice = t("If nobody wrote them (a default, a heading, an automatic reply), delete them: a rule answers them "
                   "better than a model.")  # fmt: skip
    else:
        effect = _effect(frame, evidence, is_given_away=bool(given_away))
        advice = t("Cut these words off, in the rows to learn from and in service alike; or leave the rows out if they "
                   "are no texts of the kind that the model is for.")  # fmt: skip
    return Finding(
        "warning" if share >= _MANY or given_away else "note", min(1.0, share**0.5), n, what, effect, advice,
        tuple(Suspect(row) for row in frame.rows[:_LISTED]), _fixes(frame, evidence),
    )  # fmt: skip


def _effect(frame: Frame, evidence: Evidence, *, is_given_away: bool) -> str:
    if is_given_away:
        return t("The model learns these words in place of the content: it looks good here, and errs where they come "
                 "with another label or not at all.")  # fmt: skip
    part = len(frame.text) * len(frame.rows) / sum(len(evidence.data.texts[row]) for row in frame.rows)
    return t("They tell nothing of the label, and take up {part:.0%} of those texts: that counts where texts are cut.",
             part=min(part, 1.0))  # fmt: skip


def _fixes(frame: Frame, evidence: Evidence) -> tuple[Fix, ...]:
    if frame.place != "whole":
        return ()
    kept, *others = frame.rows
    why = t("the same text, numbers aside, stands in {origin}", origin=evidence.data.origin(kept))
    return tuple(Fix(row, "drop", why, kept=kept) for row in others)


def _given_away(frame: Frame, evidence: Evidence) -> list[tuple[str, float]]:
    """Give for each head the label that nearly all rows of the frame bear, though not nearly all rows do; its share."""
    found = []
    for column in evidence.data.labels.values():
        everywhere = Counter(cell for cell in column if cell is not None)
        here = Counter(cell for row in frame.rows if (cell := column[row]) is not None)
        for label, n in here.most_common(1):
            if n >= _ONE_LABEL * here.total() and everywhere[label] <= _NOT_MOST * everywhere.total():
                found.append((label, n / here.total()))
    return found
