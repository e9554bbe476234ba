"""Makes any text fit for a tokenizer; training and serving both pass through here."""

from __future__ import annotations

import re

_SURROGATES = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    r"""Replace what cannot be written as UTF-8 (lone surrogates) by U+FFFD; everything else stays.

    >>> encodable("a\ud800b")
    'a�b'
    """
    return _SURROGATES.sub("\ufffd", text)
