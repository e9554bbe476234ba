"""Finds what stands on two sides of a split."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

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
        dropped: rows left out of a part because a later one has their text too.
        examples: pairs of origins, the row of the part first.
    """

    exact: Mapping[str, int] = field(default_factory=dict)
    near: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0
    examples: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give all fields as plain values."""
        return {
            "exact": dict(self.exact), "near": dict(self.near), "dropped": self.dropped,
            "examples": [list(pair) for pair in self.examples],
        }  # fmt: skip


def find_leaks(train: Dataset, parts: Mapping[str, Dataset], *, progress: Progress | None = None) -> Leaks:
    """Count the rows of each part that train holds too: the same in normal form, or nearly the same.

    Raises:
        MissingExtra: the package that finds near-duplicates is not installed.
    """
    bare = [Dataset.of(part.texts) for part in (train, *parts.values())]
    groups = near_groups(concatenate(bare).texts, progress=progress).tolist()
    rows_of: dict[int, list[int]] = {}
    row_of: dict[str, int] = {}
    for row, group in enumerate(groups[: len(train)]):
        rows_of.setdefault(group, []).append(row)
        row_of.setdefault(normal_form(train.texts[row]), row)
    exact, near, examples, start = {}, {}, [], len(train)
    for name, part in parts.items():
        same, alike = [], []
        for row, group in enumerate(groups[start : start + len(part)]):
            form = normal_form(part.texts[row])
            if form in row_of:
                same.append((part.origin(row), train.origin(row_of[form])))
            elif (met := _near(form, train.texts, rows_of.get(group, ()))) is not None:
                alike.append((part.origin(row), train.origin(met)))
        exact[name], near[name] = len(same), len(alike)
        examples += [*same[:_N_EXAMPLES], *alike[:_N_EXAMPLES]]
        start += len(part)
    return Leaks(exact, near, 0, tuple(examples[:_N_EXAMPLES]))


def _near(form: str, texts: Sequence[str], rows: Sequence[int]) -> int | None:
    """Find a row with nearly this text among those of its group: to hang together by a chain alone is no leak."""
    near = (row for row in islice(rows, _COMPARED) if overlap(form, normal_form(texts[row])) >= THRESHOLD)
    return next(near, None)
