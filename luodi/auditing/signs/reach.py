"""How much of the texts a model would read: their lengths in its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.text import encodable
from luodi.errors import MissingExtra
from luodi.models import choose, load_tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luodi.data import Dataset

#: A build reads no more than this of a text, unless it is told to.
READ = 128
#: So many rows are tokenized, and so many characters in all; of a long text the rest is reckoned from its beginning.
_ROWS, _FEWEST_ROWS, _CHARACTERS, _OF_ONE = 2000, 300, 200_000, 1500
#: Tokens for a character beyond ASCII and for one of ASCII: at most (nearly), and on average. Measured on reviews,
#: headlines and news in Chinese (0.69 to 0.79 for all characters) and questions in English (0.24 to 0.25).
_AT_MOST, _ON_AVERAGE = (0.95, 0.45), (0.8, 0.25)
#: At each end of a text stands a token of its own.
_ENDS = 2


@dataclass(frozen=True)
class Reach:
    """Lengths in tokens of some rows.

    Args:
        rows: which rows, (m,).
        tokens: their lengths in tokens, (m,).
        model: whose tokens they are.
        is_counted: they were counted; otherwise they are reckoned from the characters.
    """

    rows: NDArray[np.int64]
    tokens: NDArray[np.float64]
    model: str
    is_counted: bool

    def cut(self, limit: int) -> float:
        """Give the share of rows that are longer than a limit."""
        return float((self.tokens > limit).mean())

    def lost(self, limit: int) -> float:
        """Give the share that is cut off of those rows' text, on average."""
        long = self.tokens[self.tokens > limit]
        return float((1 - limit / long).mean()) if len(long) else 0.0

    def price(self, limit: int, *, now: int = READ) -> float:
        """Give how many times as many tokens are read with one limit as with another."""
        return float(np.minimum(self.tokens, limit).sum() / np.minimum(self.tokens, now).sum())


def reach_of(data: Dataset, *, model: str | None = None, seed: int = 7) -> Reach:
    """Count tokens of some rows as a model splits them: the one that ``auto`` would choose, unless it is named.

    Where texts are so short that hardly one can be cut, or the model's package is missing, they are reckoned.
    """
    rng = np.random.default_rng(seed)
    lengths = np.fromiter(map(len, data.texts), np.int64, len(data))
    mean = float(np.minimum(lengths, _OF_ONE).mean())
    m = min(len(data), _ROWS, max(_FEWEST_ROWS, int(_CHARACTERS / max(mean, 1))))
    rows = np.sort(rng.choice(len(data), m, replace=False))
    heads = [encodable(data.texts[row][:_OF_ONE]) for row in rows]
    whole = lengths[rows] / np.maximum([len(head) for head in heads], 1)
    name = model or choose(data).name
    highest = _reckoned(heads, _AT_MOST) * whole + _ENDS
    if (highest > READ).mean() >= 0.01:
        try:
            tokenizer = load_tokenizer(name)
        except MissingExtra:
            pass
        else:
            counted = np.array([len(one) - _ENDS for one in tokenizer.encode_batch_fast(heads)], np.float64)
            return Reach(rows, np.maximum(counted, 0) * np.maximum(whole, 1) + _ENDS, name, is_counted=True)
    return Reach(rows, _reckoned(heads, _ON_AVERAGE) * np.maximum(whole, 1) + _ENDS, name, is_counted=False)


def _reckoned(texts: list[str], rates: tuple[float, float]) -> NDArray[np.float64]:
    """Reckon tokens from characters; in UTF-8 those beyond ASCII take two to four bytes, the Chinese ones three."""
    n = np.array([len(text) for text in texts], np.float64)
    beyond = np.array([0 if text.isascii() else sum(sign > "\x7f" for sign in text) for text in texts], np.float64)
    return rates[0] * beyond + rates[1] * (n - beyond)
