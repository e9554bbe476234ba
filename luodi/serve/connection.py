"""One HTTP connection that nobody can hold for ever: uvicorn's, with bounds on time, on bytes and on what is queued."""

from __future__ import annotations

import json
import secrets
from math import inf
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from luodi.language import t

if TYPE_CHECKING:
    import asyncio

    from luodi.serve.door import Door

#: The headers of a request, its address included.
_HEADER_BYTES = 32 << 10
_HEADERS = 128
#: Requests that a client may send before the first one is answered.
_PIPELINED = 16
#: A body in small chunks takes more bytes on the way than it has; so many times as many are read, and some.
_CHUNKED = 2
_SOME_BYTES = 64 << 10
#: Who was refused has so long to read why: what is closed at once may never be read.
_LAST_WORDS_S = 1.0
#: Under this name the scope of a request holds a function that tells, from any thread, whether its client has left.
GONE = "luodi.gone"

_WAITS, _HEADERS_COME, _BODY_COMES, _ANSWERS, _ENDS = range(5)


class Refused(Exception):
    """Stops the parser: the request gets this answer and no other."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Connection(HttpToolsProtocol):  # type: ignore[misc]
    """A connection with an end to everything.

    Attributes:
        due: on the monotonic clock; when it is past, ``give_up`` is called.
        open: the requests that are not answered yet, in their order.
    """

    def __init__(self, *given: Any, door: Door, **named: Any) -> None:
        super().__init__(*given, **named)
        self.door, self.due = door, inf
        self.open: list[Any] = []
        self._phase = _WAITS
        self._n_bytes = self._n_headers = self._n_raw = 0
        self._fault: Refused | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take a client in; beyond the most, whoever has been silent longest goes."""
        super().connection_made(transport)
        self._wait(self.door.limits.header_s)
        if len(self.connections) > self.door.most:
            oldest = self.door.make_room()
            if oldest is self or oldest is None:
                self._refuse(Refused(503, "too_many_connections", t("too many connections are open")))
            else:
                oldest.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self.due = inf
        self.door.is_busy(self)
        for cycle in self.open:  # uvicorn tells the last one only
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what came before was refused."""
        if self._phase == _ENDS:
            return
        before = self._phase
        super().data_received(data)
        self._n_raw += len(data)
        if self._phase == before == _HEADERS_COME and self._n_raw > 2 * _HEADER_BYTES:
            self._refuse(_headers_too_large())
        elif self._phase == _BODY_COMES and self._n_raw > _CHUNKED * self.door.limits.body_bytes + _SOME_BYTES:
            self._refuse(self._too_large())

    def on_message_begin(self) -> None:
        """Begin a request: its headers have so long to come."""
        super().on_message_begin()
        self._phase = _HEADERS_COME
        self._n_bytes = self._n_headers = self._n_raw = 0
        self.due = self.door.now + self.door.limits.header_s

    def on_url(self, url: bytes) -> None:
        """Read a part of the address."""
        self._count_header(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header; what comes behind the body is none, since it was not there when the request was judged."""
        if self._phase != _HEADERS_COME:
            return
        self._n_headers += 1
        self._count_header(len(name) + len(value))
        if name.lower() == b"content-length" and int(value) > self.door.limits.body_bytes:
            self._stop(self._too_large())
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the answer: the body has so long to come."""
        if len(self.pipeline) >= _PIPELINED:
            self._stop(Refused(400, "bad_request", t("too many requests were sent without waiting for an answer")))
        self._phase, self._n_bytes, self._n_raw = _BODY_COMES, 0, 0
        self.due = self.door.now + self.door.limits.request_s
        self.door.is_busy(self)
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:
            cycle = self.cycle
            self.open.append(cycle)
            self.scope[GONE] = lambda: cycle.disconnected
            if self.door.draining:
                cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Read a part of the body."""
        self._n_bytes += len(body)
        if self._n_bytes > self.door.limits.body_bytes:
            self._stop(self._too_large())
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; how long the answer may take is for the application."""
        self._phase, self.due = _ANSWERS, inf
        if self.cycle is None or self.cycle.response_complete:
            self._wait(self.door.limits.idle_s)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.open = [cycle for cycle in self.open if not cycle.response_complete]
        super().on_response_complete()
        if self._phase == _ANSWERS and not self.pipeline and self.cycle.response_complete:
            self._wait(self.door.limits.idle_s)
        elif self._phase == _HEADERS_COME:  # it could not be read meanwhile
            self.due = self.door.now + self.door.limits.header_s

    def pause_writing(self) -> None:
        """Give a client that does not read its answer so long."""
        super().pause_writing()
        self.due = self.door.now + self.door.limits.idle_s

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        self.due = inf if self._phase == _ANSWERS else self.door.now + self.door.limits.idle_s

    def handle_websocket_upgrade(self) -> None:
        """Hand the client over: from here on it is the framework's."""
        self._phase, self.due = _ANSWERS, inf
        self.door.is_busy(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser, or one of the bounds, did not take."""
        self._refuse(self._fault or Refused(400, "bad_request", t("this is no HTTP request")))

    def shutdown(self) -> None:
        """Let a request that is under way end, and no other begin."""
        if self._phase in (_WAITS, _HEADERS_COME, _ENDS):
            self.drop()
        else:
            super().shutdown()

    def give_up(self) -> None:
        """End what took too long: with a reason where a request has begun and no answer has."""
        if self._phase == _ENDS or (self.flow is not None and self.flow.write_paused):
            self.transport.abort()
        elif self._phase == _WAITS:
            self.drop()
        elif self._phase == _BODY_COMES and self.flow.read_paused:
            self.due = (
                self.door.now + self.door.limits.request_s
            )  # the application does not read: not the client's fault
        else:
            self._refuse(Refused(408, "too_slow_to_send", t("the request did not come in time")))

    def drop(self) -> None:
        """End the connection, at the latest when its last words had time to be read."""
        self._phase, self.due = _ENDS, self.door.now + _LAST_WORDS_S
        self.door.is_busy(self)
        self.transport.close()

    def _wait(self, seconds: float) -> None:
        self._phase, self.due = _WAITS, self.door.now + seconds
        self.door.is_silent(self)

    def _count_header(self, n: int) -> None:
        self._n_bytes += n
        if self._n_bytes > _HEADER_BYTES or self._n_headers > _HEADERS:
            self._stop(_headers_too_large())

    def _stop(self, refused: Refused) -> None:
        """Stop the parser within one of its calls; it calls ``send_400_response`` then."""
        self._fault = refused
        raise refused

    def _too_large(self) -> Refused:
        most = self.door.limits.body_bytes
        return Refused(413, "too_large", t("the body of a request may have {n:,} bytes at most", n=most))

    def _refuse(self, refused: Refused) -> None:
        """Answer in place of the application, and read no more: whatever still comes is thrown away."""
        cycle, is_open = self.cycle, self._phase == _BODY_COMES
        self._phase, self.due = _ENDS, self.door.now + _LAST_WORDS_S
        self.door.is_busy(self)
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering and (not is_open or cycle.response_started or self.pipeline):
            self.transport.abort()  # an answer to another request is under way: nothing may be written into it
            return
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        said = {"code": refused.code, "message": refused.message, "request": secrets.token_hex(8)}
        body = json.dumps({"error": said}, ensure_ascii=False).encode()
        head = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.flow.resume_reading()
        self.transport.write(STATUS_LINE[refused.status] + head.encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


def _headers_too_large() -> Refused:
    return Refused(
        431, "headers_too_large", t("the headers of a request may have {n:,} bytes at most", n=_HEADER_BYTES)
    )
