"""How long to wait before asking again: longer each time, never all at once, and never less than was asked for."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Patience:
    """How often to ask again, and the waits in between.

    Args:
        retries: how often at most.
        first_s: the longest first wait; it doubles each time.
        most_s: no wait is longer; where a service asks for a longer one, it is not asked again.
    """

    retries: int = 5
    first_s: float = 0.2
    most_s: float = 30.0

    def wait_s(self, n: int, *, asked_s: float | None, draw: Callable[[], float]) -> float | None:
        """Say how long to wait before asking again; None where that is enough.

        Between half of ``first_s * 2^n`` and the whole, drawn, so that many who were sent away at once do not come
        back at once. A service that says when to come back is kept to: then up to a quarter more is drawn.

        Args:
            n: how often it was asked again already.
            asked_s: what the service asked for.
            draw: gives numbers from 0 to 1.

        >>> Patience().wait_s(2, asked_s=None, draw=lambda: 0.5), Patience().wait_s(0, asked_s=4, draw=lambda: 1)
        (0.6000000000000001, 5.0)
        """
        if n >= self.retries:
            return None
        usual = min(self.most_s, self.first_s * 2.0**n) * (0.5 + 0.5 * draw())
        if asked_s is None:
            return usual
        return None if asked_s > self.most_s else max(usual, asked_s * (1 + 0.25 * draw()))


def read_wait_s(said: str | None, *, now: float | None = None) -> float | None:
    """Read the header Retry-After: seconds, or a date; None where it is neither.

    >>> read_wait_s("3"), read_wait_s("soon"), read_wait_s("Thu, 01 Jan 1970 00:01:00 GMT", now=50.0)
    (3.0, None, 10.0)
    """
    if said is None or not said.isascii() or len(said) > 64:
        return None
    if said.strip().isdigit():
        return float(said)
    try:
        at = email.utils.parsedate_to_datetime(said).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, at - (time.time() if now is None else now))
