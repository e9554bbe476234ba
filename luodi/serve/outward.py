"""Everything that goes out: an id, headers that shut it off, and never the name of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from luodi.serve.asked import Reply, Send

#: Nothing here is a page to be framed, run, kept or guessed at.
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
#: A mounted application may have its files kept by browsers, as it likes.
_OF_APPLICATIONS = _HEADERS[1:]
_NAMES = frozenset(name for name, _ in _HEADERS)


class Outward:
    """The way out of one request, for ASGI applications and for replies alike.

    Args:
        send: of ASGI.
        id: of the request.
        is_closing: the client is asked to leave the connection.

    Attributes:
        status: what was answered; 500 until something is.
        is_begun: the first bytes are out.
    """

    __slots__ = ("_extra", "_send", "is_begun", "status")

    def __init__(self, send: Send, id: str, *, is_closing: bool = False) -> None:
        self._send, self.status, self.is_begun = send, 500, False
        self._extra = [(b"x-request-id", id.encode())]
        if is_closing:
            self._extra.append((b"connection", b"close"))

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """Pass a message on; what an application says itself stands."""
        if message["type"] == "http.response.start":
            self.status, self.is_begun = message["status"], True
            own = [(name.lower(), value) for name, value in message.get("headers", ())]
            said = {name for name, _ in own if name in _NAMES}
            added = [row for row in _OF_APPLICATIONS if row[0] not in said]
            message = {**message, "headers": [*own, *added, *self._extra]}
        await self._send(message)

    async def reply(self, reply: Reply) -> None:
        """Send a whole answer."""
        self.status, self.is_begun = reply.status, True
        said = {name for name, _ in reply.headers}
        headers = [
            (b"content-type", reply.kind), (b"content-length", b"%d" % len(reply.body)),
            *(_HEADERS if not said & _NAMES else [row for row in _HEADERS if row[0] not in said]),
            *reply.headers, *self._extra,
        ]  # fmt: skip
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": reply.body})
