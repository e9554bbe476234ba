"""Turns Ctrl-C and SIGTERM into a wish that a loop can grant at its next safe point."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class StopWish:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: Any) -> None:
        """Take note; asked twice, stop at once."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def heed_signals() -> Iterator[StopWish]:
    """Collect stop signals within a block; outside the main thread, where none arrive, the wish never comes."""
    wish = StopWish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = {number: signal.signal(number, wish.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: it was not set from Python, and cannot be put back from there
                signal.signal(number, handler)
