"""Texts in another language than the rest, told by script and by the words that go together."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from numpy.typing import NDArray

#: A script, or a language, that so many rows are in is at home.
HOME = 0.1
#: A text is in a script that holds so much of its letters ...
_MAJORITY = 0.7
#: ... and this much at least of it; a letter of a script with words counts a quarter, a Chinese sign counts one.
_LEAST = 3.0
#: Japanese writes most words in Chinese signs; so much kana tells it.
_KANA = 0.25
#: Scripts without spaces, in which one sign is about a word's worth.
_DENSE = frozenset({"CJK", "KANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR"})
_SAME = {
    "HIRAGANA": "KANA", "KATAKANA": "KANA", "KATAKANA-HIRAGANA": "KANA", "IDEOGRAPHIC": "CJK", "FEMININE": "LATIN",
    "MASCULINE": "LATIN", "MICRO": "GREEK", "KELVIN": "LATIN", "ANGSTROM": "LATIN", "OHM": "GREEK",
}  # fmt: skip

#: Fewer rows have no habit of words that could be told.
_FEWEST_ROWS = 100
#: A text of fewer different words is not judged by them.
FEWEST_WORDS = 4
#: So many frequent words make up the company that a language's words keep.
_N_COMPANY = 20
#: A text whose words keep the company so seldom on average is foreign. Measured (benchmarks/bench_texts.py): of 23,087
#: English questions and commands none is; of 50 texts in each of eleven languages put among them 97 and 81 % are.
_SELDOM = 0.4
#: Three of four texts must keep it so often, or it is no habit of that language to be judged by (short commands in
#: Turkish or Finnish, whose words change with their endings).
_USUALLY = 0.75
#: How often a word that stands nowhere else is taken to keep it.
_UNKNOWN = 0.3
_ROUNDS = 3
_WORD = re.compile(r"[^\W\d_]+")
_LETTER = re.compile(r"[^\W\d_]")
#: Longer texts are judged by their beginning.
_LONGEST = 2000


@lru_cache(maxsize=1 << 16)
def script(letter: str) -> str:
    """Name the script of a letter, by its Unicode name; of any other sign ``""``.

    >>> [script(letter) for letter in "流Ａéはж1"]
    ['CJK', 'LATIN', 'LATIN', 'KANA', 'CYRILLIC', '']
    """
    if not _LETTER.match(letter):
        return ""
    first = unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "?").split()[0]
    return _SAME.get(first, first)


def script_of(text: str) -> str | None:
    """Name the script that most of a text is written in; None where it is too short, or too mixed, to tell.

    >>> [script_of(text) for text in ("物流很快", "the driver was late", "SONY 手机", "荷物はまだ届いていません")]
    ['CJK', 'LATIN', None, 'KANA']
    """
    text = text[:_LONGEST]
    if text.isascii():
        return "LATIN" if len(_LETTER.findall(text)) >= 4 * _LEAST else None
    weights: dict[str, float] = {}
    for sign, n in Counter(text).items():
        if name := script(sign):
            weights[name] = weights.get(name, 0.0) + (n if name in _DENSE else n / 4)
    total = sum(weights.values())
    if weights.get("KANA", 0.0) >= max(_KANA * total, _LEAST):
        return "KANA"
    name = max(weights, key=lambda name: weights[name], default="")
    return name if weights.get(name, 0.0) >= max(_MAJORITY * total, _LEAST) else None


def at_home(scripts: Sequence[str | None]) -> frozenset[str]:
    """Give the scripts that many texts are written in."""
    counts = Counter(name for name in scripts if name is not None)
    return frozenset(name for name, n in counts.items() if n >= HOME * counts.total())


def has_words(name: str | None) -> bool:
    """Tell whether a script puts spaces between words."""
    return name is not None and name not in _DENSE


def strangeness(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which of n texts of one script with spaces are in another language than most: (n,).

    The words of a language stand together with its most frequent ones: nearly every English sentence holds a ``the``,
    an ``is`` or a ``to``, a German one none of them. For each word it is counted how often it keeps that company, its
    own text left out; a text is foreign where its words seldom do. Frequent words that both languages have (``in``,
    ``no``) leave the company in the next round. Texts of few words are left alone, and so is a language of more than a
    tenth of the texts.
    """
    words = [frozenset(_WORD.findall(text[:_LONGEST].lower())) for text in texts]
    foreign = np.zeros(len(words), bool)
    if len(words) < _FEWEST_ROWS:
        return foreign
    counts = Counter(word for row in words for word in row)
    company: Set[str] = frozenset()
    kept = np.ones(len(words))
    for _ in range(_ROUNDS):
        chosen = _company(words, counts, foreign)
        if chosen == company:
            break
        company = chosen
        kept = _kept_company(words, counts, company)
        foreign = kept < _SELDOM
    is_told = np.quantile(kept, 0.25) >= _USUALLY and foreign.mean() <= HOME
    return foreign if is_told else np.zeros(len(words), bool)


def _company(words: Sequence[Set[str]], counts: Mapping[str, int], foreign: NDArray[np.bool_]) -> Set[str]:
    """Give the most frequent words of two letters and more that are not as frequent in the foreign texts."""
    n_foreign = int(foreign.sum())
    there = Counter(word for row in np.flatnonzero(foreign).tolist() for word in words[row])
    frequent = (word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if len(word) > 1)
    n_home = len(words) - n_foreign
    own = (word for word in frequent if there[word] * n_home <= (counts[word] - there[word]) * n_foreign / 2)
    return frozenset(islice(own, _N_COMPANY))


def _kept_company(words: Sequence[Set[str]], counts: Mapping[str, int], company: Set[str]) -> NDArray[np.float64]:
    """Give for each text how often its words keep the company in other texts, on average, 0 to 1: (n,)."""
    met = [len(row & company) for row in words]
    kept: Counter[str] = Counter()
    for row, n_met in zip(words, met, strict=True):
        kept.update(word for word in row if n_met > (word in company))
    means = np.ones(len(words))  # where it is not judged
    for place, (row, n_met) in enumerate(zip(words, met, strict=True)):
        if len(row) >= FEWEST_WORDS:
            shares = ((kept[word] - (n_met > (word in company)) + _UNKNOWN) / counts[word] for word in row)
            means[place] = sum(shares) / len(row)
    return means
