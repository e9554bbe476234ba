"""Listens for HTTP, and ends in order: ready no more, what was accepted answered, then gone.

The server is uvicorn on asyncio, with connections of our own. Beside it granian and uvloop were measured under the
service's own shape (``benchmarks/bench_http_server.py``): a model of MiniLM's size answers some hundred texts a second,
each server takes more than ten thousand requests, and what differs between them is less than what differs from one
minute to the next. What decided is what each does about bad clients, and whether that can be changed. As they come,
uvicorn keeps silent connections, slow headers and slow bodies for ever and reads headers and bodies without end;
granian ends slow headers after 30 s and refuses headers that are too large, but keeps silent connections, slow bodies
and endless bodies as well, in compiled code that cannot be told otherwise. Uvicorn's connections are Python classes
that can; the console needs uvicorn in any case; and it takes 3 MB where granian takes 21 and uvloop 14.
"""

from __future__ import annotations

import errno
import resource
import socket
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t
from luodi.runtime import need
from luodi.serve.door import Door
from luodi.serve.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Files that the rest of the process may open: bundles, the store, what it talks to.
_OTHER_FILES = 128


@dataclass(frozen=True)
class Listen:
    """Where and how to listen.

    Args:
        host: address or name.
        port: a free one where 0.
        certificate: PEM file; with it HTTPS is spoken.
        key: PEM file of its private key; the certificate's own file unless given.
        limits: on clients.
        grace_s: so long after SIGTERM the answers to what was accepted may take.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    key: Path | None = None
    limits: Limits = field(default_factory=Limits)
    grace_s: float = 30.0

    def __post_init__(self) -> None:
        """Refuse a grace that never ends.

        Raises:
            RecipeError: it is below 0, or none.
        """
        if not 0 <= self.grace_s < inf:
            raise RecipeError(t("{name} cannot be {value}", name="grace_s", value=self.grace_s))


def run(app: Any, listen: Listen, *, announce: Callable[[str], None] | None = None) -> None:
    """Serve an ASGI application until SIGTERM or SIGINT; a second one ends the process at once.

    At the first, ``app.state.draining`` becomes true, where the application has a ``state``. The port stays open until
    what was accepted is answered, a second at least; the application may refuse what comes meanwhile.

    Args:
        app: the application. The scope of its requests holds, under ``luodi.gone``, a function that tells from any
            thread whether the client has left.
        listen: where and how.
        announce: is told the address, once it listens; standard output unless given.

    Raises:
        MissingExtra: the server is not installed.
        RecipeError: the address cannot be had, or certificate and key cannot be used.
    """
    for needed in ("uvicorn", "httptools"):
        need(needed, extra="serve")
    from luodi.serve.server import Server

    tls = tls_of(listen.certificate, listen.key)
    with bound(listen.host, listen.port) as listening:
        address = _address(listening, listen.host, is_secure=tls is not None)
        door = Door(listen.limits, most=min(listen.limits.connections, _room()))
        server = Server(app, door, tls=tls, grace_s=listen.grace_s, announce=lambda: (announce or _print)(address))
        server.run(sockets=[listening])


def bound(host: str, port: int) -> socket.socket:
    """Take an address; the first one that a name stands for.

    Raises:
        RecipeError: the name stands for none, the machine has no such address, or the port is taken.
    """
    if not 0 <= port < 1 << 16:
        raise RecipeError(t("a port is a number below 65,536"), found=str(port), fix=t("name another port with --port"))
    try:
        family, kind, proto, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, proto)  # asyncio sends without delay only where TCP is named
    except (OSError, OverflowError, UnicodeError) as unknown:
        raise _cannot(host, port, unknown, fix=t("name an address of this machine with --host")) from unknown
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(place)
        listening.listen(1024)
    except (OSError, OverflowError) as failed:
        listening.close()
        is_taken = getattr(failed, "errno", None) in (errno.EADDRINUSE, errno.EACCES)
        fix = t("name another port with --port") if is_taken else t("name an address of this machine with --host")
        raise _cannot(host, port, failed, fix=fix) from failed
    return listening


def tls_of(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Read what HTTPS is spoken with; None where no certificate is named.

    Raises:
        RecipeError: a file cannot be read, holds something else, is encrypted, or the two do not belong together.
    """
    if certificate is None:
        if key is not None:
            raise RecipeError(t("a key was given without its certificate"), found=str(key), fix="--certificate FILE")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        for file in filter(None, (certificate, key)):
            file.read_bytes()
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as failed:  # an SSLError is an OSError
        reason = getattr(failed, "reason", None) or getattr(failed, "strerror", None) or str(failed)
        where = str(getattr(failed, "filename", None) or ", ".join(str(one) for one in (certificate, key) if one))
        raise RecipeError(
            t("certificate and key cannot be used: {where}", where=where), found=str(reason),
            fix=t("give two PEM files that belong together, the key without a password"),
        ) from failed  # fmt: skip
    return context


def _no_password() -> str:
    raise ValueError(t("the key is encrypted"))


def _cannot(host: str, port: int, failed: Exception, *, fix: str) -> RecipeError:
    return RecipeError(
        t("{host}:{port} cannot be listened at", host=host, port=port),
        found=getattr(failed, "strerror", None) or str(failed), fix=fix,
    )  # fmt: skip


def _address(listening: socket.socket, host: str, *, is_secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http{'s' if is_secure else ''}://{name}:{listening.getsockname()[1]}"


def _room() -> int:
    """Have the system allow as many open files as it may, and give how many of them connections may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return max(16, (1 << 20 if soft == resource.RLIM_INFINITY else soft) - _OTHER_FILES)


def _print(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
