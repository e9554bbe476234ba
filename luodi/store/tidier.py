"""Tidies an open store now and then."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from luodi.errors import LuodiError

if TYPE_CHECKING:
    from collections.abc import Callable

#: Between two rounds: at least this long, and at least so many times as long as a round took.
_EVERY_S, _TIMES = 60.0, 50.0


class Tidier:
    """A thread that tidies, rests, and tidies again.

    Args:
        act: tidies once.
        every_s: rests at least that long, also before the first time.
    """

    def __init__(self, act: Callable[[], object], *, every_s: float = _EVERY_S) -> None:
        self._act, self._every_s = act, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="luodi-store-tidier", daemon=True)
        self._thread.start()

    def is_stopped(self) -> bool:
        """Tell whether it is to end."""
        return self._stop.is_set()

    def close(self) -> None:
        """End it, and wait until it has."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        rest_s = self._every_s
        while not self._stop.wait(rest_s):
            start = time.monotonic()
            try:
                self._act()
            except LuodiError as failed:  # a full disk, a busy queue: the next round may fare better
                logging.getLogger(__name__).warning("%s", failed.what)
            rest_s = max(self._every_s, _TIMES * (time.monotonic() - start))
