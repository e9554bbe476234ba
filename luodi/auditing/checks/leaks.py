"""Rows of the test or of validation that stand in train too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.signs.flattery import flattery
from luodi.auditing.wording import of_head, percent
from luodi.data.near import overlap
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence

#: From this share of leaked rows on, a figure may be a point too good.
_MANY = 0.01
#: So many rows are shown at most; fixes name them all.
_SHOWN = 10_000
_NAMES = {"train": "train", "validation": "validation", "test": "test"}
#: Which part must not hold the rows of which.
_SIDES = (("test", "train"), ("test", "validation"), ("validation", "train"))


@dataclass(frozen=True)
class _Shared:
    """Rows of a part that another part has too, (m,), each with such a row there, (m,), and whether it is only near."""

    rows: NDArray[np.int64]
    twins: NDArray[np.int64]
    is_near: NDArray[np.bool_]


@check("leaks")
def leaks(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows of the test and of validation that stand in train too, and tell how much they flatter the figures."""
    places = {name: place for place, name in enumerate(evidence.parts)}
    for part, other in _SIDES:
        if part in places and other in places:
            shared = _shared(evidence, places[part], places[other])
            if len(shared.rows):
                yield _finding(evidence, part, other, shared)


def _shared(evidence: Evidence, part: int, other: int) -> _Shared:
    """Find the rows of a part whose text, or one near to it, another part has."""
    n = len(evidence.data)
    rows = np.flatnonzero((evidence.part_of == part) & np.array([form != "" for form in evidence.forms]))
    theirs = np.flatnonzero(evidence.part_of == other)[::-1]
    same, near = np.full(n, -1), np.full(n, -1)
    same[evidence.exact[theirs]] = theirs  # of several the first row: the last that is written stays
    both = np.concatenate([evidence.pairs, evidence.pairs[:, ::-1]])
    both = both[same[both[:, 1]] >= 0][::-1]
    near[both[:, 0]] = same[both[:, 1]]
    text = evidence.exact[rows]
    twins = np.where(same[text] >= 0, same[text], near[text])
    found = twins >= 0
    return _Shared(rows[found], twins[found], same[text[found]] < 0)


def _finding(evidence: Evidence, part: str, other: str, shared: _Shared) -> Finding:
    n_rows = int((evidence.part_of == evidence.parts.index(part)).sum())
    n, n_near = len(shared.rows), int(shared.is_near.sum())
    share = n / n_rows
    return Finding(
        "error" if share >= _MANY and other == "train" else "warning", float(min(1.0, np.sqrt(share))), n,
        what=t("{n:,} of {total:,} rows of {part} ({share}) stand in {other} too: {exact:,} word for word, {near:,} "
               "nearly", n=n, total=n_rows, part=t(_NAMES[part]), share=percent(share), other=t(_NAMES[other]),
               exact=n - n_near, near=n_near),
        effect=_effect(evidence, part, other, shared),
        advice=t("Take the copies out of {other}, as --fix OUT --fix-leaks does, so that {part} stays what it was; or "
                 "give one file and let luodi divide it: it keeps equal and nearly equal texts on one side.",
                 other=t(_NAMES[other]), part=t(_NAMES[part])),
        suspects=tuple(_suspects(evidence, shared)),
        fixes=tuple(_fixes(evidence, part, other)),
    )  # fmt: skip


def _suspects(evidence: Evidence, shared: _Shared) -> Iterator[Suspect]:
    """Show the rows, the word for word ones first, each beside its twin."""
    order = np.argsort(shared.is_near, kind="stable")[:_SHOWN]
    for row, twin in zip(shared.rows[order].tolist(), shared.twins[order].tolist(), strict=True):
        alike = overlap(evidence.forms[row], evidence.forms[twin])
        found = t("word for word") if alike == 1 else t("{share:.0%} alike", share=alike)
        yield Suspect(row, {"twin": evidence.data.origin(twin), "found": found})


def _fixes(evidence: Evidence, part: str, other: str) -> Iterator[Fix]:
    """Drop the rows of the part that is learned from, or chosen by: the one that proves stays as it is."""
    copies = _shared(evidence, evidence.parts.index(other), evidence.parts.index(part))
    why = t("the text stands in {part} too, word for word or nearly", part=t(_NAMES[part]))
    for row, twin, is_near in zip(copies.rows.tolist(), copies.twins.tolist(), copies.is_near.tolist(), strict=True):
        yield Fix(row, "drop", why, kept=twin, sureness=0.8 if is_near else 0.95)


def _effect(evidence: Evidence, part: str, other: str, shared: _Shared) -> str:
    if other == "validation":
        return t("The model is chosen by rows that prove it later: the choice looks better than it is.")
    if part == "validation":
        return t("The model is chosen by rows that it learned by heart: training stops at the wrong moment.")
    said = t("What a model learned by heart counts as understood: the figures of the test are too good.")
    return " ".join([said, *_gains(evidence, shared)])


def _gains(evidence: Evidence, shared: _Shared) -> Iterator[str]:
    """Say of each head what the leaked rows add."""
    test = np.flatnonzero(evidence.part_of == evidence.parts.index("test"))
    for head, column in evidence.data.labels.items():
        if len({*column} - {None}) < 2:
            continue
        gain = flattery(evidence.opinion(head), test=test, leaked=shared.rows, twins=shared.twins, seed=evidence.seed)
        if gain is not None and gain.accuracy.value >= 0:  # twins with other labels do not flatter
            accuracy, macro_f1 = gain.accuracy, gain.macro_f1
            sentence = t(
                "To a model that remembers what it learned these rows are worth up to {accuracy:.1f} points of "
                "accuracy ({low:.1f} to {high:.1f}) and {macro_f1:.1f} of macro-F1.",
                accuracy=100 * accuracy.value, low=100 * (accuracy.low or 0.0), high=100 * (accuracy.high or 0.0),
                macro_f1=100 * macro_f1.value,
            )  # fmt: skip
            yield of_head(sentence, head=head, data=evidence.data)
