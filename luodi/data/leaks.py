"""Finds what stands on two sides of a split."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.dataset import Dataset, concatenate
from luodi.data.near import THRESHOLD, near_groups, normal_form, overlap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.progress import Progress

_N_EXAMPLES = 20
#: Of a group of texts in train, so many are compared with a row before it counts as new.
_COMPARED = 50


@dataclass(frozen=True)
class Leaks:
    """What stands on two sides of a split that came as files, or was left out to prevent it.

    Args:
        exact: rows of a part whose very text stands in train, by part.
        near: rows of a part with a near-duplicate in train, beyond the exact ones, by part.
        in_validation: rows of the test whose text stands in validation, where the model was chosen: the very text
            (``exact``), or nearly so (``near``).
        dropped: rows left out of a part because another one has their text too.
        examples: pairs of origins, the row of the part first.
    """

    exact: Mapping[str, int] = field(default_factory=dict)
    near: Mapping[str, int] = field(default_factory=dict)
    in_validation: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0
    examples: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give all fields as plain values."""
        return {
            "exact": dict(self.exact), "near": dict(self.near), "in_validation": dict(self.in_validation),
            "dropped": self.dropped, "examples": [list(pair) for pair in self.examples],
        }  # fmt: skip


def find_leaks(train: Dataset, parts: Mapping[str, Dataset], *, progress: Progress | None = None) -> Leaks:
    """Count the rows of each part that train holds too, and those of ``test`` that ``validation`` holds.

    Two rows are the same in normal form, or nearly the same.
    """
    bare = [Dataset.of(part.texts) for part in (train, *parts.values())]
    groups = near_groups(concatenate(bare).texts, progress=progress)
    ends = np.cumsum([len(part) for part in bare])
    sides = {
        name: _Side(part, codes.tolist())
        for (name, part), codes in zip({"": train, **parts}.items(), np.split(groups, ends[:-1]), strict=True)
    }
    learned = sides.pop("")
    exact, near = {}, {}
    examples: list[tuple[str, str]] = []
    for name, side in sides.items():
        same, alike = _shared(side, learned)
        exact[name], near[name] = len(same), len(alike)
        examples += [*same[:_N_EXAMPLES], *alike[:_N_EXAMPLES]]
    in_validation = {}
    if "validation" in sides and "test" in sides:
        same, alike = _shared(sides["test"], sides["validation"])
        in_validation = {"exact": len(same), "near": len(alike)}
        examples += [*same, *alike]
    return Leaks(exact, near, in_validation, 0, tuple(examples[:_N_EXAMPLES]))


class _Side:
    """A part, with the rows of each near-duplicate group and of each normal form."""

    def __init__(self, data: Dataset, groups: Sequence[int]) -> None:
        self.data, self.groups = data, groups
        self.forms = [normal_form(text) for text in data.texts]
        self.rows_of: dict[int, list[int]] = {}
        self.row_of: dict[str, int] = {}
        for row, (group, form) in enumerate(zip(groups, self.forms, strict=True)):
            self.rows_of.setdefault(group, []).append(row)
            self.row_of.setdefault(form, row)


def _shared(part: _Side, other: _Side) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Pair the rows of a part with the same rows of another, and with nearly the same: origins, the part's first."""
    same, alike = [], []
    for row, (group, form) in enumerate(zip(part.groups, part.forms, strict=True)):
        if form in other.row_of:
            same.append((part.data.origin(row), other.data.origin(other.row_of[form])))
        elif (met := _near(form, other.forms, other.rows_of.get(group, ()))) is not None:
            alike.append((part.data.origin(row), other.data.origin(met)))
    return same, alike


def _near(form: str, forms: Sequence[str], rows: Sequence[int]) -> int | None:
    """Find a row with nearly this text among those of its group: to hang together by a chain alone is no leak."""
    near = (row for row in islice(rows, _COMPARED) if overlap(form, forms[row]) >= THRESHOLD)
    return next(near, None)
