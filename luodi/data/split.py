"""Divides rows into train, validation and test, so that no text and no customer stands on two sides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from luodi.data.dataset import Dataset, concatenate
from luodi.data.near import near_groups, normal_form
from luodi.errors import DataError
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: A group of near-duplicates with more than this share of the rows is a chain, not a text.
_CHAINED = 0.2
_N_EXAMPLES = 20

#: What a split may go by instead of the texts alone.
By = Literal["group", "time"]


@dataclass(frozen=True)
class Leaks:
    """What stands on two sides of a split that came as files, or was taken out of train to prevent it.

    Args:
        exact: rows of a part whose very text stands in train, by part.
        near: rows of a part with a near-duplicate in train, beyond the exact ones, by part.
        dropped: rows taken out of train because the test has them too.
        examples: pairs of origins, the row of the part first.
    """

    exact: dict[str, int] = field(default_factory=dict)
    near: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    examples: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give all fields as plain values."""
        return {
            "exact": self.exact, "near": self.near, "dropped": self.dropped,
            "examples": [list(pair) for pair in self.examples],
        }  # fmt: skip


@dataclass(frozen=True)
class Split:
    """Three sets of rows that share no text: to learn from, to choose by, to prove with."""

    train: Dataset
    validation: Dataset
    test: Dataset
    leaks: Leaks = field(default_factory=Leaks)


def split(
    data: Dataset,
    *,
    test: float = 0.2,
    validation: float = 0.1,
    by: By | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> Split:
    """Divide rows, labels in like shares on every side.

    Args:
        data: the rows; at least one head must be labelled.
        test: share for the proof.
        validation: share for choices.
        by: ``group`` keeps the rows of a group together; ``time`` takes the newest rows as test, the next newest as
            validation. In both, rows of train that the later parts repeat are dropped.
        seed: which of the possible splits.
        progress: who is told.

    Raises:
        DataError: a label has too few independent texts to stand on three sides.
    """
    progress = progress or Silent()
    groups = _text_groups(data, progress)
    strata = next(iter(data.labels.values()))
    shares = (1 - test - validation, validation, test)
    if by == "time":
        parts = _by_time(data, shares)
    else:
        units = _codes(data.groups) if by == "group" and data.groups is not None else groups
        _require_enough(strata, units, data)
        parts = _assign(units, strata, shares, rng=np.random.default_rng(seed))
    dropped = 0
    if by is not None:
        kept = ~((parts == 0) & np.isin(groups, groups[parts > 0])) & ~(
            (parts == 1) & np.isin(groups, groups[parts == 2])
        )
        dropped = int((~kept).sum())
        parts = np.where(kept, parts, -1)
    rows = [np.flatnonzero(parts == part) for part in range(3)]
    return Split(data.take(rows[0]), data.take(rows[1]), data.take(rows[2]), Leaks(dropped=dropped))


def hold_out(data: Dataset, *, share: float, seed: int, progress: Progress | None = None) -> tuple[Dataset, Dataset]:
    """Part a set in two that share no text: the larger rest, and about ``share`` of the rows."""
    groups = _text_groups(data, progress or Silent())
    strata = next(iter(data.labels.values()))
    parts = _assign(groups, strata, (1 - share, share), rng=np.random.default_rng(seed))
    return data.take(np.flatnonzero(parts == 0)), data.take(np.flatnonzero(parts == 1))


def given(
    train: Dataset,
    *,
    validation: Dataset | None = None,
    test: Dataset | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> Split:
    """Take parts as they came and report what train shares with them; a missing part is held out of train."""
    progress = progress or Silent()
    if test is None:
        train, test = hold_out(train, share=0.2, seed=seed, progress=progress)
    if validation is None:
        train, validation = hold_out(train, share=0.1, seed=seed, progress=progress)
    return Split(
        train, validation, test, find_leaks(train, {"validation": validation, "test": test}, progress=progress)
    )


def find_leaks(train: Dataset, parts: dict[str, Dataset], *, progress: Progress | None = None) -> Leaks:
    """Count the rows of each part that train holds too, exactly or nearly."""
    whole = concatenate([train, *parts.values()])
    groups = near_groups(whole.texts, progress=progress)
    first_of: dict[int, int] = {}
    for row in range(len(train)):
        first_of.setdefault(int(groups[row]), row)
    forms = {normal_form(text) for text in train.texts}
    exact, near, examples, start = {}, {}, [], len(train)
    for name, part in parts.items():
        met = [row for row in range(len(part)) if int(groups[start + row]) in first_of]
        same = [row for row in met if normal_form(part.texts[row]) in forms]
        exact[name], near[name] = len(same), len(met) - len(same)
        examples += [(part.origin(row), train.origin(first_of[int(groups[start + row])])) for row in met]
        start += len(part)
    return Leaks(exact, near, 0, tuple(examples[:_N_EXAMPLES]))


def _text_groups(data: Dataset, progress: Progress) -> NDArray[np.int64]:
    """Group near-duplicates; where chains of them swallow the set, ask for more likeness, at last for equality."""
    for threshold in (0.8, 0.9, 1.0):
        groups = near_groups(data.texts, threshold=threshold, progress=progress)
        if len(groups) < 50 or np.bincount(groups).max() <= _CHAINED * len(groups):
            break
        if threshold < 1:
            progress.note(t("many texts are alike beyond {threshold:.0%}: looking more strictly", threshold=threshold))
    return groups


def _require_enough(strata: Sequence[str | None], units: NDArray[np.int64], data: Dataset) -> None:
    """Refuse labels that cannot stand on three sides."""
    n_units = len(np.unique(units))
    if n_units < 3:
        raise DataError(
            t("data: all {n} texts are the same or nearly so; three different ones are the least", n=len(data)),
            found=repr(data.texts[0])[:80] if len(data) else None,
        )
    independent: dict[str, set[int]] = {}
    for label, unit in zip(strata, units, strict=True):
        if label is not None:
            independent.setdefault(label, set()).add(int(unit))
    rows = Counter(label for label in strata if label is not None)
    few = {label: len(found) for label, found in independent.items() if len(found) < 3}
    if few:
        shown = ", ".join(f"{label!r}: {n} ({rows[label]})" for label, n in sorted(few.items())[:10])
        raise DataError(
            t("data: {n} labels have fewer than 3 independent texts, one each to learn, choose and prove", n=len(few)),
            found=shown + (" ..." if len(few) > 10 else ""),
            fix=t("add rows of these labels, merge them with others, or leave their rows out"),
        )


def _assign(
    units: NDArray[np.int64], strata: Sequence[str | None], shares: Sequence[float], *, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give each row its part, (n,): units stay whole, each goes where its label lacks most, the largest first."""
    labels = _codes([label if label is not None else "" for label in strata])
    _, unit_of = np.unique(units, return_inverse=True)
    n_units, n_labels = int(unit_of.max()) + 1 if len(unit_of) else 0, int(labels.max()) + 1 if len(labels) else 0
    sizes = np.bincount(unit_of, minlength=n_units)
    stratum = np.zeros(n_units, np.int64)
    stratum[unit_of[::-1]] = labels[::-1]  # a unit counts under the label of its first row
    lacking = np.outer(np.bincount(labels, minlength=n_labels), shares).astype(float)  # (labels, parts)
    order = rng.permutation(n_units)
    order = order[np.argsort(-sizes[order], kind="stable")]
    part_of = np.zeros(n_units, np.int64)
    n_left = np.bincount(stratum, minlength=n_labels)
    is_empty = np.ones_like(lacking, bool)
    for unit in order:
        label = stratum[unit]
        waiting = np.flatnonzero(is_empty[label])
        part = int(waiting[-1]) if 0 < len(waiting) >= n_left[label] else int(np.argmax(lacking[label]))
        part_of[unit] = part
        lacking[label, part] -= sizes[unit]
        is_empty[label, part] = False
        n_left[label] -= 1
    return part_of[unit_of]


def _by_time(data: Dataset, shares: Sequence[float]) -> NDArray[np.int64]:
    """Give the oldest rows to train, the next to validation, the newest to test."""
    if data.times is None:
        raise DataError(t("data: a split by time needs a column of dates"), fix="--time COLUMN")
    order = sorted(range(len(data)), key=lambda row: data.times[row] if data.times else "")
    ends = np.round(np.cumsum(shares) * len(data)).astype(np.int64)
    parts = np.empty(len(data), np.int64)
    for part, rows in enumerate(np.split(np.array(order, np.int64), ends[:-1])):
        parts[rows] = part
    return parts


def _codes(column: Sequence[str | None] | None) -> NDArray[np.int64]:
    """Number the distinct values of a column in order of appearance."""
    known: dict[str | None, int] = {}
    return np.array([known.setdefault(cell, len(known)) for cell in column or ()], np.int64)
