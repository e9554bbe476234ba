"""Which answers are looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """Answers that fit everything that is said here, the newest first.

    Args:
        model: answered by it.
        since, until: answered at this second or later, and before that one; seconds since 1970.
        contains: these signs stand in the text; A to Z and a to z are the same, all other signs only themselves.
        label: a head answered with it.
        below: the least sure head's probability is under it.
        corrected: whether somebody said what is right.
        limit: so many at most.
        before: the ``(at, id)`` of the last answer seen: only what is older is given.
    """

    model: str | None = None
    since: float | None = None
    until: float | None = None
    contains: str | None = None
    label: str | None = None
    below: float | None = None
    corrected: bool | None = None
    limit: int = 100
    before: tuple[float, str] | None = None
