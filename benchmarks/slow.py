"""Opens connections by the thousand that say nothing, or say it slowly, and sees what others have to suffer."""

from __future__ import annotations

import contextlib
import resource
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from load import bodies, k6
from served import serving

if TYPE_CHECKING:
    import argparse

    from served import Ground

_START = b"POST /v1/predict HTTP/1.1\r\nHost: a\r\n"
#: What a slow client has said when it begins to be slow.
_KINDS = {
    "silent": b"",
    "slow header": _START + b"X-A: ",
    "slow body": _START + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
}
_EVERY_S = 1.0
#: Requests a second of the others, one text each: far below what is carried.
_RATE = 50.0


def slow(ground: Ground, given: argparse.Namespace) -> dict[str, Any]:
    """Measure the latency of others before and while slow connections are open, and how long those are kept."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with serving(ground, given.work, *given.serve) as service, bodies(ground.texts, each=1) as file:
        url = service.url + "/v1/predict"
        k6(url, file, per_s=_RATE, seconds=3)
        quiet = k6(url, file, per_s=_RATE, seconds=given.seconds)
        before = service.vitals()
        crowd = Crowd(service.port, given.connections)
        crowd.start()
        beside = k6(url, file, per_s=_RATE, seconds=given.seconds)
        during = service.vitals()
        crowd.wait(75)
        after = service.vitals()
        crowd.stop()
        again = k6(url, file, per_s=_RATE, seconds=given.seconds)
    return {
        "connections": given.connections, "quiet": quiet, "beside": beside, "afterwards": again,
        "times_p99": round(beside["p99_ms"] / max(quiet["p99_ms"], 0.01), 2), "closed": crowd.told(),
        "vitals": {"before": before, "during": during, "after": after},
    }  # fmt: skip


class Crowd:
    """Slow connections, a third of each kind, in one thread."""

    def __init__(self, port: int, n: int) -> None:
        self._port, self._n = port, n
        self._open: dict[int, tuple[socket.socket, str, float]] = {}
        self._lasted: dict[str, list[float]] = {kind: [] for kind in _KINDS}
        self._refused = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Open them all, then go on slowly."""
        names = list(_KINDS)
        for place in range(self._n):
            kind = names[place % len(names)]
            try:
                line = socket.create_connection(("127.0.0.1", self._port), timeout=5)
                line.sendall(_KINDS[kind])
            except OSError:
                self._refused += 1
                continue
            self._open[line.fileno()] = (line, kind, time.monotonic())
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until the service has closed them all, or for so long."""
        until = time.monotonic() + seconds
        while self._open and time.monotonic() < until:
            time.sleep(0.2)

    def stop(self) -> None:
        """Let go of those that are left."""
        self._done.set()
        self._thread.join()
        for line, _, _ in self._open.values():
            line.close()

    def told(self) -> dict[str, Any]:
        """Give by kind how many the service closed and after how long, and how many it kept to the end."""
        left = [kind for _, kind, _ in self._open.values()]
        rows: dict[str, Any] = {
            kind: {"closed": len(lasted), "still_open": left.count(kind), "first_s": round(min(lasted, default=0), 1),
                   "last_s": round(max(lasted, default=0), 1)}
            for kind, lasted in self._lasted.items()
        }  # fmt: skip
        return {"refused": self._refused, **rows}

    def _run(self) -> None:
        poll = select.poll()
        for number in self._open:
            poll.register(number, select.POLLIN | select.POLLHUP | select.POLLERR)
        said_at = time.monotonic()
        while not self._done.is_set():
            for number, _ in poll.poll(100):
                self._read(poll, number)
            if time.monotonic() - said_at > _EVERY_S:
                said_at = time.monotonic()
                for line, kind, _ in list(self._open.values()):
                    if kind != "silent":
                        with contextlib.suppress(OSError):
                            line.send(b"a")

    def _read(self, poll: Any, number: int) -> None:
        line, kind, since = self._open[number]
        with contextlib.suppress(OSError):
            if line.recv(65536):
                return
        poll.unregister(number)
        line.close()
        self._lasted[kind].append(time.monotonic() - since)
        del self._open[number]
