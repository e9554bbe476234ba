"""Listens for HTTP, and ends in order: ready no more, what was accepted answered, then gone."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t
from luodi.runtime import need
from luodi.serve.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable


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


def run(app: Any, listen: Listen, *, announce: Callable[[str], None] | None = None) -> None:
    """Serve an ASGI application until SIGTERM or SIGINT; a second one ends the process at once.

    Where the application has a ``state``, its ``draining`` becomes true at the first.

    Args:
        app: the application.
        listen: where and how.
        announce: is told the address, once it listens; standard output unless given.

    Raises:
        MissingExtra: the server is not installed.
        RecipeError: the address cannot be had, or certificate and key cannot be used.
    """
    uvicorn = need("uvicorn", extra="serve")
    bound = _bound(listen)
    address = f"http://{listen.host}:{bound.getsockname()[1]}"
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=int(listen.grace_s),
    )  # fmt: skip
    (announce or _print)(address)
    uvicorn.Server(config).run(sockets=[bound])


def _print(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


def _bound(listen: Listen) -> socket.socket:
    try:
        return socket.create_server((listen.host, listen.port), backlog=1024)
    except (OSError, OverflowError) as failed:
        raise RecipeError(
            t("{host}:{port} cannot be listened at", host=listen.host, port=listen.port), found=str(failed)
        ) from failed
