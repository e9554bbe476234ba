"""Spans of a text with their labels: the head that finds names, amounts, slots."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.data.kinds import SPANS
from luodi.data.spans import Span, fault_of, read_spans, write_spans
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import register
from luodi.tasks.bio import likeliest, spans_of, tags_of
from luodi.tasks.judgement import Judgement
from luodi.tasks.overlap import judge_sets
from luodi.tasks.softmax import softmax
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Logits


@dataclass(frozen=True)
class Found:
    """The spans found in a text.

    Args:
        text: the text.
        spans: in order of their places.
        sure: for each span the probability that its words are tagged right.
        probability: that every word of the text is.
        probabilities: of the tag of each word, (U,).
    """

    text: str
    spans: tuple[Span, ...]
    sure: tuple[float, ...]
    probability: float
    probabilities: NDArray[np.float32]

    @property
    def label(self) -> str:
        """The spans as a cell of a table says them."""
        return write_spans(self.spans)

    def behind(self, n: int) -> Found:
        """Give the same answer to the same text behind n blanks."""
        moved = tuple(Span(one.start + n, one.end + n, one.label) for one in self.spans)
        return replace(self, text=" " * n + self.text, spans=moved)

    def to_json(self) -> list[dict[str, Any]]:
        """Give an object for each span; ``start`` and ``end`` count signs of the text from 0."""
        return [
            {"label": one.label, "probability": round(sure, 6), "start": one.start, "end": one.end,
             "text": self.text[one.start : one.end]}
            for one, sure in zip(self.spans, self.sure, strict=True)
        ]  # fmt: skip


@register("head", "tag")
@dataclass(frozen=True)
class Tag:
    """Finds the spans of a text that bear a label of a fixed list; they do not overlap.

    Spans begin and end with words: in scripts without spaces with the tokens of the model.

    Args:
        name: the label column.
        labels: the labels; the tags stand in the order of ``luodi.tasks.bio``.
    """

    main_metric: ClassVar[str] = "span_f1"
    metrics: ClassVar[tuple[str, ...]] = (
        "accuracy", "span_f1", "span_precision", "span_recall", "macro_f1", "expected_calibration_error",
    )  # fmt: skip
    takes: ClassVar[str] = SPANS
    by_token: ClassVar[bool] = True
    apart: ClassVar[bool] = False

    name: str
    labels: tuple[str, ...]

    @classmethod
    def fit(cls, name: str, data: Dataset) -> Tag:
        """Read the list of labels off the spans of a labelled set.

        Raises:
            DataError: a cell holds no spans, they do not fit their text, or there are none at all.
        """
        labels = set()
        for row, cell in enumerate(data.labels[name]):
            spans = _read(data, name, row, cell) if cell is not None else ()
            labels |= {span.label for span in spans}
        if not labels:
            raise DataError(
                t("column {name!r} holds no span: there is nothing to find", name=name),
                fix=t("name the right column with --label"),
            )
        return cls(name, tuple(sorted(labels)))

    @property
    def n_outputs(self) -> int:
        """How many tags: outside, and begin and inside for each label."""
        return 2 * len(self.labels) + 1

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> list[NDArray[np.int64]]:
        """Give the tag of each token that speaks for a word, -100 elsewhere: n times (T,)."""
        targets = []
        for cell, one in zip(data.labels[self.name], pieces, strict=True):
            tags = np.full(one.n_tokens, UNLABELLED, np.int64)
            if cell is not None:
                tags[one.tokens] = tags_of(read_spans(cell), one.spans, labels=self.labels)
            targets.append(tags)
        return targets

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the cross-entropy, averaged over the words: ([B,] T, K), ([B,] T) -> scalar."""
        from torch.nn.functional import cross_entropy

        flat, wanted = logits.float().flatten(0, -2), targets.flatten()
        total = cross_entropy(flat, wanted, ignore_index=UNLABELLED, reduction="sum")
        return total / max(int((wanted != UNLABELLED).sum()), 1)

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Found]:
        """Find the likeliest spans of each text: n times (T, K) -> n answers."""
        return [self._found(table, one, temperature) for table, one in zip(logits, pieces, strict=True)]

    def _found(self, logits: NDArray[np.float32], pieces: Pieces, temperature: float) -> Found:
        sure = softmax(logits[pieces.tokens] / temperature)  # (U, K)
        tags = likeliest(logits[pieces.tokens])  # the same row of tags whatever the temperature
        chosen = sure[np.arange(len(tags)), tags]
        spans = spans_of(tags, pieces.spans, labels=self.labels)
        inside = [(pieces.spans[:, 0] >= one.start) & (pieces.spans[:, 1] <= one.end) for one in spans]
        each = tuple(float(chosen[words].prod()) for words in inside)
        return Found(pieces.text, tuple(spans), each, float(chosen.prod()), chosen)

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Count the spans that are met exactly, place and label; a text is right if all of its spans are."""
        judged, true, answered = judge_sets(gold, said, read=read_spans, labels=self.labels, together="span")
        return replace(judged, confusions=_confusions(true, answered))


def _read(data: Dataset, name: str, row: int, cell: str) -> tuple[Span, ...]:
    try:
        spans = read_spans(cell)
        fault = fault_of(spans, data.texts[row])
    except ValueError as strange:
        spans, fault = (), str(strange)
    if fault:
        raise DataError(
            t("data: {origin}: column {name!r}: {fault}", origin=data.origin(row), name=name, fault=fault),
            found=repr(data.texts[row])[:100],
            fix=t("write spans as [[start, end, label], ...], counted in signs from 0, none overlapping"),
        )
    return spans


def _confusions(true: Sequence[set[Span]], answered: Sequence[set[Span]]) -> Counter[tuple[str, str]]:
    """Count which label each span got; one that was missed, or invented, stands beside a sign for no span."""
    pairs: Counter[tuple[str, str]] = Counter()
    nothing = t("(no span)")
    for gold, said in zip(true, answered, strict=True):
        there = {(one.start, one.end): one.label for one in said}
        places = {(one.start, one.end) for one in gold}
        pairs.update((one.label, there.get((one.start, one.end), nothing)) for one in gold)
        pairs.update((nothing, one.label) for one in said if (one.start, one.end) not in places)
    return pairs
