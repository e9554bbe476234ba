"""Holds two forms of one model against each other on the same texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import Parity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.tasks.task import Answer, Task


def parity(
    task: Task, before: Mapping[str, Sequence[Answer]], after: Mapping[str, Sequence[Answer]], *, names: tuple[str, str]
) -> Parity:
    """Compare the answers of two forms: the largest difference of a probability, and the texts answered otherwise.

    Answers are the same where a head that judges one by the other calls it right. Where two tokenizers divide a text
    otherwise, what each piece was decided by cannot be compared, and the probability of the whole answer is.

    Args:
        task: the heads.
        before: for each head its answers to n texts.
        after: those of the other form to the same texts.
        names: what the two forms are called in the report.

    >>> from luodi.tasks import Classify, Label, Task
    >>> sure, unsure = Label("a", 0.9, np.array([0.9, 0.1])), Label("b", 0.6, np.array([0.4, 0.6]))
    >>> parity(Task((Classify("y", ("a", "b")),)), {"y": [sure]}, {"y": [unsure]}, names=("fp32", "int8")).label_flips
    1
    """
    n = max(map(len, before.values()), default=0)
    flipped = np.zeros(n, bool)
    apart = [0.0]
    for head in task.heads:
        pairs = list(zip(before[head.name], after[head.name], strict=True))
        for one, other in pairs:
            difference = np.abs(_numbers(one, other) - _numbers(other, one))
            apart.append(float(difference.max(initial=0.0)))  # what is no number stays none
        flipped |= ~head.judge([one.label for one, _ in pairs], [other.label for _, other in pairs]).right
    return Parity(*names, max_abs_diff=float(np.max(apart)), label_flips=int(flipped.sum()), n=n)


def _numbers(one: Answer, beside: Answer) -> NDArray[np.float64]:
    """Give what an answer is compared by with another."""
    is_alike = one.probabilities.shape == beside.probabilities.shape
    return np.asarray(one.probabilities if is_alike else [one.probability], np.float64)
