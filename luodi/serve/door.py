"""What all connections of one server share: the limits, who sends nothing, and whether the server is leaving."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from luodi.serve.limits import Limits


class Door:
    """Counts who comes in.

    Args:
        limits: on clients.
        most: connections at the same time; no more than the system lets a process open.

    Attributes:
        draining: no answer is followed by another one on its connection any more.
        now: the monotonic clock as of the last look, some tenths of a second ago: precise enough for time-outs.
    """

    def __init__(self, limits: Limits, *, most: int) -> None:
        self.limits, self.most = limits, most
        self.draining = False
        self.now = time.monotonic()
        self._silent: dict[Any, None] = {}

    def is_silent(self, connection: Any) -> None:
        """Take note that a connection has no request under way; the last to say so is the last to go."""
        self._silent.pop(connection, None)
        self._silent[connection] = None

    def is_busy(self, connection: Any) -> None:
        """Take note that a connection has a request under way, or is gone."""
        self._silent.pop(connection, None)

    def make_room(self) -> Any:
        """Give the connection that has been silent longest; None where all are busy."""
        return next(iter(self._silent), None)

    def look(self, connections: Any) -> None:
        """See to those that take too long."""
        self.now = time.monotonic()
        for one in [*connections]:
            if getattr(one, "due", self.now) < self.now:
                one.give_up()
