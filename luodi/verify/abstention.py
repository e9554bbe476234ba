"""Abstention, weighed: how many rows are answered all the same, and how many of them wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.budget import Quantity
from luodi.tasks.metrics import accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def weigh(gold: Sequence[str | None], answered: Sequence[str], abstained: Sequence[bool]) -> dict[str, Quantity]:
    """Count over n rows what abstaining brings and costs; rows without a label are left out.

    Returns:
        Shares with 95 % intervals: ``answered`` and ``wrong`` of all rows, ``wrong_if_answered`` of the answered ones,
        and ``wrong_if_never_abstained`` of all, had it answered each.

    >>> found = weigh(["a", "a", "b", "b"], ["a", "b", "a", "b"], [False, False, True, False])
    >>> [(name, round(one.value, 2)) for name, one in found.items()]
    [('answered', 0.75), ('wrong', 0.25), ('wrong_if_answered', 0.33), ('wrong_if_never_abstained', 0.5)]
    """
    rows = [row for row, label in enumerate(gold) if label is not None]
    is_wrong = np.array([answered[row] != gold[row] for row in rows], bool)
    is_answered = ~np.array([abstained[row] for row in rows], bool)
    return {
        "answered": _share(is_answered),
        "wrong": _share(is_wrong & is_answered),
        "wrong_if_answered": _share(is_wrong[is_answered]),
        "wrong_if_never_abstained": _share(is_wrong),
    }


def _share(holds: NDArray[np.bool_]) -> Quantity:
    return accuracy(holds.astype(np.int64), np.ones(len(holds), np.int64))
