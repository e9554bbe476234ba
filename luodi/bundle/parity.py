"""Holds two forms of one model against each other on the same texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import Parity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.tasks.task import Answer


def parity(
    before: Mapping[str, Sequence[Answer]], after: Mapping[str, Sequence[Answer]], *, names: tuple[str, str]
) -> Parity:
    """Compare the answers of two forms: the largest difference of a probability, and the texts answered otherwise.

    Args:
        before: for each head its answers to n texts.
        after: those of the other form to the same texts.
        names: what the two forms are called in the report.

    Raises:
        ValueError: two answers to one text are of different shapes.

    >>> from luodi.tasks import Label
    >>> sure, unsure = Label("a", 0.9, np.array([0.9, 0.1])), Label("b", 0.6, np.array([0.4, 0.6]))
    >>> parity({"y": [sure]}, {"y": [unsure]}, names=("fp32", "int8")).label_flips
    1
    """
    n = max(map(len, before.values()), default=0)
    flipped = np.zeros(n, bool)
    apart = [0.0]
    for head, column in before.items():
        for row, (one, other) in enumerate(zip(column, after[head], strict=True)):
            if one.probabilities.shape != other.probabilities.shape:
                raise ValueError(f"{head}: answers of shapes {one.probabilities.shape}, {other.probabilities.shape}")
            difference = np.abs(one.probabilities - np.asarray(other.probabilities, np.float64))
            apart.append(float(difference.max(initial=0.0)))  # what is no number stays none
            flipped[row] |= one.label != other.label
    return Parity(*names, max_abs_diff=float(np.max(apart)), label_flips=int(flipped.sum()), n=n)
