"""The ledger of a search: a row for each trial that ended, on disk whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from luodi.disk import write_whole
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Tried:
    """One trial that ended.

    Args:
        number: from 1, in the order in which they were tried.
        fields: what stood in each field of the space.
        state: ``done``, ``pruned`` (stopped because it lagged behind the others) or ``failed``.
        score: main metric on the validation rows: of the finished model, or the best until it was stopped; None where
            it failed.
        seconds: that it took.
        reached: the best metric at each step of its learning curve, as others are held against it.
        why: it failed.
    """

    number: int
    fields: Mapping[str, Any]
    state: Literal["done", "pruned", "failed"]
    score: float | None
    seconds: float
    reached: Mapping[int, float] = field(default_factory=dict)
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give a row of ``trials`` as the report holds it."""
        return {key: value for key, value in asdict(self).items() if key != "reached"}


class Ledger:
    """The rows so far; a row that was added is there after any kill.

    Args:
        place: the file. It need not be there; one that is damaged counts as not there.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self.rows: Sequence[Tried] = _read(place)

    @property
    def seconds(self) -> float:
        """Sum what all trials took, those of earlier tries too."""
        return sum(row.seconds for row in self.rows)

    @property
    def best(self) -> Tried | None:
        """Give the finished trial of the highest score, of equals the first; None where none was finished."""
        done = [row for row in self.rows if row.state == "done" and row.score is not None]
        return max(done, key=lambda row: (row.score, -row.number), default=None)

    def add(self, row: Tried) -> None:
        """Write a row down.

        Raises:
            OSError: the disk is full or broken; the rows before it are there.
        """
        self.rows = [*self.rows, row]
        write_whole(self._place, write_json([asdict(one) for one in self.rows], indent=1))


def _read(place: Path) -> list[Tried]:
    try:
        raw = json.loads(place.read_text(encoding="utf-8"))
        return [Tried(**{**row, "reached": {int(step): n for step, n in row["reached"].items()}}) for row in raw]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
