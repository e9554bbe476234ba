"""The application: one door, then the routes; every answer has an id, every refusal one shape, every request a line."""

from __future__ import annotations

import asyncio
import time
import traceback
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from luodi.runtime import need
from luodi.serve.asked import Asked, Reply, request_id
from luodi.serve.body import ClientGone
from luodi.serve.endpoint import Endpoint, by_path
from luodi.serve.errors import refusal_of
from luodi.serve.guard import OPEN, Guard
from luodi.serve.line import line_of
from luodi.serve.openapi import pages
from luodi.serve.outward import Outward
from luodi.serve.ways import ways

if TYPE_CHECKING:
    from luodi.serve.asked import Receive, Scope, Send
    from luodi.serve.service import Service

#: The headers that somebody here reads; a second one of these beside the first is not believed.
_READ = frozenset({
    b"accept", b"accept-language", b"authorization", b"content-length", b"host", b"inference-header-content-length",
    b"origin", b"sec-fetch-mode", b"sec-fetch-site", b"x-request-id",
})  # fmt: skip
#: A client that left gets no answer; this is what log and meters show.
_GONE = 499


def make_app(service: Service) -> App:
    """Make the ASGI application of a service."""
    return App(service)


class App:
    """Answers over ASGI.

    Args:
        service: what answers.

    Attributes:
        routes: every route behind the door, mounted applications too.
        state: ``draining`` is set by whoever stops the service.
    """

    def __init__(self, service: Service) -> None:
        routing = need("starlette.routing", extra="serve")
        self.service = service
        self.state = SimpleNamespace(draining=False)
        self.guard = Guard(service.keys, always=service.options.require_key)
        table = ways()
        self._known = by_path((*table, *pages(table)))
        self.routes: list[Any] = [routing.Route(path, endpoint) for path, endpoint in self._known.items()]
        for prefix, app in service.also.items():
            self.routes += [routing.Route(prefix, app), routing.Mount(prefix, app)]  # a mount alone misses its own name
        self._router = routing.Router(self.routes, redirect_slashes=False, default=Endpoint("other", {}))
        service.meters.watch(self._depths)
        service.fleet.on_batch = service.meters.batch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or one socket of a mounted application."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        started = time.perf_counter()
        headers = _headers(scope)
        asked = Asked(scope, receive, self.service, headers, request_id(headers.get("x-request-id")))
        scope["luodi"], scope["app"] = asked, self
        if scope["type"] == "websocket":
            await self._socket(asked, send)
            return
        outward = Outward(send, asked.id, is_closing=self.state.draining)
        try:
            await self._admit(asked)
            await self._router(scope, receive, outward)
        except ClientGone:
            outward.status = _GONE
        except Exception as error:
            await self._refuse(asked, outward, error)
        finally:
            self._note(asked, outward.status, time.perf_counter() - started)

    async def _admit(self, asked: Asked) -> None:
        """Let a request through the door; a mounted application that has a door of its own stands open for it."""
        path: str = asked.scope["path"]
        if self._has_own_door(path):
            return
        if self.guard.is_quick:
            self.guard.admit(asked, path)
        else:
            await asyncio.to_thread(self.guard.admit, asked, path)

    def _has_own_door(self, path: str) -> bool:
        own = self.service.own_doors
        return bool(own) and any(path == prefix or path.startswith(f"{prefix}/") for prefix in own)

    async def _refuse(self, asked: Asked, outward: Outward, error: Exception) -> None:
        """Tell why; what nobody foresaw goes into the log, whole, and to the caller as an id."""
        refusal = refusal_of(error)
        if refusal.status >= 500 and refusal.code not in ("draining", "not_ready", "too_slow"):
            asked.note = "".join(traceback.format_exception(error))[-4000:]
        if outward.is_begun:  # half an answer is out: only its end can tell that it is none
            raise error
        if self.state.draining and refusal.code == "overloaded":
            refusal.status, refusal.code = 503, "draining"
        said = {"error": refusal.message} if asked.scope["path"].startswith("/v2") else refusal.to_json(asked.id)
        if asked.scope["path"].startswith("/v2") and refusal.found:
            said["error"] = f"{refusal.message}: {refusal.found}"
        await outward.reply(Reply.of(said, status=refusal.status, headers=refusal.headers))

    async def _socket(self, asked: Asked, send: Send) -> None:
        """Let a socket of a mounted application through the door; there are no others."""
        try:
            await self._admit(asked)
            path = asked.scope["path"]
            if not any(path.startswith(f"{prefix}/") for prefix in self.service.also):
                raise LookupError(path)
        except Exception:
            await asked.receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._router(asked.scope, asked.receive, send)

    def _note(self, asked: Asked, status: int, seconds: float) -> None:
        if asked.route == "other":
            asked.route = next((p for p in self.service.also if asked.scope["path"].startswith(f"{p}/")), "other")
        self.service.meters.answered(asked.route, asked.scope["method"], status=status, seconds=seconds)
        if asked.scope["path"] not in OPEN or status >= 400:
            self.service.log.write("request", line_of(asked, status=status, seconds=seconds))

    async def _live(self, receive: Receive, send: Send) -> None:
        """Begin and end with the server, and let mounted applications do so."""
        await receive()
        try:
            async with AsyncExitStack() as stack:
                for app in self.service.also.values():
                    if (router := getattr(app, "router", None)) is not None:
                        await stack.enter_async_context(router.lifespan_context(app))
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as failed:
            await send({"type": "lifespan.startup.failed", "message": type(failed).__name__})
            raise
        self.service.log.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _depths(self) -> list[tuple[str, Any]]:
        fleet = self.service.fleet
        return [(name, fleet.get(name).batcher.depth()) for name in fleet.names()]


def _headers(scope: Scope) -> dict[str, str]:
    """Give the headers that somebody here reads; one that comes twice counts as a bad one."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            key = name.decode("ascii")
            found[key] = value.decode("latin-1") if key not in found else "\0"
    return found
