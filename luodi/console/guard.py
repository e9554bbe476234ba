"""The door of the console: who has no session goes to the entrance, who comes from another page goes nowhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from luodi.console.entrance import LANGUAGE_COOKIE, Entrance, language_of
from luodi.console.wire import HEADERS, REPORT_HEADERS, App, Receive, Scope, Send, cookies_of, headers_of, reply
from luodi.origin import is_of_another_page, is_this_machine

if TYPE_CHECKING:
    from luodi.console.sessions import Sessions, Visitor

PREFIX = "/console"
COOKIE = "luodi_console"
#: So often an open page is held against its key; what is pressed there is held against it at once.
_LOOKS_EVERY_S = 1.0
#: Bytes of a form; a key is short.
_FORM_BYTES = 4096
_YEAR_S = 365 * 86400
#: The pages, by their paths below the prefix.
PLACES = frozenset({"", "/try", "/traffic", "/answers", "/models", "/keys"})


class Guard:
    """Stand before the console's pages and their sockets.

    A request passes if it names a session whose key still stands, and comes from no other origin. Where no key is asked
    for, the host must be this machine under its own names (against DNS rebinding).
    """

    def __init__(self, app: App, sessions: Sessions) -> None:
        self.app, self.sessions = app, sessions
        self._entrance = Entrance(sessions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; lead the rest to the entrance or refuse it."""
        headers = headers_of(scope)
        path = _below(scope)
        is_socket = scope["type"] == "websocket"
        if is_of_another_page(headers):
            await _refuse(scope, receive, send, status=403)
        elif not is_socket and path in ("/enter", "/leave", "/language"):
            await self._at_entrance(path, scope, receive, send)
        elif (visitor := await self._visitor(headers)) is None:
            await self._turn_away(scope, receive, send, headers=headers)
        elif visitor.is_known or is_this_machine(headers.get("host", "")):
            inner = _inward(scope, path, visitor, headers)
            if is_socket:
                await self._watched(inner, receive, send, token=cookies_of(headers).get(COOKIE, ""))
            else:
                await self.app(inner, receive, _with_headers(send, path))
        else:
            await _refuse(scope, receive, send, status=403)

    async def _visitor(self, headers: dict[str, str]) -> Visitor | None:
        return await asyncio.to_thread(self.sessions.visitor, cookies_of(headers).get(COOKIE, ""))

    async def _at_entrance(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let somebody in or out, or change the language."""
        headers = headers_of(scope)
        language = language_of(headers)
        is_safe = scope.get("scheme") == "https"
        if path == "/language":
            said = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            wanted, back = said.get("to", [""])[0], said.get("back", [""])[0]
            back = back if back in PLACES or back == "/enter" else ""
            kept = f"Path={PREFIX}; SameSite=Strict; Max-Age={_YEAR_S}"
            cookie = f"{LANGUAGE_COOKIE}={'zh' if wanted == 'zh' else 'en'}; {kept}"
            await reply(send, 303, location=f"{PREFIX}{back or '/'}", cookies=[cookie])
        elif path == "/leave" and scope["method"] == "POST":
            await asyncio.to_thread(self.sessions.leave, cookies_of(headers).get(COOKIE, ""))
            await reply(send, 303, location=f"{PREFIX}/enter", cookies=[_cookie("", is_safe=is_safe, lasts=0)])
        elif scope["method"] == "POST":
            form = parse_qs((await _form(receive)).decode("utf-8", "replace"))
            token = await asyncio.to_thread(self.sessions.enter, form.get("key", [""])[0].strip())
            if token is None:
                await self._entrance.show(send, language=language, status=401, is_wrong=True)
            else:
                await reply(send, 303, location=f"{PREFIX}/", cookies=[_cookie(token, is_safe=is_safe)])
        elif not await asyncio.to_thread(self.sessions.needs_key) or await self._visitor(headers):
            await reply(send, 303, location=f"{PREFIX}/")
        else:
            await self._entrance.show(send, language=language)

    async def _turn_away(self, scope: Scope, receive: Receive, send: Send, *, headers: dict[str, str]) -> None:
        """Lead a person to the entrance; refuse everything else."""
        if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            await reply(send, 303, location=f"{PREFIX}/enter")
        else:
            await _refuse(scope, receive, send, status=401)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, *, token: str) -> None:
        """Serve a socket as long as its session stands; each message that comes in is held against it first."""
        gone = asyncio.Event()

        async def until_gone() -> None:
            while await asyncio.to_thread(self.sessions.visitor, token) is not None:
                await asyncio.sleep(_LOOKS_EVERY_S)
            gone.set()
            with suppress(Exception):  # the other side may have closed it in the same moment
                await send({"type": "websocket.close", "code": 1008})

        async def receive_while_known() -> Any:
            message = asyncio.ensure_future(receive())
            over = asyncio.ensure_future(gone.wait())
            await asyncio.wait({message, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if gone.is_set():
                message.cancel()
                return {"type": "websocket.disconnect", "code": 1008}
            said = message.result()
            is_message = said["type"] == "websocket.receive"
            if is_message and await asyncio.to_thread(self.sessions.visitor, token) is None:
                return {"type": "websocket.disconnect", "code": 1008}
            return said

        async def send_while_known(message: Any) -> None:
            if not gone.is_set():
                await send(message)

        watch = asyncio.ensure_future(until_gone())
        try:
            await self.app(scope, receive_while_known, send_while_known)
        finally:
            watch.cancel()


def _below(scope: Scope) -> str:
    """Give the path below the console's prefix, however it was mounted: ``""`` for its front page."""
    path = str(scope["path"])
    path = path[len(PREFIX) :] if path == PREFIX or path.startswith(f"{PREFIX}/") else path
    return "" if path == "/" else path


def _inward(scope: Scope, path: str, visitor: Visitor, headers: dict[str, str]) -> Scope:
    """Make the scope that the pages see: mounted at the prefix, the visitor and the language with it."""
    state = {**scope.get("state", {}), "visitor": visitor, "language": language_of(headers)}
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-prefix"]
    inner = path or "/"
    if path in PLACES:  # each page is there once in each language; the address does not say which
        inner = f"/{state['language']}{inner}"
    whole = PREFIX + inner
    return {**scope, "path": whole, "root_path": PREFIX, "raw_path": whole.encode(), "headers": kept, "state": state}


def _cookie(token: str, *, is_safe: bool, lasts: int | None = None) -> str:
    ends = "" if lasts is None else f"; Max-Age={lasts}"
    return f"{COOKIE}={token}; Path={PREFIX}; HttpOnly; SameSite=Strict{'; Secure' if is_safe else ''}{ends}"


async def _form(receive: Receive) -> bytes:
    """Read a small body; of a larger one the beginning, which is no key."""
    body = b""
    while len(body) < _FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return body[:_FORM_BYTES]


async def _refuse(scope: Scope, receive: Receive, send: Send, *, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await reply(send, status, body="401\n" if status == 401 else "403\n", kind="text/plain")


def _with_headers(send: Send, path: str) -> Send:
    added = REPORT_HEADERS if path.startswith("/report/") else HEADERS

    async def guarded(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *added]}
        await send(message)

    return guarded
