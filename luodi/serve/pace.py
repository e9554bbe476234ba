"""How fast texts are answered, by what was measured lately; what a wait will be."""

from __future__ import annotations

import threading
from math import exp

#: A measurement counts for half after so many seconds of computing.
_HALF_S = 1.0
_LN2 = 0.6931471805599453


class Pace:
    """Tokens a second, and tokens a character, as running means.

    Args:
        workers: that compute at the same time.

    Attributes:
        n_expected: tokens of calls that were let in and are not split into pieces yet.
    """

    def __init__(self, workers: int) -> None:
        self.n_expected = 0.0
        self._workers = workers
        self._tokens = self._seconds = 0.0
        self._per_character = 0.5
        self._lock = threading.Lock()

    def expect(self, n_tokens: float) -> None:
        """Count tokens that are to come, or, below 0, that have come."""
        with self._lock:
            self.n_expected += n_tokens

    def note(self, n_tokens: int, seconds: float) -> None:
        """Take in that one worker computed so many tokens in so many seconds."""
        with self._lock:
            keep = exp(-_LN2 * seconds / _HALF_S)
            self._tokens = self._tokens * keep + n_tokens
            self._seconds = self._seconds * keep + seconds

    def note_split(self, n_characters: int, n_tokens: int) -> None:
        """Take in that so many characters became so many tokens."""
        share = min(1.0, n_characters / 10_000)
        self._per_character += share * (n_tokens / max(n_characters, 1) - self._per_character)

    def tokens_of(self, n_characters: int, n_texts: int) -> float:
        """Give how many tokens texts will have, about."""
        return 2 * n_texts + n_characters * self._per_character

    def seconds(self, n_tokens: float) -> float:
        """Give how long all workers take for so many tokens; 0 where nothing was measured yet.

        >>> pace = Pace(2)
        >>> pace.note(100, 0.5)
        >>> pace.seconds(1000)
        2.5
        """
        return n_tokens * self._seconds / self._tokens / self._workers if self._tokens else 0.0
