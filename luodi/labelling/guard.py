"""A door in front of the page: lets in only who has its address, from a browser that shows that address."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from luodi.origin import is_of_another_page, is_this_machine

if TYPE_CHECKING:
    from collections.abc import Mapping

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Nothing is loaded from elsewhere, and nobody may frame the page. The page's framework compiles its templates in the
#: browser, hence the two unsafe words; texts never reach them.
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self' data: blob:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
        b"script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        b"style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """Stand before a page on loopback, so that no other user of the machine and no other web page can answer.

    The address holds a secret. The first visit turns it into a cookie; every request after that must bring the cookie,
    name this machine as its host, and come from no other page.

    Args:
        app: what is guarded.
        port: it makes the cookie's name, since cookies of one host are shared by all its ports.
        refusal: the sentence that others get.
    """

    def __init__(self, app: App, *, port: int, refusal: str) -> None:
        self.app, self.refusal = app, refusal
        self.token = secrets.token_urlsafe(32)
        #: A second secret that opens once: for the browser that is started here, whose arguments others can read.
        self.ticket: str | None = secrets.token_urlsafe(32)
        self._cookie = f"luodi_label_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; refuse the rest."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if _is_foreign(headers):
            await self._refuse(scope, receive, send)
        elif scope["type"] == "http" and self._opens(scope):
            await self._welcome(send)
        elif self._knows(headers):
            await self.app(scope, receive, _with_headers(send))
        else:
            await self._refuse(scope, receive, send)

    def _opens(self, scope: Scope) -> bool:
        """Tell whether the address holds a secret; the one that opens once is used up."""
        said = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if self.ticket is not None and _same(said, self.ticket):
            self.ticket = None
            return True
        return _same(said, self.token)

    def _knows(self, headers: Mapping[str, str]) -> bool:
        # by hand: http.cookies refuses all for one odd cookie, and other programs on this machine set theirs too
        cookies = (one.strip().partition("=") for one in headers.get("cookie", "").split(";"))
        return any(name == self._cookie and _same(value.strip('"'), self.token) for name, _, value in cookies)

    async def _welcome(self, send: Send) -> None:
        """Hand out the cookie and lead to the page, so that the secret leaves the address bar."""
        cookie = f"{self._cookie}={self.token}; Path=/; HttpOnly; SameSite=Lax"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"cache-control", b"no-store"), *_HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        body = self.refusal.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *_HEADERS]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _is_foreign(headers: Mapping[str, str]) -> bool:
    """Tell whether a request names another host, or was made by a page of another origin."""
    return not is_this_machine(headers.get("host", "")) or is_of_another_page(headers)


def _same(said: str, secret: str) -> bool:
    return hmac.compare_digest(said.encode("utf-8", "surrogatepass"), secret.encode())


def _with_headers(send: Send) -> Send:
    async def guarded(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_HEADERS]
        await send(message)

    return guarded
