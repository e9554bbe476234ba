"""One HTTP connection that nobody can hold for ever: uvicorn's, with bounds on time, on bytes and on what is queued."""

from __future__ import annotations

import json
import secrets
from math import inf
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from luodi.language import t
from luodi.serve.reading import Phase, Reading, Refused

if TYPE_CHECKING:
    import asyncio

    from luodi.serve.door import Door

#: Who was refused has so long to read why: what is closed at once may never be read.
_LAST_WORDS_S = 1.0


class Connection(HttpToolsProtocol):  # type: ignore[misc]
    """A connection with an end to everything.

    Attributes:
        phase: what it is at.
        due: on the monotonic clock; when it is past, ``give_up`` is called.
        open: the requests that are not answered yet, in their order.
    """

    def __init__(self, *given: Any, door: Door, **named: Any) -> None:
        super().__init__(*given, **named)
        self.door, self.phase, self.due = door, Phase.WAITS, inf
        self.open: list[Any] = []
        self.reading = Reading(self, door)
        self.parser = httptools.HttpRequestParser(self.reading)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take a client in; beyond the most, whoever has been silent longest goes."""
        super().connection_made(transport)
        self.enter(Phase.WAITS, self.door.limits.header_s)
        if len(self.connections) > self.door.most:
            oldest = self.door.make_room()
            if oldest is self or oldest is None:
                self._refuse(Refused(503, "too_many_connections", t("too many connections are open")))
            else:
                oldest.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self.enter(Phase.ENDS, inf)
        for cycle in self.open:  # uvicorn tells the last one only
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what came before was refused."""
        if self.phase is Phase.ENDS:
            return
        super().data_received(data)
        if refused := self.reading.count(len(data)):
            self._refuse(refused)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.open = [cycle for cycle in self.open if not cycle.response_complete]
        super().on_response_complete()
        if self.phase is Phase.ANSWERS and not self.open:
            self.enter(Phase.WAITS, self.door.limits.idle_s)
        elif self.phase is Phase.HEADERS:  # they could not be read meanwhile
            self.enter(Phase.HEADERS, self.door.limits.header_s)

    def pause_writing(self) -> None:
        """Give a client that does not read its answer so long."""
        super().pause_writing()
        self.due = self.door.now + self.door.limits.idle_s

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        self.enter(self.phase, inf if self.phase is Phase.ANSWERS else self.door.limits.idle_s)

    def handle_websocket_upgrade(self) -> None:
        """Hand the client over: from here on it is the framework's."""
        self.enter(Phase.ANSWERS, inf)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser, or one of the bounds, did not take."""
        self._refuse(self.reading.fault or Refused(400, "bad_request", t("this is no HTTP request")))

    def shutdown(self) -> None:
        """Let a request that is under way end, and no other begin."""
        if self.open:
            super().shutdown()
        else:
            self.drop()

    def enter(self, phase: Phase, seconds: float) -> None:
        """Be at something, for so many seconds at most."""
        self.phase, self.due = phase, self.door.now + seconds
        if phase is Phase.WAITS:
            self.door.is_silent(self)
        elif phase is not Phase.HEADERS:
            self.door.is_busy(self)

    def give_up(self) -> None:
        """End what took too long: with a reason where a request has begun and no answer has."""
        if self.phase is Phase.ENDS or self.flow.write_paused:
            self.transport.abort()
        elif self.phase is Phase.WAITS:
            self.drop()
        elif self.phase is Phase.BODY and self.flow.read_paused:  # it is the application that does not read
            self.enter(Phase.BODY, self.door.limits.request_s)
        else:
            self._refuse(Refused(408, "too_slow_to_send", t("the request did not come in time")))

    def drop(self) -> None:
        """End the connection, at the latest when its last words had time to be read."""
        self.enter(Phase.ENDS, _LAST_WORDS_S)
        self.transport.close()

    def _refuse(self, refused: Refused) -> None:
        """Answer in place of the application, and read no more: whatever still comes is thrown away."""
        is_first = self.phase is Phase.BODY and len(self.open) == 1 and not self.open[0].response_started
        self.enter(Phase.ENDS, _LAST_WORDS_S)
        if self.open and not is_first:
            self.transport.abort()  # the answer to another request is under way: nothing may be written into it
            return
        for cycle in self.open:
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
