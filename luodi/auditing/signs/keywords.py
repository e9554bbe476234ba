"""Single words that give a label away."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Words are proposed by so many texts and so many characters at most, of each its beginning; all texts decide.
_TEXTS, _CHARACTERS, _OF_ONE = 10_000, 600_000, 400
#: So many words are proposed for a label, the most frequent of those that stand with it nearly always.
_MOST, _NEARLY_ALWAYS = 20, 0.9
#: A word of a script with spaces, or a run of Chinese, of which each sign and each two neighbours count as a word.
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+")


def propose(
    texts: Sequence[str], codes: NDArray[np.int64], *, coverage: float, rng: np.random.Generator
) -> list[tuple[str, int]]:
    """Propose words that many texts of one label hold and few others.

    Args:
        texts: n of them.
        codes: their labels, (n,); -1 where there is none.
        coverage: the share of a label's texts that hold the word, at least.
        rng: draws the texts that are looked at.

    Returns:
        Words in small letters with the code of the label.
    """
    known = np.flatnonzero(codes >= 0)
    mean = np.mean([min(len(texts[row]), _OF_ONE) for row in known[:1000]]) if len(known) else 1.0
    n = min(len(known), _TEXTS, max(1000, int(_CHARACTERS / max(mean, 1))))
    looked_at = rng.choice(known, min(n, len(known)), replace=False)
    everywhere: Counter[str] = Counter()
    held: dict[int, Counter[str]] = {}
    for row in looked_at:
        words = words_of(texts[row][:_OF_ONE])
        everywhere.update(words)
        held.setdefault(int(codes[row]), Counter()).update(words)
    sizes = Counter(codes[looked_at].tolist())
    found = []
    for code, counts in sorted(held.items()):
        often = ((word, k) for word, k in counts.most_common() if k >= max(2, coverage * sizes[code]))
        telling = [word for word, k in often if k >= _NEARLY_ALWAYS * everywhere[word]]
        found += [(word, code) for word in telling[:_MOST]]
    return found


def words_of(text: str) -> set[str]:
    """Split a text into different words, in small letters; Chinese into signs and pairs of neighbours.

    >>> sorted(words_of("Good 味道好"))
    ['good', '味', '味道', '好', '道', '道好']
    """
    words: set[str] = set()
    for run in _RUN.findall(text.lower()):
        if "\u3400" <= run[0] <= "\u9fff":
            words.update(run)
            words.update(map("".join, pairwise(run)))
        else:
            words.add(run)
    return words


def holds(texts: Sequence[str], word: str) -> NDArray[np.bool_]:
    """Tell which of n texts hold a word, (n,)."""
    if "\u3400" <= word[0] <= "\u9fff":
        return np.fromiter((word in text for text in texts), np.bool_, len(texts))
    letter = r"[^\W\d_\u3400-\u9fff]"
    whole = re.compile(rf"(?<!{letter}){re.escape(word)}(?!{letter})", re.IGNORECASE)
    return np.fromiter((whole.search(text) is not None for text in texts), np.bool_, len(texts))
