"""The newness of texts: how much of them stands in no older text, and how much of that is chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: So many rows are asked at most, and so many characters of each.
_ROWS, _CHARACTERS = 10_000, 300
#: How often the rows are shuffled to see what chance does.
_SHUFFLES = 40
#: A pair of characters that is named stands in so many new texts at least.
_OFTEN, _NAMED = 5, 5


@dataclass(frozen=True)
class Newness:
    """What is new in the newest texts.

    Args:
        share: of their pairs of characters, 0 to 1, that stand in no older text.
        by_chance: the share that would be new if the rows were in any other order.
        z: how many standard deviations of chance lie between.
        n: new texts.
        n_asked: all texts that were looked at.
        is_whole: no sample was drawn.
        pairs: the most frequent new pairs of Chinese characters.
        rows: the new texts, (m,).
        shares: of each what share of its pairs is new, (m,).
    """

    share: float
    by_chance: float
    z: float
    n: int
    n_asked: int
    is_whole: bool
    pairs: tuple[str, ...]
    rows: NDArray[np.int64]
    shares: NDArray[np.float64]


def newness(
    forms: Sequence[str], is_new: NDArray[np.bool_], is_dated: NDArray[np.bool_], *, seed: int
) -> Newness | None:
    """Hold the pairs of characters of new texts against those of all older ones.

    Args:
        forms: n texts in normal form.
        is_new: which are the newest, (n,).
        is_dated: which have a time at all, (n,).
        seed: of the sample, and of the shuffles.

    Returns:
        None where new or old texts are too short to hold a pair.
    """
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(is_dated)
    if len(rows) > _ROWS:
        rows = np.sort(rng.choice(rows, _ROWS, replace=False))
    known: dict[str, int] = {}
    pairs = [
        [known.setdefault(one + other, len(known)) for one, other in pairwise(forms[row][:_CHARACTERS])]
        for row in rows.tolist()
    ]
    sizes = np.array([len(one) for one in pairs])
    ids = np.array([pair for one in pairs for pair in one], np.int64)
    new = is_new[rows]
    if not sizes[new].sum() or not sizes[~new].sum():
        return None
    shares = np.array([_share(ids, sizes, rng.permutation(new), len(known)) for _ in range(_SHUFFLES)])
    share, spread = _share(ids, sizes, new, len(known)), max(float(shares.std()), 1e-6)
    is_unseen = _unseen(ids, sizes, new, len(known))
    unseen = np.add.reduceat(np.append(is_unseen[ids], 0), np.cumsum(sizes) - sizes) * (sizes > 0)
    return Newness(
        share, float(shares.mean()), (share - float(shares.mean())) / spread, int(new.sum()), len(rows),
        len(rows) == is_dated.sum(), _named(known, is_unseen, [pairs[i] for i in np.flatnonzero(new)]), rows[new],
        unseen[new] / np.maximum(sizes[new], 1),
    )  # fmt: skip


def _unseen(ids: NDArray[np.int64], sizes: NDArray[np.int64], new: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """Tell which of n pairs stand in no old text, (n,)."""
    is_unseen = np.ones(n, bool)
    is_unseen[ids[~np.repeat(new, sizes)]] = False
    return is_unseen


def _share(ids: NDArray[np.int64], sizes: NDArray[np.int64], new: NDArray[np.bool_], n: int) -> float:
    of_new = ids[np.repeat(new, sizes)]
    return float(_unseen(ids, sizes, new, n)[of_new].mean()) if len(of_new) else 0.0


def _named(known: dict[str, int], is_unseen: NDArray[np.bool_], texts: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Give the Chinese pairs that most new texts have and no old one."""
    often = Counter(pair for text in texts for pair in {*text} if is_unseen[pair])
    name = {place: pair for pair, place in known.items() if is_unseen[place]}
    chosen = (name[pair] for pair, n in often.most_common(_NAMED * 10) if n >= _OFTEN)
    return tuple(pair for pair in chosen if all("\u4e00" <= sign <= "\u9fff" for sign in pair))[:_NAMED]
