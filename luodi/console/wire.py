"""What the console says below its pages: headers that shut a page off, cookies, short answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_PLAIN = (b"x-content-type-options", b"nosniff")
#: Nothing is loaded from elsewhere, and nobody else may frame a page. The pages' framework compiles its templates in
#: the browser, hence the unsafe words; what a user typed never reaches them.
HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self' data: blob:; connect-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        b"style-src 'self' 'unsafe-inline'; frame-src 'self'; object-src 'none'; frame-ancestors 'none'; "
        b"form-action 'self'; base-uri 'none'",
    ),
    (b"referrer-policy", b"same-origin"),  # with none at all, a form of ours would not say where it comes from
    _PLAIN,
]
#: A report comes with a bundle, and a bundle from anywhere: it is shown in a place of its own that knows no cookie,
#: reaches no network and opens no window.
REPORT_HEADERS = [
    (
        b"content-security-policy",
        b"sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        b"img-src data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    ),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    _PLAIN,
]


def headers_of(scope: Scope) -> dict[str, str]:
    """Give the headers of a request, names in small letters."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def cookies_of(headers: dict[str, str]) -> dict[str, str]:
    """Read the cookies by hand: the library's reader drops all for one odd one, and other programs set theirs too.

    >>> cookies_of({"cookie": 'a=1; b="2"'})
    {'a': '1', 'b': '2'}
    """
    parts = (one.strip().partition("=") for one in headers.get("cookie", "").split(";"))
    return {name: value.strip('"') for name, _, value in parts if name}


async def reply(
    send: Send, status: int, *, body: str = "", kind: str = "text/html", location: str | None = None,
    cookies: Sequence[str] = (),
) -> None:  # fmt: skip
    """Send a short answer that nobody keeps."""
    headers = [(b"content-type", f"{kind}; charset=utf-8".encode()), (b"cache-control", b"no-store"), *HEADERS]
    headers += [(b"set-cookie", cookie.encode()) for cookie in cookies]
    if location is not None:
        headers.append((b"location", location.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
