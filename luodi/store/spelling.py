r"""Spells any text so that every database takes it.

PostgreSQL holds no NUL, no encoding holds half a surrogate pair, and both come in: from broken clients and from files.
The sign U+001A, made for what cannot be shown, goes before four hexadecimal digits that say which sign stood there;
where it stood itself it is spelled as well, so every text comes back as it was.
"""

from __future__ import annotations

import re

_MARK = "\x1a"
#: Between the heads of an answer, and between a head and its label, in one column.
BETWEEN_HEADS, BEFORE_LABEL = "\x1e", "\x1f"
_UNFIT = re.compile("[\x00\x1a\ud800-\udfff]")
_PARTING = re.compile("[\x1e\x1f]")
_SPELLED = re.compile("\x1a([0-9a-f]{4})")


def spell(text: str) -> str:
    r"""Write a text without the signs that a database refuses.

    >>> spell("a\x00b\ud800"), unspell(spell("a\x00b\ud800")) == "a\x00b\ud800"
    ('a\x1a0000b\x1ad800', True)
    """
    return _UNFIT.sub(_code, text)


def unspell(text: str) -> str:
    """Give the text that was spelled."""
    return _SPELLED.sub(lambda code: chr(int(code[1], 16)), text) if _MARK in text else text


def spell_part(text: str) -> str:
    """Spell a head or a label that shares a column with others; ``unspell`` gives it back."""
    return _PARTING.sub(_code, spell(text))


def _code(sign: re.Match[str]) -> str:
    return f"{_MARK}{ord(sign[0]):04x}"
