"""The server on one socket: it comes when all is ready, and leaves when what it accepted is answered."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from luodi.serve.connection import Connection

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

    from luodi.serve.door import Door

#: So long the port stays open after SIGTERM, at least: whoever asks whether the service is ready has time to hear no.
_SETTLE_S = 1.0
_EVERY_S = 0.25
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_START_FAILED = 3
_LOOP = "asyncio"


class Server(uvicorn.Server):  # type: ignore[misc]
    """Uvicorn's server with connections that end, and an end of its own in which no request is lost.

    Args:
        app: the ASGI application.
        door: what the connections share.
        tls: speaks HTTPS by it.
        grace_s: how long the end may take.
        announce: is called once it listens.
    """

    def __init__(
        self, app: Any, door: Door, *, tls: ssl.SSLContext | None, grace_s: float, announce: Callable[[], None]
    ) -> None:
        kept_s = int(door.limits.idle_s) + 1
        super().__init__(
            uvicorn.Config(
                app, http=partial(Connection, door=door), loop=_LOOP, log_config=None, log_level="error",
                access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=kept_s,
            )
        )  # fmt: skip
        self.door, self._app, self._tls, self._grace_s, self._announce = door, app, tls, grace_s, announce
        self._leaves_at = 0.0
        self._accepted: list[Any] = []
        self._looking: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(_START_FAILED)
        make = partial(
            self.config.http_protocol_class, config=self.config, server_state=self.server_state,
            app_state=self.lifespan.state,
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        patience_s = self.door.limits.header_s if self._tls else None
        self.servers = [
            await loop.create_server(make, sock=one, ssl=self._tls, backlog=1024, ssl_handshake_timeout=patience_s)
            for one in sockets or ()
        ]
        self._looking = loop.create_task(self._look())
        self.started = True
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and wait for what is still under way, as long as grace lasts."""
        self.config.timeout_graceful_shutdown = max(0.1, self._grace_s - (time.monotonic() - self._leaves_at))
        try:
            await super().shutdown(sockets)
        finally:
            if self._looking is not None:
                self._looking.cancel()

    async def on_tick(self, counter: int) -> bool:
        """Tell whether to end: once what had been accepted before the signal is answered."""
        await super().on_tick(counter)
        if not self.door.draining:
            return bool(self.should_exit)
        passed = time.monotonic() - self._leaves_at
        are_answered = all(cycle.response_complete or cycle.disconnected for cycle in self._accepted)
        self.should_exit: bool = (
            are_answered and passed >= min(_SETTLE_S, self._grace_s / 4)
        ) or passed >= self._grace_s
        return self.should_exit

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to leave; at the second signal, be gone."""
        if self.door.draining:
            os._exit(128 + sig)
        self._leaves_at = time.monotonic()
        self.door.draining = True
        connections = self.server_state.connections
        self._accepted = [cycle for one in connections if isinstance(one, Connection) for cycle in one.open]
        for cycle in self._accepted:
            cycle.keep_alive = False
        if hasattr(self._app, "state"):
            self._app.state.draining = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals while serving; they end the server, not the process."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in _SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def _look(self) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                self.door.look(self.server_state.connections)
                await asyncio.sleep(_EVERY_S)
