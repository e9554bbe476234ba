"""Divides rows into train, validation and test, so that no text and no customer stands on two sides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from luodi.data.assign import assign
from luodi.data.dataset import Dataset
from luodi.data.groups import text_groups
from luodi.data.leaks import Leaks, find_leaks
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: What rows are divided by, besides their texts.
By = Literal["group", "time"]
#: From this many rows on, a combination of labels of several heads is held in like shares as a label is.
_COMBINED = 10


@dataclass(frozen=True)
class Shares:
    """Shares of the rows that are kept from learning: for the proof, and for choices."""

    test: float = 0.2
    validation: float = 0.1


DEFAULT_SHARES = Shares()


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
            validation. In both, rows that a later part has too, exactly or nearly, are left out of the earlier one.
        seed: which of the possible splits.
        progress: who is told.

    Raises:
        DataError: a label has too few independent texts to stand on three sides, or the column to divide by is missing.
        RecipeError: the shares leave nothing to learn from.
    """
    progress = progress or Silent()
    parts = _dealt(data, shares=_shares(test, validation), by=by, seed=seed, progress=progress)
    train, chosen_by, proof = (data.take(np.flatnonzero(parts == part)) for part in range(3))
    return Split(train, chosen_by, proof, Leaks(dropped=int((parts < 0).sum())))


def hold_out(data: Dataset, *, share: float, seed: int, progress: Progress | None = None) -> tuple[Dataset, Dataset]:
    """Part a set in two that share no text: the larger rest, and about ``share`` of the rows.

    A label with one text only stays in the rest.
    """
    units = text_groups(data.texts, progress or Silent())
    parts = assign(units, _strata(data), shares=(1 - share, share), rng=np.random.default_rng(seed))
    return data.take(np.flatnonzero(parts == 0)), data.take(np.flatnonzero(parts == 1))


def given(
    train: Dataset,
    *,
    validation: Dataset | None = None,
    test: Dataset | None = None,
    shares: Shares = DEFAULT_SHARES,
    by: By | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> Split:
    """Take parts as they came, report what they share, and hold a missing part out of train as ``split`` does.

    No row is held out whose text, or group, stands in the part that came: it stays in train, and counts as a leak
    there; by group or time, a held-out row whose text alone does so is left out.

    Args:
        train: the rows to learn from, and to hold a missing part out of.
        validation: the rows for choices, where they came as a part of their own.
        test: the rows of the proof, where they did.
        shares: of the rows of train, for what is missing.
        by: as in ``split``; it divides train, the parts that came are left alone.
        seed: which of the possible splits.
        progress: who is told.

    Raises:
        DataError: as ``split``; or train holds nothing that the part that came does not.
    """
    progress = progress or Silent()
    if test is None and validation is None:
        return split(train, test=shares.test, validation=shares.validation, by=by, seed=seed, progress=progress)
    n_dropped = 0
    if validation is None or test is None:
        came = test if validation is None else validation
        wanted = _shares(shares.test, 0.0) if test is None else _shares(0.0, shares.validation)
        parts = _dealt(train, shares=wanted, by=by, seed=seed, came=came, progress=progress)
        n_dropped = int((parts < 0).sum())
        held = train.take(np.flatnonzero(parts > 0))
        train = train.take(np.flatnonzero(parts == 0))
        validation, test = (validation, held) if test is None else (held, test)
    assert validation is not None
    leaks = find_leaks(train, {"validation": validation, "test": test}, progress=progress)
    return Split(train, validation, test, replace(leaks, dropped=n_dropped))


def _dealt(
    data: Dataset,
    *,
    shares: tuple[float, float, float],
    by: By | None,
    seed: int,
    came: Dataset | None = None,
    progress: Progress,
) -> NDArray[np.int64]:
    """Give each row its part, (n,): 0 train, 1 validation, 2 test, -1 left out; none held out repeats what came."""
    strata = _strata(data)
    others = came.texts if came is not None else ()
    texts, theirs = np.split(text_groups((*data.texts, *others), progress), [len(data)])
    repeats = np.isin(texts, theirs)
    if by == "time":
        parts = _by_time(data, shares)
    else:
        units, stays = texts, repeats
        if by == "group":
            groups = _required(data.groups, by)
            units, stays = _codes(groups), np.isin(groups, came.groups or ()) if came is not None else repeats
        _require_enough(data, units, stays=stays, n_parts=sum(share > 0 for share in shares))
        parts = np.zeros(len(data), np.int64)
        parts[~stays] = assign(
            units[~stays], _codes(strata[~stays].tolist()), shares=_of_the_rest(shares, 1 - stays.mean()),
            rng=np.random.default_rng(seed),
        )  # fmt: skip
    if by is not None:
        parts[repeats & (parts > 0)] = -1
        parts = _without_repeats(parts, texts)
        _tell(data, parts, progress)
    return parts


def _of_the_rest(shares: tuple[float, float, float], rest: float) -> tuple[float, float, float]:
    """Turn shares of all rows into shares of the rest that may be held out; half of it at the most.

    >>> _of_the_rest((0.9, 0.1, 0.0), 0.5)
    (0.8, 0.2, 0.0)
    """
    if rest == 1:
        return shares
    factor = min(1 / rest, 0.5 / (1 - shares[0]))
    return (1 - factor * (1 - shares[0]), factor * shares[1], factor * shares[2])


def _shares(test: float, validation: float) -> tuple[float, float, float]:
    if not (0 <= test < 1 and 0 <= validation < 1 and test + validation < 1):
        raise RecipeError(
            t("split: shares of {test} for test and {validation} for validation", test=test, validation=validation),
            fix=t("give shares from 0 to 1 that leave something to learn from: test 0.2, validation 0.1"),
        )
    return (1 - test - validation, validation, test)


def _strata(data: Dataset) -> NDArray[np.int64]:
    """Number the labels that are held in like shares, (n,): of the first head, of all together where rows suffice.

    Columns that sort no rows (lists, spans, numbers) are passed over; with none that does, all rows are alike.
    """
    if not data.labels:
        raise DataError(t("data: the rows have no labels, and cannot be divided by them"), fix="--label COLUMN")
    columns = list(data.sorting().values())
    if not columns:
        return np.zeros(len(data), np.int64)
    rows = list(zip(*columns, strict=True))
    counts = Counter(rows)
    return _codes([row if counts[row] >= _COMBINED else row[:1] for row in rows])


def _required(groups: Sequence[str] | None, by: str) -> Sequence[str]:
    if groups is None:
        raise DataError(t("data: a split by {by} needs a column that says whose a row is", by=by), fix="--group COLUMN")
    return groups


def _require_enough(data: Dataset, units: NDArray[np.int64], *, stays: NDArray[np.bool_], n_parts: int) -> None:
    """Refuse labels of any head that cannot stand on every side; units that stay in train stand on no other."""
    if len(stays) and stays.all():
        raise DataError(
            t("data: the part that came holds every row to learn from too: none is left to hold out"),
            found=repr(data.texts[0])[:80],
            fix=t("give files that share no rows, or the missing part as a file"),
        )
    if len(np.unique(units)) < n_parts:
        raise DataError(
            t("data: all {n} texts are the same or nearly so; {least} different ones are the least",
              n=len(data), least=n_parts),
            found=repr(data.texts[0])[:80] if len(data) else None,
        )  # fmt: skip
    few = _too_few(data, units, stays=stays, least=n_parts)
    if few:
        said = (
            t("data: {n} labels have fewer than {least} independent texts that do not stand in the part that came",
              n=len(few), least=n_parts)
            if stays.any()
            else t("data: {n} labels have fewer than {least} independent texts, one for each part",
                   n=len(few), least=n_parts)
        )  # fmt: skip
        raise DataError(
            said,
            found=", ".join(few[:10]) + (" ..." if len(few) > 10 else ""),
            fix=t("add rows of these labels, merge them with others, or leave their rows out"),
        )


def _too_few(data: Dataset, units: NDArray[np.int64], *, stays: NDArray[np.bool_], least: int) -> list[str]:
    """Describe the labels of any head with fewer units than that, each with its units and rows."""
    few: list[str] = []
    for column in data.sorting().values():
        rows = Counter(label for label in column if label is not None)
        pairs = zip(column, units.tolist(), stays.tolist(), strict=True)
        free = Counter(label for label, _ in {(label, unit) for label, unit, is_kept in pairs if not is_kept})
        few += [f"{label!r}: {free[label]} ({n})" for label, n in sorted(rows.items()) if free[label] < least]
    return few


def _by_time(data: Dataset, shares: Sequence[float]) -> NDArray[np.int64]:
    """Give the oldest rows to train, the next to validation, the newest to test."""
    if data.times is None:
        raise DataError(t("data: a split by time needs a column of dates"), fix="--time COLUMN")
    order = np.argsort(np.array(data.times, dtype=object), kind="stable")
    ends = np.round(np.cumsum(shares) * len(data)).astype(np.int64)
    parts = np.empty(len(data), np.int64)
    for part, rows in enumerate(np.split(order, ends[:-1])):
        parts[rows] = part
    return parts


def _without_repeats(parts: NDArray[np.int64], texts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mark rows with -1 whose text, or one near to it, a later part has too: (n,), (n,) -> (n,)."""
    latest = np.zeros(int(texts.max()) + 1 if len(texts) else 0, np.int64)
    np.maximum.at(latest, texts, parts)
    return np.where(parts < latest[texts], -1, parts)


def _tell(data: Dataset, parts: NDArray[np.int64], progress: Progress) -> None:
    """Say what was left out, and which labels only later parts have."""
    if n_dropped := int((parts < 0).sum()):
        progress.note(t("left out {n} rows whose text another part of the split has too", n=n_dropped))
    for name, column in data.sorting().items():
        learned = {label for label, part in zip(column, parts.tolist(), strict=True) if part == 0}
        unseen = sorted({label for label in column if label is not None} - learned)
        if unseen:
            shown = ", ".join(unseen[:10]) + (" ..." if len(unseen) > 10 else "")
            progress.note(t("no row to learn from has these labels in {name!r}: {labels}", name=name, labels=shown))


def _codes(column: Sequence[object]) -> NDArray[np.int64]:
    """Number the distinct values of a column in order of appearance, (n,)."""
    known: dict[object, int] = {}
    return np.array([known.setdefault(cell, len(known)) for cell in column], np.int64)
