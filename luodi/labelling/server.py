"""Serves the page on loopback until it is closed: a free port, a secret address, no log of who asked what."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import webbrowser
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.labelling.guard import Guard
from luodi.labelling.page import make_page
from luodi.language import t
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from luodi.labelling.view import Wishes
    from luodi.labelling.walk import Walk

_HOST = "127.0.0.1"
#: So long open connections may take to end.
_PATIENCE_S = 1
#: So long the last words have to reach every tab; the server lets go of its connections at once.
_FAREWELL_S = 0.5


def serve(walk: Walk, *, wishes: Wishes, port: int | None, announce: Callable[[str], None]) -> None:
    """Show the page until somebody closes it there or presses Ctrl-C.

    Args:
        walk: the way through the batch.
        wishes: how it is shown.
        port: of 127.0.0.1; a free one unless named.
        announce: is told the address, once somebody can go there.

    Raises:
        MissingExtra: NiceGUI is not installed.
        RecipeError: the port is taken.
    """
    uvicorn = need("uvicorn", extra="console")
    with _bound(port) as listening:
        number = int(listening.getsockname()[1])
        server: Any = None

        def close() -> None:
            asyncio.get_running_loop().call_later(_FAREWELL_S, setattr, server, "should_exit", True)

        guard = Guard(
            make_page(walk, wishes=wishes, close=close), port=number,
            refusal=t("Open the address that the terminal shows: it holds a secret that this one lacks.") + "\n",
        )  # fmt: skip
        config = uvicorn.Config(
            guard, log_level="error", access_log=False, lifespan="on", ws="auto",
            timeout_graceful_shutdown=_PATIENCE_S, server_header=False, proxy_headers=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        listening.listen(64)
        with _ended_by_ctrl_c(server):
            announce(f"http://{_HOST}:{number}/?token={guard.token}")
            if _has_display():
                address = f"http://{_HOST}:{number}/?token={guard.ticket}"
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # some wait for it
            server.run(sockets=[listening])


@contextmanager
def _ended_by_ctrl_c(server: Any) -> Iterator[None]:
    """Let Ctrl-C end a server from the moment on that its address is told, not only once it has started.

    In between, asyncio would cancel the start itself, and what the server waits for then may never come.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, server.handle_exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _bound(port: int | None) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port or 0))
    except (OSError, OverflowError) as taken:
        listening.close()
        raise RecipeError(
            t("port {port} cannot be had", port=port), found=getattr(taken, "strerror", None) or str(taken),
            fix=t("leave --port out: a free one is found"),
        ) from taken  # fmt: skip
    return listening


def _has_display() -> bool:
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
