"""Codes that stand for signs: those of source code, of a spreadsheet's XML, of addresses, of e-mail."""

from __future__ import annotations

import re

#: ``\u597d`` and ``\xe5``; ``\n``, ``\r`` and ``\t`` where no word goes on; ``_x000D_``; bytes of UTF-8, each as
#: ``%E5`` or ``=E5``.
ESCAPES = re.compile(
    r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|(?<!\\)\\(?:[nrt](?![a-zA-Z])|n(?=[A-Z]))|_x000[0-9A-F]_"
    r"|%[89A-F][0-9A-F](?:%[0-9A-F]{2}){2,}|=[89A-F][0-9A-F](?:=[0-9A-F]{2}){2,}"
)
#: Where a backslash or a percent sign is in its place.
ADDRESS = re.compile(r"(?:[a-zA-Z]{2,9}://|www\.|\b[A-Za-z]:\\(?![nrt](?![a-z])))[\x21-\x7e]*")

#: Addresses, which stay, and runs of codes that make up signs together.
_PIECE = re.compile(rf"(?:{ADDRESS.pattern})|(?:\\u[0-9a-fA-F]{{4}})+|(?:\\x[0-9a-fA-F]{{2}})+|{ESCAPES.pattern}")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
#: Codes of codes are plain after two.
_MOST_PASSES = 8
#: Signs that no text holds.
_CONTROL = dict.fromkeys((code for code in range(32) if chr(code) not in "\t\n\r"), " ")
_LEADS = dict.fromkeys(map(ord, "\\_%="), " ")


def decode_escapes(text: str) -> str:
    r"""Put signs in the place of the codes that stand for them, as exports leave them behind.

    It is done until no code is left. Addresses and paths stay as they are, and so does what only looks like a code
    (``\theta``, ``100%``).

    >>> decode_escapes(r"很好\n\u597d\u5403 caf\xe9 %E5%A5%BD")
    '很好\n好吃 café 好'
    """
    for _ in range(_MOST_PASSES):
        plain = _PIECE.sub(lambda piece: _sign(piece).translate(_CONTROL), text)
        if plain == text:
            return text
        text = plain
    return text.translate(_LEADS)  # made up to go on for ever


def _sign(piece: re.Match[str]) -> str:
    code = piece[0]
    if code[0] in "%=":
        return _utf8(bytes.fromhex(code.replace(code[0], "")), otherwise=code)
    if code.startswith("\\u"):
        raw = b"".join(int(one, 16).to_bytes(2, "big") for one in code.split("\\u")[1:])
        return raw.decode("utf-16-be", "replace")
    if code.startswith("\\x"):
        raw = bytes.fromhex(code.replace("\\x", ""))
        return _utf8(raw, otherwise=raw.decode("latin-1"))
    if code.startswith("_x000"):
        return chr(int(code[5], 16))
    return _LETTERS[code[1]] if code[0] == "\\" else code  # else an address


def _utf8(raw: bytes, *, otherwise: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return otherwise
