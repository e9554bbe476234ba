"""What a client sends, counted while it is parsed: more than the limits allow stops the parser."""

from __future__ import annotations

from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any

from luodi.language import t

if TYPE_CHECKING:
    from luodi.serve.door import Door

#: The headers of a request, its address included.
_HEADER_BYTES = 32 << 10
_HEADERS = 128
#: Requests that a client may send before the first one is answered.
_PIPELINED = 16
#: A body in small chunks takes more bytes on the way than it has; so many times as many are read, and some.
_CHUNKED = 2
_SOME_BYTES = 64 << 10
#: Under this name the scope of a request holds a function that tells, from any thread, whether its client has left.
GONE = "luodi.gone"


class Phase(Enum):
    """What a connection is at."""

    WAITS = "for a request"
    HEADERS = "come in"
    BODY = "comes in"
    ANSWERS = "the last request that came"
    ENDS = "reads no more"


class Refused(Exception):
    """Stops the parser: the request gets this answer and no other."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Reading:
    """Stands between the parser and a connection: it has the methods that the parser calls.

    Args:
        connection: is told all that the parser finds, within the limits.
        door: what all connections share.

    Attributes:
        fault: why the parser was stopped.
    """

    def __init__(self, connection: Any, door: Door) -> None:
        self.fault: Refused | None = None
        self._connection, self._door = connection, door
        self._n_bytes = self._n_headers = self._n_raw = 0

    def count(self, n: int) -> Refused | None:
        """Count bytes as they came, whatever the parser made of them; give why they are too many."""
        self._n_raw += n
        phase, body = self._connection.phase, self._door.limits.body_bytes
        if phase is Phase.HEADERS and self._n_raw > 2 * _HEADER_BYTES:
            return _headers_too_large()
        if phase is Phase.BODY and self._n_raw > _CHUNKED * body + _SOME_BYTES:
            return self._too_large()
        return None

    def on_message_begin(self) -> None:
        """Begin a request: its headers have so long to come."""
        self._connection.on_message_begin()
        self._n_bytes = self._n_headers = self._n_raw = 0
        self._connection.enter(Phase.HEADERS, self._door.limits.header_s)

    def on_url(self, url: bytes) -> None:
        """Read a part of the address."""
        self._count_header(len(url))
        self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header; what comes behind the body is none, since it was not there when the request was judged."""
        if self._connection.phase is not Phase.HEADERS:
            return
        self._n_headers += 1
        self._count_header(len(name) + len(value))
        if name.lower() == b"content-length" and int(value) > self._door.limits.body_bytes:
            self._stop(self._too_large())
        self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the answer: the body has so long to come."""
        connection = self._connection
        if len(connection.pipeline) >= _PIPELINED:
            self._stop(Refused(400, "bad_request", t("too many requests were sent without waiting for an answer")))
        self._n_bytes = self._n_raw = 0
        connection.enter(Phase.BODY, self._door.limits.request_s)
        connection.on_headers_complete()
        cycle = connection.cycle
        if cycle is not None and cycle.scope is connection.scope:  # not so where it becomes a websocket
            connection.open.append(cycle)
            connection.scope[GONE] = lambda: cycle.disconnected
            cycle.keep_alive = cycle.keep_alive and not self._door.draining

    def on_body(self, body: bytes) -> None:
        """Read a part of the body."""
        self._n_bytes += len(body)
        if self._n_bytes > self._door.limits.body_bytes:
            self._stop(self._too_large())
        self._connection.on_body(body)

    def on_message_complete(self) -> None:
        """End the request; how long the answer may take is for the application."""
        connection = self._connection
        if connection.cycle is None or connection.cycle.response_complete:
            connection.enter(Phase.WAITS, self._door.limits.idle_s)
        else:
            connection.enter(Phase.ANSWERS, inf)
        connection.on_message_complete()

    def _count_header(self, n: int) -> None:
        self._n_bytes += n
        if self._n_bytes > _HEADER_BYTES or self._n_headers > _HEADERS:
            self._stop(_headers_too_large())

    def _stop(self, refused: Refused) -> None:
        """Stop the parser within one of its calls."""
        self.fault = refused
        raise refused

    def _too_large(self) -> Refused:
        most = self._door.limits.body_bytes
        return Refused(413, "too_large", t("the body of a request may have {n:,} bytes at most", n=most))


def _headers_too_large() -> Refused:
    message = t("the headers of a request may have {n:,} bytes at most", n=_HEADER_BYTES)
    return Refused(431, "headers_too_large", message)
