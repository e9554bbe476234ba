"""The balance of the labels: which of them have few rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.wording import listed, of_head, percent
from luodi.language import t
from luodi.tasks.metrics import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from luodi.auditing.evidence import Evidence

#: How many times the rows of the rarest label the most frequent one has, from which on it is told, or is a warning.
_UNEVEN, _VERY_UNEVEN = 10, 50
#: The share of one label from which on accuracy says hardly anything.
_ALMOST_ALL = 0.91
#: Fewer different texts than this do not show what a label means; fewer than _PARTS cannot stand on three sides.
_LEARNABLE, _PARTS = 10, 3
#: Fewer rows than this in the test do not tell how well a label is recognised.
_MEASURABLE = 5
_TEST_SHARE = 0.2
#: A recall that labels often have: where its interval is given as an example.
_RECALL = 0.8
_SHOWN = 10_000


@check("imbalance")
def imbalance(evidence: Evidence, /) -> Iterable[Finding]:
    """Find labels that are much rarer than others."""
    for head, column in evidence.data.labels.items():
        counts = Counter(label for label in column if label is not None)
        if len(counts) > 1:
            yield from _imbalance(evidence, head, counts)


def _imbalance(evidence: Evidence, head: str, counts: Counter[str]) -> Iterator[Finding]:
    ordered = counts.most_common()
    (largest, most), (_, fewest), n = ordered[0], ordered[-1], counts.total()
    ratio, share = most / fewest, most / n
    if ratio < _UNEVEN and share < _ALMOST_ALL:
        return
    rare = [label for label, rows in reversed(ordered) if rows * _UNEVEN <= most] or [ordered[-1][0]]
    n_rare = sum(counts[label] for label in rare)
    what = t("label {largest!r} has {most:,} rows ({share}); labels with at most a tenth of that: {n_rare:,} "
             "({rare})",
             largest=largest, most=most, share=percent(share), n_rare=len(rare),
             rare=listed([f"{label}: {counts[label]:,}" for label in rare]))  # fmt: skip
    yield Finding(
        "warning" if ratio >= _VERY_UNEVEN or share >= _ALMOST_ALL else "note",
        float(min(1.0, np.log10(ratio) / 4 + max(0.0, share - 0.5))), n_rare,
        what=of_head(what, head=head, data=evidence.data),
        effect=t("A model that always answers {largest!r} is right in {share} of the rows and useless: look at "
                 "macro-F1, not at accuracy. Rare labels are the ones that a model overlooks.", largest=largest,
                 share=percent(share)),
        advice=t("Collect rows of the rare labels first. luodi build shifts its answers towards rare labels where that "
                 "helps; --set stages.finetune.loss=auto tries it in training as well."),
    )  # fmt: skip


@dataclass(frozen=True)
class _Label:
    """A label, its different texts in all parts but the test, and its rows in the test (expected, where none came)."""

    name: str
    n_texts: int
    n_proof: float


@check("small_classes")
def small_classes(evidence: Evidence, /) -> Iterable[Finding]:
    """Find labels with too few rows to be learned, or to be measured."""
    for head in evidence.data.labels:
        labels = _sizes(evidence, head)
        if len(labels) > 1:
            yield from _unlearnable(evidence, head, labels)
            yield from _unmeasurable(evidence, head, labels)


def _sizes(evidence: Evidence, head: str) -> list[_Label]:
    """Count the texts of each label that differ by more than a few characters, the rarest label first."""
    column, parts = evidence.data.labels[head], evidence.parts
    is_proof = evidence.part_of == parts.index("test") if "test" in parts else np.zeros(len(column), bool)
    proof: Counter[str] = Counter()
    texts: set[tuple[str, int]] = set()
    for label, text, proves in zip(column, evidence.near.tolist(), is_proof.tolist(), strict=True):
        if label is not None and proves:
            proof[label] += 1
        elif label is not None:
            texts.add((label, text))
    n_texts = Counter(label for label, _ in texts)
    labels = [
        _Label(name, n_texts[name], proof[name] if "test" in parts else _TEST_SHARE * n_texts[name])
        for name in {*n_texts, *proof}
    ]
    return sorted(labels, key=lambda one: (one.n_texts, one.name))


def _unlearnable(evidence: Evidence, head: str, labels: Sequence[_Label]) -> Iterator[Finding]:
    few = [one for one in labels if one.n_texts < _LEARNABLE]
    if not few:
        return
    is_split = "test" in evidence.parts
    hopeless = [one for one in few if one.n_texts < (1 if is_split else _PARTS)]
    names = listed([f"{one.name}: {one.n_texts}" for one in few])
    what = t("labels with fewer than {least} different texts to learn from: {n:,} of {total:,} ({names})", n=len(few),
             total=len(labels), least=_LEARNABLE, names=names)  # fmt: skip
    if hopeless and is_split:
        effect = t("A label without a row in train is never answered: its rows in the test always count as mistakes.")
    elif hopeless:
        effect = t("luodi build refuses labels with fewer than {least} different texts: one each to learn from, to "
                   "choose by and to prove with.", least=_PARTS)  # fmt: skip
    else:
        effect = t("From so few examples a model learns these labels by heart or not at all.")
    yield Finding(
        "error" if hopeless else "warning", min(1.0, 0.2 + len(few) / len(labels)), _n_rows(evidence, head, few),
        what=of_head(what, head=head, data=evidence.data), effect=effect,
        advice=t("Collect at least {least} rows of each, merge them with a label that is near, or gather them under "
                 "one label such as 'other'.", least=2 * _LEARNABLE),
        suspects=_rows(evidence, head, few),
    )  # fmt: skip


def _unmeasurable(evidence: Evidence, head: str, labels: Sequence[_Label]) -> Iterator[Finding]:
    few = [one for one in labels if one.n_proof < _MEASURABLE and one.n_texts >= _LEARNABLE]
    if not few:
        return
    low, high = wilson(_RECALL, _MEASURABLE)
    names = listed([f"{one.name}: {one.n_proof:.0f}" for one in few])
    if "test" in evidence.parts:
        what = t("labels with fewer than {least} rows in the test: {n:,} of {total:,} ({names})", n=len(few),
                 total=len(labels), least=_MEASURABLE, names=names)  # fmt: skip
    else:
        what = t("labels that will have fewer than {least} rows in a test of a fifth: {n:,} of {total:,} ({names})",
                 n=len(few), total=len(labels), least=_MEASURABLE, names=names)  # fmt: skip
    yield Finding(
        "note", min(1.0, len(few) / len(labels)), _n_rows(evidence, head, few),
        what=of_head(what, head=head, data=evidence.data),
        effect=t("How well they are recognised stays unknown: where {right:.0f} of {least} rows are found, the true "
                 "share may be anything from {low:.0%} to {high:.0%}.", right=_RECALL * _MEASURABLE, least=_MEASURABLE,
                 low=low, high=high),
        advice=t("Collect more rows of these labels before you rely on their figures, or read their mistakes one by "
                 "one."),
    )  # fmt: skip


def _n_rows(evidence: Evidence, head: str, labels: Iterable[_Label]) -> int:
    names = {one.name for one in labels}
    return sum(label in names for label in evidence.data.labels[head])


def _rows(evidence: Evidence, head: str, labels: Sequence[_Label]) -> tuple[Suspect, ...]:
    """Show the rows of some labels, those of the rarest first."""
    place: Mapping[str | None, int] = {one.name: i for i, one in enumerate(labels)}
    column = evidence.data.labels[head]
    rows = [row for row, label in enumerate(column) if label in place]
    return tuple(Suspect(row) for row in sorted(rows, key=lambda row: place[column[row]])[:_SHOWN])
