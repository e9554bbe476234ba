"""Ranks pieces that the data do not use by how likely texts to come will use them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

#: Share given to a script that no row shows: some of it may come all the same.
_UNSEEN_SHARE = 1e-5


def likeliest(
    tokenizer: Tokenizer, unused: Iterable[int], *, scripts: Sequence[str], shares: Mapping[str, float]
) -> list[int]:
    """Order pieces by P(script in the data) * P(piece in its script), the likeliest first.

    A vocabulary of a hundred languages lists its pieces by their frequency over all of them; most Latin ones are of
    languages that Chinese data will never show.

    Args:
        tokenizer: a Unigram's own log-probabilities are taken; others list their pieces from the frequent to the
            rare, and Zipf's law (1 / rank) stands in.
        unused: ids to be ordered.
        scripts: of every piece, in order of id.
        shares: of the scripts in the data; pieces of other scripts are left out.
    """
    chances = _chances(tokenizer, len(scripts))
    mass: dict[str, float] = defaultdict(float)
    for script, chance in zip(scripts, chances, strict=True):
        mass[script] += float(chance)
    weights = {s: max(share, _UNSEEN_SHARE) / max(mass[s], 1e-30) for s, share in shares.items()}
    candidates = [place for place in unused if scripts[place] in weights]
    return sorted(candidates, key=lambda place: (-chances[place] * weights[scripts[place]], place))


def _chances(tokenizer: Tokenizer, n: int) -> NDArray[np.float64]:
    """Give how likely each piece is, up to a factor, (n,)."""
    model = json.loads(tokenizer.to_str())["model"]
    if model["type"] != "Unigram":
        return np.asarray(1.0 / (np.arange(n) + 10.0), np.float64)
    scores = np.array([score for _, score in model["vocab"]], np.float64)
    chances = np.zeros(n)
    chances[: len(scores)] = np.where(scores < 0, np.exp(scores), 0.0)  # specials are listed with the score 0
    return chances
