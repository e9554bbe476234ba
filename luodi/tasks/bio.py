"""Spans as a tag for each word: O outside, B-x where a span of label x begins, I-x inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.data.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

#: The tag of a word that belongs to no span. Label k begins with tag 2 k + 1, and goes on with 2 k + 2.
OUTSIDE = 0


def tags_of(spans: Iterable[Span], words: NDArray[np.int64], *, labels: Sequence[str]) -> NDArray[np.int64]:
    """Tag each word by the span that it shares a sign with; spans of unknown labels are passed over.

    Args:
        spans: in order of their places.
        words: first sign and the one behind the last of each word, (U, 2).
        labels: the known ones.

    Returns:
        A tag for each word, (U,).

    >>> tags_of([Span(0, 6, "x")], np.array([[0, 3], [4, 6], [7, 9]]), labels=("x",)).tolist()
    [1, 2, 0]
    """
    tags = np.zeros(len(words), np.int64)
    place = {label: k for k, label in enumerate(labels)}
    for start, end, label in spans:
        if label not in place:
            continue
        inside = np.flatnonzero((words[:, 0] < end) & (words[:, 1] > start) & (tags == OUTSIDE))
        tags[inside] = 2 * place[label] + 2
        tags[inside[:1]] = 2 * place[label] + 1
    return tags


def spans_of(tags: Sequence[int] | NDArray[np.int64], words: NDArray[np.int64], *, labels: Sequence[str]) -> list[Span]:
    """Read the spans off tags; one that goes on from nothing, or from another label, begins there.

    >>> spans_of([2, 2, 0, 1], np.array([[0, 3], [4, 6], [7, 9], [9, 10]]), labels=("x",))
    [Span(start=0, end=6, label='x'), Span(start=9, end=10, label='x')]
    """
    spans: list[Span] = []
    before = OUTSIDE
    for tag, (start, end) in zip(tags, words.tolist(), strict=True):
        if tag != OUTSIDE:
            label = labels[(tag - 1) // 2]
            goes_on = tag % 2 == 0 and before in (tag, tag - 1)
            if goes_on:
                spans[-1] = Span(spans[-1].start, end, label)
            else:
                spans.append(Span(start, end, label))
        before = tag
    return spans


def likeliest(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Find the likeliest row of tags in which no span goes on from nothing.

    Viterbi over tags: every tag may follow every other, but for I-x, which follows B-x and I-x alone.

    Args:
        scores: logits of the tags of U words, (U, 2 K + 1).

    Returns:
        The tags, (U,).

    >>> likeliest(np.log(np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], np.float32))).tolist()
    [1, 2]
    """
    if not len(scores):
        return np.zeros(0, np.int64)
    begins, inside = np.arange(1, scores.shape[1], 2), np.arange(2, scores.shape[1], 2)
    best = scores[0].astype(np.float64)
    best[inside] = -np.inf
    came = np.zeros(scores.shape, np.int64)
    for word in range(1, len(scores)):
        top = int(best.argmax())
        came[word] = top
        goes_on = best[inside] >= best[begins]
        came[word, inside] = np.where(goes_on, inside, begins)
        best = best[came[word]] + scores[word]
    tags = np.zeros(len(scores), np.int64)
    tags[-1] = best.argmax()
    for word in range(len(scores) - 1, 0, -1):
        tags[word - 1] = came[word, tags[word]]
    return tags
