"""One line for each request, written by a thread of its own: a reader that stalls never holds up an answer."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

Format = Literal["json", "plain"]
#: Lines that wait to be written; what comes on top is counted and left out.
_MOST_WAITING = 20_000
#: Lines that come within so long are written together.
_GATHER_S = 0.02


class Log:
    """Write lines to a stream, in order, without ever waiting for it.

    Args:
        format: an object a line, or words.
        stream: standard error unless given.

    Attributes:
        n_lost: lines that were left out since too many waited.
    """

    def __init__(self, format: Format = "json", *, stream: TextIO | None = None) -> None:
        self._format, self._stream = format, stream
        self._waiting: deque[dict[str, Any]] = deque()
        self._some, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.n_lost = 0

    def write(self, event: str, fields: Mapping[str, Any]) -> None:
        """Hand a line over; its values are masked where they are foreign by whoever gives them."""
        if len(self._waiting) >= _MOST_WAITING:
            self.n_lost += 1
            return
        self._waiting.append({"at": time.time(), "event": event, **fields})
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="luodi-log", daemon=True)
            self._thread.start()
        if not self._some.is_set():
            self._some.set()

    def close(self, *, timeout_s: float = 2.0) -> None:
        """Write what waits, within a time."""
        self._ended.set()
        self._some.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None
        self._ended.clear()

    def _run(self) -> None:
        while True:
            self._some.wait()
            if not self._ended.is_set():
                self._ended.wait(_GATHER_S)
            self._some.clear()
            self._write_all()
            if self._ended.is_set() and not self._waiting:
                return

    def _write_all(self) -> None:
        lines = []
        with suppress(IndexError):
            while True:
                lines.append(self._line(self._waiting.popleft()))
        stream = self._stream or sys.stderr
        with suppress(OSError, ValueError):  # who reads it has left; the service goes on
            stream.write("".join(lines))
            stream.flush()

    def _line(self, fields: dict[str, Any]) -> str:
        at = datetime.fromtimestamp(fields.pop("at"), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._format == "json":
            return write_json({"at": at, **fields}) + "\n"
        said = " ".join(f"{name}={write_json(value)}" for name, value in fields.items() if name != "event")
        return f"{at} {fields['event']} {said}\n"
