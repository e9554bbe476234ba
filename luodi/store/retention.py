"""How long answers are kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite

from luodi.errors import RecipeError
from luodi.language import t


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

    def __post_init__(self) -> None:
        """Refuse what would let everything go by a slip.

        Raises:
            RecipeError: a number is below 0, or none.
        """
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and not (isfinite(value) and value >= 0):
                raise RecipeError(
                    t("what is kept is limited by 0 or more, not by {name} {value}", name=one.name, value=value)
                )


@dataclass(frozen=True)
class Tidied:
    """What went: answers, corrections that went with them, and bytes, about."""

    n: int = 0
    n_corrections: int = 0
    bytes: int = 0
