"""The console as one ASGI application, to be mounted beside the service's own routes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from luodi.console.guard import Guard
from luodi.console.recent import Recent
from luodi.console.sampler import Sampler
from luodi.console.sessions import Sessions
from luodi.console.tab import Desk
from luodi.errors import LuodiError
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from luodi.console.wire import App, Receive, Scope, Send
    from luodi.serve.service import Service

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2563eb"/>'
    '<path d="M9 7v13a4 4 0 0 0 4 4h10" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>'
)


def make_console(service: Service) -> App:
    """Make the console of a service; one in a process, as its framework will have it.

    Args:
        service: whose fleet, store, keys and meters are shown.

    Returns:
        An application for everything under ``/console``.

    Raises:
        MissingExtra: NiceGUI is not installed.
    """
    need("nicegui", extra="console")
    from luodi.console.pages.places import add_pages

    sessions = Sessions(service.keys, required=service.options.require_key)
    recent = Recent(service.store) if service.store is not None else None
    desk = Desk(service, sessions, Sampler(service.meters.registry.collect), recent)
    add_pages(desk)
    return Console(Guard(_inner(desk), desk.sessions), desk)


def _inner(desk: Desk) -> Any:
    """Make what lies behind the guard: the framework's own application, and the reports of the bundles."""
    from fastapi import FastAPI
    from nicegui import ui
    from starlette.responses import Response

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def report(name: str) -> Response:
        try:
            page = desk.service.fleet.get(name).bundle.read("report.html")
        except LuodiError:
            return Response("404", status_code=404, media_type="text/plain")
        return Response(page, media_type="text/html; charset=utf-8")

    app.get("/report/{name:path}")(report)
    ui.run_with(
        app, title="luodi", favicon=_ICON, dark=None, language="en-US", tailwind=False, show_welcome_message=False,
        reconnect_timeout=30.0,
    )  # fmt: skip
    return app


class Console:
    """Starts what the pages need with the server, or with the first request where nobody tells it, and ends it."""

    def __init__(self, guard: Guard, desk: Desk) -> None:
        self._guard, self._desk = guard, desk
        self._starting = asyncio.Lock()
        self._running = contextlib.AsyncExitStack()
        self._is_started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or a socket."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self.start()
        await self._guard(scope, receive, send)

    async def start(self) -> None:
        """Start once."""
        if self._is_started:
            return
        async with self._starting:
            if not self._is_started:
                app = self._guard.app
                await self._running.enter_async_context(app.router.lifespan_context(app))  # type: ignore[attr-defined]
                self._reading = asyncio.ensure_future(self._desk.sampler.run())
                self._running.callback(self._reading.cancel)
                self._is_started = True

    @property
    def router(self) -> Console:
        """What an application that mounts this one asks for its life: itself."""
        return self

    @contextlib.asynccontextmanager
    async def lifespan_context(self, app: App) -> AsyncIterator[None]:
        """Live as long as the server."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End what was started."""
        await self._running.aclose()
        self._is_started = False

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.lifespan_context(self):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
