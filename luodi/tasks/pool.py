"""How well questions find what fits them among the candidates of all questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.tasks.fit import FITS
from luodi.tasks.ranking import of_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: So many questions are asked at the most, taken evenly from all.
_MOST_ASKED = 1000
_SCORES = ("recall_at_1", "recall_at_10", "ndcg_at_10")


def pool(
    pairs: Sequence[tuple[str, str]], gains: NDArray[np.float64], vectors: NDArray[np.float32]
) -> dict[str, float]:
    """Hold each question that has a fitting candidate against every second text, by the cosine of their vectors.

    Args:
        pairs: a question and its candidate, n of them.
        gains: what the candidate is worth to it, from 0 to 1, (n,).
        vectors: of both, (n, 2, width).

    Returns:
        ``questions`` and ``candidates``, how many there are, and the scores of ``ranking.of_list``, averaged.

    >>> north, east = np.eye(2, dtype=np.float32)
    >>> rows = np.stack([np.stack([north, north]), np.stack([east, north]), np.stack([east, east])])
    >>> pool([("a", "x"), ("b", "x"), ("b", "y")], np.array([1.0, 0.0, 1.0]), rows)["recall_at_1"]
    1.0
    """
    candidates = {second: row for row, (_, second) in reversed(list(enumerate(pairs)))}
    place = {second: at for at, second in enumerate(candidates)}
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9)
    among = unit[list(candidates.values()), 1]  # (candidates, width)
    worth: dict[str, dict[int, float]] = {}
    asked: dict[str, int] = {}
    for row, (first, second) in enumerate(pairs):
        asked.setdefault(first, row)
        known = worth.setdefault(first, {})
        known[place[second]] = max(known.get(place[second], 0.0), float(gains[row]))
    counted = [first for first, known in worth.items() if max(known.values()) >= FITS]
    some = counted[:: max(1, -(-len(counted) // _MOST_ASKED))]
    rows = []
    for first in some:
        gain = np.zeros(len(among))
        gain[list(worth[first])] = list(worth[first].values())
        others = np.arange(len(among)) != place.get(first, -1)  # a question does not find itself
        found = (among @ unit[asked[first], 0]).astype(np.float64)
        rows.append(of_list(gain[others], gain[others] >= FITS, found[others]))
    scores = {name: float(np.mean([one[name] for one in rows])) for name in _SCORES} if rows else {}
    return {"questions": len(some), "candidates": len(among), **scores}
