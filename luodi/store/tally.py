"""How many answers a stretch of time saw, and of what kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tally:
    """What was answered from one moment on until the next tally's.

    Args:
        start: its first second, since 1970.
        n: answers.
        n_abstained: of them, those that may only be guesses.
        mean_probability: of the least sure heads; None where nothing was answered.
        mean_seconds: that an answer took; None where nothing was answered.
        labels: for each head how often each label was answered.
        tiers: how often each tier answered.
        n_corrected: answers of which somebody said what is right, whenever that was.
    """

    start: float
    n: int = 0
    n_abstained: int = 0
    mean_probability: float | None = None
    mean_seconds: float | None = None
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)
    n_corrected: int = 0
