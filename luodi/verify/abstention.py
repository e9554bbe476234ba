"""Abstention, weighed: how many rows are answered all the same, and how many of them wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.tasks.metrics import share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.budget import Quantity
    from luodi.tasks.judgement import Judgement


def weigh(judged: Judgement, abstained: Sequence[bool]) -> dict[str, Quantity]:
    """Count over the rows that were judged what abstaining brings and costs, from whether each of all rows abstained.

    Returns:
        Shares with 95 % intervals: ``answered`` and ``wrong`` of all rows, ``wrong_if_answered`` of the answered ones,
        and ``wrong_if_never_abstained`` of all, had it answered each.

    >>> from luodi.tasks import Classify
    >>> judged = Classify("y", ("a", "b")).judge(["a", "a", "b", "b"], ["a", "b", "a", "b"])
    >>> found = weigh(judged, [False, False, True, False])
    >>> [(name, round(one.value, 2)) for name, one in found.items()]
    [('answered', 0.75), ('wrong', 0.25), ('wrong_if_answered', 0.33), ('wrong_if_never_abstained', 0.5)]
    """
    is_wrong, is_answered = ~judged.right, ~np.array(abstained, bool)[judged.rows]
    return {
        "answered": share_of(is_answered),
        "wrong": share_of(is_wrong & is_answered),
        "wrong_if_answered": share_of(is_wrong[is_answered]),
        "wrong_if_never_abstained": share_of(is_wrong),
    }
