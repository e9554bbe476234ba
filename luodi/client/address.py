"""Where a service is, and the way there: an address that was checked, the proxy in between, who is trusted."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import ssl
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from luodi.errors import RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """A proxy on the way; what it is told of us never shows."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Address:
    """A service's address.

    Args:
        scheme: http or https.
        host: its name or number.
        port: its port.
        path: what every path begins with; empty, or without a slash at its end.
        proxy: on the way there.
        trust: whom to believe who the host is; None over http.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    proxy: Proxy | None = None
    trust: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"

    @property
    def netloc(self) -> str:
        """Give host and port as a URL has them; the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_relayed(self) -> bool:
        """Tell whether a proxy reads the requests itself, for no tunnel leads through it."""
        return self.proxy is not None and self.scheme == "http"

    def target(self, path: str) -> str:
        """Give what a request line names: the whole address where a proxy reads it, else the path."""
        return f"{self}{path}" if self.is_relayed else self.path + path

    def connection(self, *, timeout_s: float) -> http.client.HTTPConnection:
        """Make a connection, not yet opened."""
        host, port = (self.proxy.host, self.proxy.port) if self.proxy else (self.host, self.port)
        if self.trust is None:
            return http.client.HTTPConnection(host, port, timeout=timeout_s)
        line = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=self.trust)
        if self.proxy:
            line.set_tunnel(self.host, self.port, headers=dict(self.proxy.headers))
        return line


def read_address(url: str, *, ca: str | Path | None = None, proxy: str | None = None) -> Address:
    """Read where a service is.

    Args:
        url: ``http://host:port`` or ``https://host``, with a path where the service stands behind one.
        ca: a file of certificates that are trusted instead of the system's.
        proxy: ``http://[name:password@]host:port``; unless given, what the environment names (``https_proxy``,
            ``no_proxy``), and none to this machine itself. The empty text means none.

    Raises:
        RecipeError: the address, the proxy or the file of certificates cannot be used.

    >>> str(read_address("http://[::1]:8000/nlp/", proxy=""))
    'http://[::1]:8000/nlp'
    """
    parts = _parts(url, what=t("service"))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise RecipeError(
            t("the service's address may hold a scheme, a host, a port and a path, nothing else"),
            fix='Client("https://host:port", key=...)',
        )  # not shown: a secret may stand in it
    scheme, host = parts.scheme, str(parts.hostname)
    trust = _trust(ca) if scheme == "https" else None
    through = _proxy(scheme, host, proxy)
    return Address(scheme, host, parts.port or _PORTS[scheme], parts.path.rstrip("/"), through, trust)


def _parts(url: str, *, what: str) -> SplitResult:
    """Divide an address; one that is none is never shown whole, for a password may stand in it."""
    try:
        parts = urlsplit(url)
        found = parts.scheme, parts.hostname, parts.port
    except ValueError:
        found = "", None, None
    sound = url.isascii() and url.isprintable() and " " not in url
    if not sound or found[0] not in _PORTS or not found[1]:
        raise RecipeError(
            t("the address of the {what} is none", what=what), fix=t("write it as http://host:port or https://host")
        )
    return parts


def _trust(ca: str | Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as failed:
        raise RecipeError(
            t("the certificates in {file} cannot be read", file=ca), found=failed.strerror or str(failed),
            fix=t("name a file of certificates in PEM"),
        ) from failed  # fmt: skip


def _proxy(scheme: str, host: str, named: str | None) -> Proxy | None:
    if named is None:
        if _is_here(host) or urllib.request.proxy_bypass(host):
            return None
        named = urllib.request.getproxies().get(scheme)
    if not named:
        return None
    parts = _parts(named if "://" in named else f"http://{named}", what=t("proxy"))
    if parts.scheme != "http":
        raise RecipeError(t("the proxy is spoken to over http only"), fix=t("name a proxy that begins with http://"))
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Proxy(str(parts.hostname), parts.port or _PORTS["http"], headers)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
