"""Wording that no writer chose: boilerplate around a text, or in its place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect, masked, personal_values
from luodi.auditing.signs.frames import Frame, find_frames
from luodi.auditing.signs.giveaway import FEWEST, lowest
from luodi.auditing.wording import percent
from luodi.data import find_personal
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.auditing.evidence import Evidence

#: From this share of rows on it is a warning.
_MANY = 0.05
#: Where one label has so much of a frame's rows, and has at most so much of all rows, the frame gives the label away;
#: enough of its rows must be labelled, and the label more frequent among them than chance makes it (one-sided 99 %).
_ONE_LABEL, _NOT_MOST, _Z = 0.95, 0.8, 2.3263478740408408
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
    wording = _wording(frame, evidence.data.texts[frame.rows[0]])
    what = t(_WHAT[frame.place], n=n, share=percent(share), wording=wording)
    for head, label, part in given_away:
        what += (
            t("; {part:.0%} of them bear the label {label!r}", part=part, label=label)
            if len(evidence.data.labels) == 1
            else t(
                "; {part:.0%} of them bear the label {label!r} in the column {head!r}",
                part=part,
                label=label,
                head=head,
            )
        )
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


def _wording(frame: Frame, text: str) -> str:
    """Show the wording that was cut out of a text, its personal data masked whole, wherever the cut went."""
    start = text.rfind(frame.text) if frame.place == "end" else text.find(frame.text)
    end = start + len(frame.text)
    for one in find_personal(text):
        if one.start < end and start < one.end:
            start, end = min(start, one.start), max(end, one.end)
    wording = masked(text[start:end], personal_values(text)).replace("\n", " ")
    return wording if len(wording) <= _SHOWN else wording[:_SHOWN] + " …"


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


def _given_away(frame: Frame, evidence: Evidence) -> list[tuple[str, str, float]]:
    """Give the heads of which nearly all rows of the frame bear one label, though not nearly all rows do: its share."""
    found = []
    for head, column in evidence.data.labels.items():
        everywhere = Counter(cell for cell in column if cell is not None)
        here = Counter(cell for row in frame.rows if (cell := column[row]) is not None)
        for label, n in here.most_common(1):
            total, base = here.total(), everywhere[label] / everywhere.total()
            is_no_chance = total >= FEWEST and lowest(np.array([n]), total, z=_Z)[0] > base
            if n >= _ONE_LABEL * total and base <= _NOT_MOST and is_no_chance:
                found.append((head, label, n / total))
    return found
