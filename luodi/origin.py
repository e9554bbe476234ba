"""Whom a browser's request comes from, and which machine it was sent to: the rules of every page that luodi shows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_this_machine(host: str) -> bool:
    """Tell whether a Host header names this machine; other names could be made to lead here (DNS rebinding).

    >>> [is_this_machine(host) for host in ("localhost:8000", "[::1]", "example.org", "[")]
    [True, True, False, False]
    """
    try:
        return urlsplit(f"http://{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def is_of_another_page(headers: Mapping[str, str]) -> bool:
    """Tell whether a page of another origin makes a browser ask: it would bring cookies, or come from loopback.

    Programs send neither header. To follow a link is no such request.

    Args:
        headers: by their names in small letters.

    >>> is_of_another_page({"host": "a:1", "origin": "http://a:1"}), is_of_another_page({"host": "a", "origin": "null"})
    (False, True)
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
        return True
    return origin is not None and origin not in (f"http://{host}", f"https://{host}")
