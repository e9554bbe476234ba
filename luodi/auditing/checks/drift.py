"""Drift: what changes from the oldest rows to the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.signs.chance import association, normal_tail, rank_difference
from luodi.auditing.signs.newness import Newness, newness
from luodi.auditing.signs.periods import Periods, periods_of
from luodi.auditing.wording import listed, of_head, percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence

#: One audit in a hundred of rows without drift would find some by chance, in all tests together.
_CHANCE = 0.01
#: A weaker link between time and label (Cramer's V) is no matter, a stronger one is a warning.
_WEAK, _STRONG = 0.1, 0.2
#: How many times as long as in another period texts are, and the share of the order that time explains.
_LONGER, _MUCH_LONGER, _EXPLAINED = 1.3, 2.0, 0.01
#: How many times more of the newest texts is new than chance explains, and by what share.
_NEWER, _NEW = 1.25, 0.005
_SHOWN = 1000


@check("drift")
def drift(evidence: Evidence, /) -> Iterable[Finding]:
    """Find what changes over time: the shares of the labels, the lengths of the texts, what they speak of."""
    periods = periods_of(evidence.data.times) if evidence.data.times is not None else None
    if periods is None:
        return
    chance = _CHANCE / (len(evidence.data.labels) + 2)  # Bonferroni: as many tests as follow
    for head in evidence.data.labels:
        yield from _labels(evidence, periods, head, chance)
    yield from _lengths(evidence, periods, chance)
    yield from _vocabulary(evidence, periods, chance)


def _labels(evidence: Evidence, periods: Periods, head: str, chance: float) -> Iterator[Finding]:
    column = evidence.data.labels[head]
    names = sorted({label for label in column if label is not None})
    place = {label: i for i, label in enumerate(names)}
    codes = np.array([place[label] if label is not None else -1 for label in column], np.int64)
    counted = (codes >= 0) & (periods.of >= 0)
    cells = periods.of[counted] * len(names) + codes[counted]
    table = np.bincount(cells, minlength=len(periods) * len(names)).reshape(len(periods), len(names))
    if len(names) < 2 or table.sum(1).min() == 0:
        return
    strength, by_chance = association(table)
    if strength < _WEAK or by_chance > chance:
        return
    shares = table / table.sum(1, keepdims=True)  # (periods, labels)
    label = int((shares.max(0) - shares.min(0)).argmax())
    one, other = sorted((int(shares[:, label].argmin()), int(shares[:, label].argmax())))
    what = t("the shares of the labels change over time, most of all {label!r}: {before} of the rows of {one}, {after} "
             "of those of {other}", label=names[label], before=percent(shares[one, label]), one=periods.named(one),
             after=percent(shares[other, label]), other=periods.named(other))  # fmt: skip
    yield Finding(
        "warning" if strength >= _STRONG else "note", min(1.0, strength), int(counted.sum()),
        what=of_head(what, head=head, data=evidence.data),
        effect=t("A model expects the labels as often as it learned them. Divided at random, the test promises more "
                 "than the newest rows will keep."),
        advice=_advice(),
    )  # fmt: skip


def _lengths(evidence: Evidence, periods: Periods, chance: float) -> Iterator[Finding]:
    dated = periods.of >= 0
    lengths, of = np.array([len(text) for text in evidence.data.texts])[dated], periods.of[dated]
    explained, by_chance = rank_difference(lengths, of)
    medians = np.array([np.median(lengths[of == period]) for period in range(len(periods))])
    ratio = float(medians.max() / max(1.0, medians.min()))
    if by_chance > chance or explained < _EXPLAINED or ratio < _LONGER:
        return
    one, other = sorted((int(medians.argmin()), int(medians.argmax())))
    yield Finding(
        "warning" if ratio >= _MUCH_LONGER else "note", float(min(1.0, explained)), len(lengths),
        what=t("the lengths of the texts change over time: half of them have more than {before:,.0f} characters in "
               "{one}, more than {after:,.0f} in {other}", before=medians[one], one=periods.named(one),
               after=medians[other], other=periods.named(other)),
        effect=t("Something changed where the texts come from: a form, a channel, a limit. The model meets texts of a "
                 "kind that it saw little of."),
        advice=_advice(),
    )  # fmt: skip


def _vocabulary(evidence: Evidence, periods: Periods, chance: float) -> Iterator[Finding]:
    found = newness(evidence.forms, periods.of == len(periods) - 1, periods.of >= 0, seed=evidence.seed)
    if found is None or normal_tail(found.z) > chance:
        return
    if found.share < _NEWER * found.by_chance or found.share - found.by_chance < _NEW:
        return
    yield Finding(
        "warning" if found.share >= 2 * found.by_chance else "note", float(min(1.0, found.share)), found.n,
        what=_new(found, periods.named(len(periods) - 1)),
        effect=t("The newest texts speak of things that older ones do not: what was learned from those helps less."),
        advice=_advice(),
        suspects=tuple(Suspect(row, {"found": percent(share)}) for row, share in _newest(found)),
    )  # fmt: skip


def _new(found: Newness, newest: str) -> str:
    said = t("{share} of the pairs of characters in the newest texts ({newest}) stand in no older one, where "
             "{by_chance} would be chance", share=percent(found.share), newest=newest,
             by_chance=percent(found.by_chance))  # fmt: skip
    if found.pairs:
        said += t("; new among them: {pairs}", pairs=listed(found.pairs))
    return said if found.is_whole else t("{sentence} (in a sample of {n:,} rows)", sentence=said, n=found.n_asked)


def _newest(found: Newness) -> list[tuple[int, float]]:
    order: NDArray[np.int64] = np.argsort(-found.shares, kind="stable")[:_SHOWN]
    return [(int(found.rows[i]), float(found.shares[i])) for i in order if found.shares[i] > 0]


def _advice() -> str:
    return t("Build with --time COLUMN: the newest rows become the test, and its figures tell what to expect. After "
             "the landing, refit with new rows from time to time.")  # fmt: skip
