"""What "Try it" shows of one text: every head's answer in full, and who gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.pair import BETWEEN
from luodi.data.text import encodable
from luodi.tasks import kind_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.tasks import Head, Prediction, Task

#: Labels that are shown at once, the likeliest first.
MOST_BARS = 8


@dataclass(frozen=True)
class Bar:
    """A label with its probability, and whether it is (among) the answer."""

    label: str
    share: float
    is_chosen: bool


@dataclass(frozen=True)
class Mark:
    """A stretch of a text; one that was found bears a label and how sure it is."""

    text: str
    label: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class HeadView:
    """One head's answer.

    Args:
        name: of the head.
        kind: of the head.
        label: the answer in one line.
        probability: that it is right.
        bars: the likeliest labels, highest first.
        n_more: labels that are not shown.
        marks: the text in stretches, for a head that finds some.
        low, high: between which a number lies.
    """

    name: str
    kind: str
    label: str
    probability: float
    bars: tuple[Bar, ...] = ()
    n_more: int = 0
    marks: tuple[Mark, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Trial:
    """All that is shown of one text.

    Args:
        heads: one view for each.
        tier: who answered.
        n_tiers: how many could have.
        abstained: whether it was too unsure to be used.
        seconds: from the question to the answer, waiting included.
    """

    heads: tuple[HeadView, ...]
    tier: str
    n_tiers: int
    abstained: bool
    seconds: float


def read_trial(task: Task, prediction: Prediction, *, n_tiers: int, seconds: float) -> Trial:
    """Arrange an answer.

    Args:
        task: the heads of the bundle that answered.
        prediction: the answer.
        n_tiers: of the bundle.
        seconds: that it took.
    """
    heads = tuple(_head(head, prediction.answers[head.name]) for head in task.heads)
    return Trial(heads, prediction.tier, n_tiers, prediction.abstained, seconds)


def _head(head: Head, answer: Any) -> HeadView:
    kind = kind_name(head)
    read = _READERS.get(kind, _pair)
    shown: HeadView = read(head, answer)
    return shown


def _classify(head: Any, answer: Any) -> HeadView:
    chosen = np.arange(len(head.labels)) == int(np.argmax(answer.probabilities))
    bars, n_more = _bars(head.labels, answer.probabilities, chosen)
    return HeadView(head.name, "classify", encodable(answer.label), answer.probability, bars, n_more)


def _multilabel(head: Any, answer: Any) -> HeadView:
    bars, n_more = _bars(head.labels, answer.probabilities, np.asarray(answer.fits, bool))
    label = ", ".join(bar.label for bar in bars if bar.is_chosen)
    return HeadView(head.name, "multilabel", label, answer.probability, bars, n_more)


def _tag(head: Any, answer: Any) -> HeadView:
    found = sorted({one.label for one in answer.spans})
    return HeadView(
        head.name, "tag", ", ".join(map(encodable, found)), answer.probability,
        marks=marks_of(answer.text, [(one.start, one.end, one.label) for one in answer.spans], answer.sure),
    )  # fmt: skip


def _score(head: Any, answer: Any) -> HeadView:
    names = [f"{level:g}" for level in head.levels]
    chosen = np.array([abs(level - answer.value) <= head.tolerance for level in head.levels])
    bars, n_more = _bars(names, answer.probabilities, chosen, in_order=True)
    return HeadView(
        head.name, "score", answer.label, answer.probability, bars, n_more, low=answer.low, high=answer.high
    )


def _pair(head: Any, answer: Any) -> HeadView:
    bars = (Bar(encodable(answer.label), float(answer.probability), True),)
    return HeadView(head.name, kind_name(head), encodable(answer.label), float(answer.probability), bars)


_READERS: Mapping[str, Any] = {"classify": _classify, "multilabel": _multilabel, "tag": _tag, "score": _score}


def _bars(
    labels: Sequence[str], probabilities: Any, chosen: Any, *, in_order: bool = False
) -> tuple[tuple[Bar, ...], int]:
    """Give the likeliest labels, of a scale in its order, and how many are left out; the answer is never left out."""
    ranked = sorted(range(len(labels)), key=lambda k: (not chosen[k], -probabilities[k]))[:MOST_BARS]
    ranked.sort(key=(lambda k: k) if in_order else (lambda k: -probabilities[k]))
    bars = tuple(Bar(encodable(labels[k]), float(probabilities[k]), bool(chosen[k])) for k in ranked)
    return bars, len(labels) - len(bars)


def marks_of(text: str, spans: Sequence[tuple[int, int, str]], sure: Sequence[float]) -> tuple[Mark, ...]:
    """Cut a text at its spans, which do not overlap.

    >>> [mark.text for mark in marks_of("play jazz now", [(5, 9, "genre")], [0.9])]
    ['play ', 'jazz', ' now']
    """
    marks, place = [], 0
    for (start, end, label), share in sorted(zip(spans, sure, strict=True)):
        if start > place:
            marks.append(Mark(_plain(text[place:start])))
        marks.append(Mark(_plain(text[start:end]), encodable(label), float(share)))
        place = end
    if place < len(text):
        marks.append(Mark(_plain(text[place:])))
    return tuple(marks)


def _plain(text: str) -> str:
    return encodable(text.replace(BETWEEN, " "))
