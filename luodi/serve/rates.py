"""How often a key may ask: a bucket of tokens for each, in this process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: A bucket holds what comes in within a minute, so that a minute's requests may come at once.
_PER_S = 1 / 60


class Rates:
    """Count the requests of keys.

    Args:
        clock: gives seconds; never backwards.

    >>> rates = Rates(clock=lambda: 0.0)
    >>> [rates.wait_s("a", per_minute=2) for _ in range(3)]
    [0.0, 0.0, 30.0]
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str, *, per_minute: int | None) -> float:
        """Take one token of a key: 0 where there was one, else the seconds until there is."""
        if per_minute is None:
            return 0.0
        now = self._clock()
        tokens, seen = self._left.get(name, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + (now - seen) * per_minute * _PER_S)
        if tokens < 1:
            self._left[name] = (tokens, now)
            return (1 - tokens) / (per_minute * _PER_S) if per_minute > 0 else 60.0
        self._left[name] = (tokens - 1, now)
        return 0.0
