"""Deals units of rows out to parts, so that units stay whole and labels stand in like shares on every side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def assign(
    units: NDArray[np.integer], strata: NDArray[np.integer], *, shares: Sequence[float], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give each of n rows its part, (n,), of as many parts as there are shares.

    Units of several rows come first, the largest before the others, each to the part that lacks its labels most;
    single rows then fill every label up to its share exactly, but for rounding. A label with as many units as there are
    parts stands in every part.

    Args:
        units: whose rows must stay together, (n,).
        strata: the label of each row, counted from 0, (n,).
        shares: of each part; they add up to 1.
        rng: which of the possible ways.

    >>> parts = assign(np.arange(10), np.zeros(10, int), shares=(0.7, 0.1, 0.2), rng=np.random.default_rng(0))
    >>> np.bincount(parts).tolist()
    [7, 1, 2]
    """
    if not len(units):
        return np.zeros(0, np.int64)
    _, unit_of, sizes = np.unique(units, return_inverse=True, return_counts=True)
    rows_of_label = np.bincount(strata)
    lacking = np.outer(rows_of_label, shares).astype(np.float64)  # (labels, parts)
    barred = np.where(np.asarray(shares) > 0, 0.0, -np.inf)  # a part without a share takes nothing, and misses no label
    stands = np.tile(barred < 0, (len(rows_of_label), 1))
    part_of = np.full(len(sizes), -1, np.int64)
    stratum = _rarest(unit_of, strata, rows_of_label, n_units=len(sizes))
    n_left = np.bincount(stratum, minlength=len(rows_of_label))
    for unit, labels in _large(unit_of, strata, sizes, rng):
        rarest = stratum[unit]
        gain = (lacking[labels] / rows_of_label[labels, None]).sum(0) + barred  # (parts,)
        waiting = np.flatnonzero(~stands[rarest])
        n_left[rarest] -= 1
        part = int(waiting[0]) if len(waiting) > n_left[rarest] else int(np.argmax(gain))
        part_of[unit] = part
        np.subtract.at(lacking[:, part], labels, 1)
        stands[labels, part] = True
    _fill(part_of, stratum, np.flatnonzero(sizes == 1), lacking=lacking, stands=stands, rng=rng)
    return part_of[unit_of]


def _rarest(
    unit_of: NDArray[np.int64], strata: NDArray[np.integer], rows_of_label: NDArray[np.int64], *, n_units: int
) -> NDArray[np.int64]:
    """Count each unit under its rarest label, (n_units,), so that this one is not lost."""
    stratum = np.zeros(n_units, np.int64)
    order = np.argsort(-rows_of_label[strata], kind="stable")
    stratum[unit_of[order]] = strata[order]
    return stratum


def _large(
    unit_of: NDArray[np.int64], strata: NDArray[np.integer], sizes: NDArray[np.int64], rng: np.random.Generator
) -> list[tuple[int, NDArray[np.integer]]]:
    """Give the units of several rows with the labels of their rows, the largest first, equals in random order."""
    order = np.argsort(unit_of, kind="stable")
    starts = np.cumsum(sizes) - sizes
    units = rng.permutation(np.flatnonzero(sizes > 1))
    units = units[np.argsort(-sizes[units], kind="stable")]
    return [(int(unit), strata[order[starts[unit] : starts[unit] + sizes[unit]]]) for unit in units]


def _fill(
    part_of: NDArray[np.int64],
    stratum: NDArray[np.int64],
    single: NDArray[np.int64],
    *,
    lacking: NDArray[np.float64],
    stands: NDArray[np.bool_],
    rng: np.random.Generator,
) -> None:
    """Deal single rows out, label by label; what rounding costs a part under one label it gets under the next."""
    carried = np.zeros(lacking.shape[1])
    single = rng.permutation(single)
    single = single[np.argsort(stratum[single], kind="stable")]
    for label, rows in zip(*_runs(stratum[single], single), strict=True):
        wanted = np.maximum(lacking[label], 0)
        wanted = wanted * len(rows) / wanted.sum() if wanted.sum() > 0 else np.eye(len(wanted))[0] * len(rows)
        counts = _rounded(wanted, carried, len(rows), is_missing=~stands[label])
        carried += wanted - counts
        part_of[rows] = np.repeat(np.arange(len(counts)), counts)


def _runs(labels: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    found, starts = np.unique(labels, return_index=True)
    return found, np.split(rows, starts[1:]) if len(found) else []


def _rounded(
    wanted: NDArray[np.float64], carried: NDArray[np.float64], n: int, *, is_missing: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Round shares of n rows to whole ones that add up to n, (parts,), one at the least where a label is missing."""
    counts = np.floor(wanted).astype(np.int64)
    owed = wanted - counts + np.where(wanted > 0, carried, -np.inf)
    counts[np.argsort(-owed, kind="stable")[: n - counts.sum()]] += 1
    for part in np.flatnonzero(is_missing & (counts == 0)):
        giver = int(np.argmax(counts - is_missing))
        if counts[giver] > is_missing[giver]:
            counts[giver] -= 1
            counts[part] += 1
    return counts
