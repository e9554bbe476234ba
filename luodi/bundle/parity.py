"""Holds two forms of one model against each other on the same texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import Parity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def parity(
    before: Mapping[str, NDArray[np.floating]], after: Mapping[str, NDArray[np.floating]], *, names: tuple[str, str]
) -> Parity:
    """Compare the probabilities of two forms: the largest difference, and the texts whose label changed.

    Args:
        before: for each head (n, K).
        after: the same heads and shapes.
        names: what the two forms are called in the report.

    >>> parity({"a": np.array([[0.9, 0.1]])}, {"a": np.array([[0.4, 0.6]])}, names=("fp32", "int8")).label_flips
    1
    """
    n = max((len(column) for column in before.values()), default=0)
    flipped = np.zeros(n, bool)
    apart = 0.0
    for head, column in before.items():
        other = np.asarray(after[head], np.float64)
        if n:
            apart = max(apart, float(np.abs(column - other).max()))
            flipped |= column.argmax(axis=1) != other.argmax(axis=1)
    return Parity(*names, max_abs_diff=apart, label_flips=int(flipped.sum()), n=n)
