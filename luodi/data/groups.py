"""Groups of rows whose texts are the same or nearly so: what must not stand on two sides of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.data.near import joined, near_groups, normal_form
from luodi.data.pair import halves, is_pair
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.progress import Progress

#: A group of near-duplicates with more than this share of the rows is a chain, not a text.
_CHAINED = 0.2


def text_groups(texts: Sequence[str], progress: Progress) -> NDArray[np.int64]:
    """Group near-duplicates, pairs by their first texts; where chains swallow the set, ask for more likeness.

    A pair that stands the other way round elsewhere is in one group with it, unless that makes a chain.
    """
    for threshold in (0.8, 0.9, 1.0):
        groups = near_groups([halves(text)[0] for text in texts], threshold=threshold, progress=progress)
        if not _is_chained(groups):
            break
        if threshold < 1:
            progress.note(t("many texts are alike beyond {threshold:.0%}: looking more strictly", threshold=threshold))
    whole = joined(groups, _swapped(texts))
    return groups if _is_chained(whole) else whole


def _is_chained(groups: NDArray[np.int64]) -> bool:
    return len(groups) >= 50 and bool(np.bincount(groups).max() > _CHAINED * len(groups))


def _swapped(texts: Sequence[str]) -> NDArray[np.int64]:
    """Find the rows whose pair stands the other way round in another row, (n, 2); of each such row the first."""
    first: dict[tuple[str, str], int] = {}
    found = []
    for row, text in enumerate(texts):
        if is_pair(text):
            one, other = (normal_form(half) for half in halves(text))
            first.setdefault((one, other), row)
            if (twin := first.get((other, one))) is not None and one != other:
                found.append((twin, row))
    return np.array(found, np.int64).reshape(-1, 2)
