"""Names the scripts that the pieces of a vocabulary are written in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What marks a piece as the beginning or the inside of a word; it is no sign of the text itself.
_MARKS = ("▁", "##", "Ġ", "Ċ")
#: The script of whatever has no letter: digits, punctuation, emoji.
SIGN = "SIGN"
#: First words of Unicode names that name no script of their own.
_ALIASES = {"IDEOGRAPHIC": "CJK", "KATAKANA-HIRAGANA": "KATAKANA", "MODIFIER": SIGN}
#: Every text may hold these; they stay whatever the data hold.
ALWAYS = frozenset({"LATIN", SIGN})
#: A script with less than this share of all pieces is there as a picture (kaomoji: ლ, ಠ), not as writing.
STRAY = 0.0005


def script_of(piece: str) -> str:
    """Name the script of a piece's first letter by its Unicode name; ``SIGN`` where there is none.

    >>> [script_of(piece) for piece in ("▁the", "物流", "##é", "▁2024", "🙂", "は")]
    ['LATIN', 'CJK', 'LATIN', 'SIGN', 'SIGN', 'HIRAGANA']
    """
    return next((_named(sign) for sign in bare(piece) if sign.isalpha()), SIGN)


def bare(piece: str) -> str:
    """Take the marks of word beginnings and insides off a piece; a piece that is a mark only gets empty.

    >>> bare("##ing"), bare("▁"), bare("#")
    ('ing', '', '#')
    """
    for mark in _MARKS:
        piece = piece.removeprefix(mark)
    return piece


def shares(scripts: Sequence[str], counts: Mapping[int, int]) -> dict[str, float]:
    """Weigh the scripts that the data are written in.

    Args:
        scripts: of every piece, in order of id.
        counts: how often the data use a piece, by id.

    Returns:
        For each script its share of all the pieces used, 0..1; strays are left out, ``ALWAYS`` is in.
    """
    total = sum(counts.values()) or 1
    weights = Counter(dict.fromkeys(ALWAYS, 0))
    for place, n in counts.items():
        weights[scripts[place]] += n
    return {name: n / total for name, n in weights.items() if n / total >= STRAY or name in ALWAYS}


@lru_cache(maxsize=1 << 16)
def _named(sign: str) -> str:
    first = unicodedata.name(sign, "?").split()[0]
    return _ALIASES.get(first, first)
