"""Picks the pretrained model of the zoo that reads the scripts in the data."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.language import t

if TYPE_CHECKING:
    from luodi.data import Dataset

#: Texts looked at; they are taken evenly from the whole set.
N_LOOKED_AT = 5000
#: Of English words about every fifth is on the list below (measured: banking77 0.25, SNIPS 0.16).
ENGLISH_WORDS = 0.08
#: Up to this share of letters may be no ASCII ones in a set that counts as English.
FOREIGN_LETTERS = 0.02

#: Frequent words that no neighbour of English shares (so no ``a``, ``in``, ``of``, ``to``, ``was``).
_ENGLISH = frozenset(
    (
        "the", "and", "it", "you", "my", "your", "with", "not", "this", "that", "how", "what", "have", "are", "they",
        "from", "be", "there", "which", "would", "please", "when", "been", "where", "can", "does", "did", "has",
        "will", "their", "i'm", "it's", "don't",
    )
)  # fmt: skip
_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True)
class Choice:
    """A name of the zoo and the reason for it, in words."""

    name: str
    reason: str


def choose(data: Dataset) -> Choice:
    """Look at letters and little words: English alone takes the small English encoder, all else the multilingual one.

    >>> from luodi.data import Dataset
    >>> choose(Dataset.of(["what is the rate of this card"], {})).name
    'minilm-en'
    >>> choose(Dataset.of(["物流很快"], {})).name
    'e5-multilingual'
    """
    texts = [data.texts[row] for row in range(0, len(data), max(1, len(data) // N_LOOKED_AT))]
    signs = Counter("".join([text[:1000] for text in texts]))
    letters = {sign: n for sign, n in signs.items() if sign.isalpha()}
    foreign = sum(n for sign, n in letters.items() if not sign.isascii()) / (sum(letters.values()) or 1)
    words = [word for text in texts for word in _WORD.findall(text[:1000].lower())]
    english = sum(word in _ENGLISH for word in words) / max(len(words), 1)
    if foreign <= FOREIGN_LETTERS and english >= ENGLISH_WORDS:
        return Choice("minilm-en", t("the texts are English: taking minilm-en, the smaller model"))
    if foreign <= FOREIGN_LETTERS:
        return Choice("e5-multilingual", t("Latin letters, but hardly English: taking e5-multilingual"))
    return Choice(
        "e5-multilingual",
        t("{share:.0%} of the letters are not Latin ones: taking e5-multilingual", share=foreign),
    )
