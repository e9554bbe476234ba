"""How long answers are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Retention:
    """What goes, the oldest first.

    An answer that was corrected is worth more than one that was not, and goes with its corrections: it outlives
    ``days`` and, where ``bytes`` are short, goes only when no other answer is left.

    Args:
        days: answers older than this go; None: none goes for its age.
        bytes: what answers may take on the disk, about; None: as much as there is.
        corrected_days: answers older than this go even if they were corrected; None: none goes for its age.
    """

    days: float | None = None
    bytes: int | None = None
    corrected_days: float | None = None


@dataclass(frozen=True)
class Tidied:
    """What went: answers, corrections that went with them, and bytes, about."""

    n: int = 0
    n_corrections: int = 0
    bytes: int = 0
