"""Reads what a request brings: bytes counted while they come, then JSON that means one thing only."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.serve.errors import Refusal, bad_json, too_large

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

#: Objects and lists within each other; nothing that is asked here needs more than eight.
MOST_DEEP = 64


class ClientGone(Exception):
    """The client has left before it had said all."""


async def read_body(receive: Receive, *, length: str | None, most: int, timeout_s: float) -> bytes:
    """Read a body, counting its bytes as they come, so that no more than one piece too many is ever held.

    Args:
        receive: of ASGI.
        length: what the header Content-Length says, if there is one.
        most: bytes.
        timeout_s: seconds that the whole body may take.

    Raises:
        Refusal: it is longer (413), or takes too long (408).
        ClientGone: the client left.
    """
    if length is not None and length.isdecimal() and len(length) < 20 and int(length) > most:
        raise _too_long(most)
    pieces: list[bytes] = []
    n = 0
    try:
        async with asyncio.timeout(timeout_s):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                piece = message.get("body", b"")
                n += len(piece)
                if n > most:
                    raise _too_long(most)
                pieces.append(piece)
                more = message.get("more_body", False)
    except TimeoutError as late:
        what = t("the body did not arrive within {n:g} s", n=timeout_s)
        raise Refusal(408, "too_late", what, headers={"connection": "close"}) from late
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_json(raw: bytes) -> Any:
    r"""Read JSON strictly: UTF-8, no name twice, no NaN, no half characters, no number or depth without end.

    Raises:
        Refusal: it is not so (400).

    >>> read_json(b'{"text": "\\u597d"}')
    {'text': '好'}
    """
    try:
        said = raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise bad_json(t("byte {place} is no UTF-8", place=wrong.start)) from wrong
    _require_shallow(said)
    try:
        found = _DECODER.decode(said)
    except json.JSONDecodeError as wrong:
        raise bad_json(t("it makes no sense at character {place}", place=wrong.pos)) from wrong
    except RecursionError as deep:
        raise bad_json(t("objects and lists lie in each other too deeply")) from deep
    except ValueError as endless:  # a whole number of thousands of digits
        raise bad_json(t("a number has too many digits")) from endless
    if "\\u" in said:
        _require_whole(found)
    return found


def _require_shallow(said: str) -> None:
    """Refuse what lies too deep; only a text with that many brackets is walked, and signs in strings count too."""
    if said.count("[") + said.count("{") <= MOST_DEEP:
        return
    depth, within, escaped = 0, False, False
    for sign in said:
        if within:
            within = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            within = True
        elif sign in "[{":
            depth += 1
            if depth > MOST_DEEP:
                raise bad_json(t("objects and lists lie in each other too deeply"))
        elif sign in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        raise bad_json(t("the name {name!r} stands there twice", name=twice[:40]))
    return found


def _no_constant(name: str) -> Any:
    raise bad_json(t("{name} is no number in JSON", name=name))


#: Made once: making a decoder costs as much as reading a short text.
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _require_whole(found: Any) -> None:
    """Refuse escapes of half characters (lone surrogates): no other program could read them back."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as half:
        raise bad_json(t("an escape names half a character")) from half


def _too_long(most: int) -> Refusal:
    found = t("more than {n:,} bytes", n=most)
    return too_large(t("the body is longer than it may be"), found=found, fix=t("send fewer texts at a time"))
