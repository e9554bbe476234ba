"""Where a text's tokens stand: whole words, each with the token that speaks for it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

#: From here on come the scripts of East Asia, written without spaces; and Thai, Lao, Burmese, Khmer before them.
_EAST = 0x2E80
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))


@dataclass(frozen=True)
class Pieces:
    """A text as its tokens divide it.

    Args:
        text: the text.
        n_tokens: how many tokens it became, specials included.
        spans: for each of U words its first character and the one behind its last, (U, 2).
        tokens: for each word the place of its first token, (U,).
    """

    text: str
    n_tokens: int
    spans: NDArray[np.int64]
    tokens: NDArray[np.int64]


def pieces_of(text: str, offsets: Sequence[tuple[int, int]]) -> Pieces:
    """Put tokens together to words.

    A token belongs to the word before it where it touches it, letter to letter, in a script that puts spaces between
    words; elsewhere (Chinese; Korean, whose words grow endings; signs, emoji) each token is one of its own.
    Tokens of nothing (specials) are none.

    Args:
        text: the text that was split.
        offsets: for each token its first character and the one behind its last.

    >>> pieces_of("un able 北京", [(0, 0), (0, 2), (2, 5), (5, 7), (7, 9), (9, 10), (0, 0)]).spans.tolist()
    [[0, 2], [3, 7], [8, 9], [9, 10]]
    """
    spans: list[list[int]] = []
    tokens: list[int] = []
    for place, (start, end) in enumerate(_without_blanks(text, offsets)):
        if end <= start:
            continue
        if spans and start <= spans[-1][1] and (start < spans[-1][1] or _is_one_word(text, start)):
            spans[-1][1] = max(end, spans[-1][1])
            continue
        spans.append([start, end])
        tokens.append(place)
    return Pieces(text, len(offsets), np.array(spans, np.int64).reshape(-1, 2), np.array(tokens, np.int64))


def _without_blanks(text: str, offsets: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Take white space off the ends of tokens: some tokenizers count the space before a word as its own."""
    for start, end in offsets:
        inner = text[start:end]
        left = len(inner) - len(inner.lstrip())
        yield start + left, end - (len(inner) - len(inner.rstrip())) if inner.strip() else start + left


def _is_one_word(text: str, place: int) -> bool:
    """Tell whether the signs before and at a place belong to one word."""
    return is_spaced(text[place - 1]) and is_spaced(text[place])


def is_spaced(sign: str) -> bool:
    """Tell whether a sign is a letter, a digit, or a mark on one, of a script that puts blanks between words."""
    code = ord(sign)
    if code >= _EAST or any(low <= code <= high for low, high in _UNSPACED):
        return False
    return sign.isalnum() or unicodedata.category(sign).startswith("M")
