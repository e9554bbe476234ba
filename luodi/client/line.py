"""The connections to one service: kept open between requests, shared by threads, never one that is dead."""

from __future__ import annotations

import http.client
import os
import select
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.client.address import Address

#: A connection that lay idle for longer is not trusted any more.
_IDLE_S = 20.0
#: Connections that are kept open while nobody asks.
_KEPT = 32
#: An answer may be so long, and is read in pieces of so many bytes.
_MOST_BYTES = 256 << 20
_PIECE = 1 << 16


class Lost(OSError):
    """The connection ended before an answer had come whole; the request may have been worked on."""


class Late(OSError):
    """The answer did not come whole in time; the request may still be worked on."""


@dataclass(frozen=True)
class Request:
    """What is asked: a method, a path, and a body where there is one."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """What came back, whole; the names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """Connections to one address; safe to use from several threads, each request has one for itself.

    Args:
        address: of the service.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: deque[tuple[http.client.HTTPConnection, float]] = deque()
        self._lock = threading.Lock()
        self._process = os.getpid()

    def close(self) -> None:
        """Let all idle connections go."""
        with self._lock:
            idle, self._idle = list(self._idle), deque()
        for line, _ in idle:
            line.close()

    def exchange(self, request: Request, *, timeout_s: float) -> Answer:
        """Send a request and read its answer whole.

        Raises:
            OSError: no connection could be had; nothing was sent.
            Lost: the connection ended before the answer had come.
            Late: the answer had not come within ``timeout_s``.
        """
        until = time.monotonic() + timeout_s
        line = self._kept() or self._opened(timeout_s)
        try:
            answer, may_stay = _asked(line, request, self.address, until)
        except TimeoutError as late:
            line.close()
            raise Late(str(late)) from late
        except (OSError, http.client.HTTPException) as lost:
            line.close()
            raise Lost(type(lost).__name__) from lost
        except BaseException:
            line.close()
            raise
        self._keep(line) if may_stay else line.close()
        return answer

    def _opened(self, timeout_s: float) -> http.client.HTTPConnection:
        line = self.address.connection(timeout_s=timeout_s)
        try:
            line.connect()
        except http.client.HTTPException as strange:  # of a proxy
            line.close()
            raise OSError(type(strange).__name__) from strange
        except BaseException:
            line.close()
            raise
        return line

    def _kept(self) -> http.client.HTTPConnection | None:
        """Take the connection that was used last, if one lives."""
        with self._lock:
            if self._process != os.getpid():  # a copy of the process shares no connection with it
                self._idle, self._process = deque(), os.getpid()
            while self._idle:
                line, since = self._idle.pop()
                if time.monotonic() - since < _IDLE_S and _lives(line):
                    return line
                line.close()
        return None

    def _keep(self, line: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.append((line, time.monotonic()))
            dropped = self._idle.popleft()[0] if len(self._idle) > _KEPT else None
        if dropped is not None:
            dropped.close()


def _lives(line: http.client.HTTPConnection) -> bool:
    """Tell whether nothing has come on an idle connection: what comes unasked is its end."""
    if line.sock is None:
        return False
    seen = select.poll()
    seen.register(line.sock, select.POLLIN | select.POLLHUP | select.POLLERR)
    return not seen.poll(0)


def _asked(line: Any, request: Request, address: Address, until: float) -> tuple[Answer, bool]:
    """Ask over an open connection; tell besides whether it may be used again."""
    _wait_until(line, until)
    headers = {**request.headers, "Host": address.netloc}
    if address.is_relayed and address.proxy is not None:
        headers.update(address.proxy.headers)
    line.request(request.method, address.target(request.path), body=request.body, headers=headers)
    _wait_until(line, until)
    answered = line.getresponse()
    body = bytearray()
    while True:
        _wait_until(line, until)
        piece = answered.read1(_PIECE)
        if not piece:
            break
        body += piece
        if len(body) > _MOST_BYTES:
            raise http.client.HTTPException
    if answered.length:  # fewer bytes came than were announced
        raise http.client.IncompleteRead(b"")
    answered.close()  # so that the connection knows that it is free
    named = {name.lower(): value for name, value in answered.getheaders()}
    return Answer(answered.status, named, bytes(body)), not answered.will_close


def _wait_until(line: Any, until: float) -> None:
    """Let the next step of an exchange take no longer than what is left of its time."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if line.sock is not None:  # an answer that ends with the connection has taken it over
        line.sock.settimeout(left)
