"""Finds the columns of text, labels, group and time: by the names a user gives, else by those they often bear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from luodi.data.header import is_text
from luodi.data.names import LABEL, NUMBERING, PAIRS, TEXT, fold
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data.rows import Table

_LOOKED_AT = 1000


@dataclass(frozen=True)
class Wanted:
    """The columns that a user names, by role.

    Args:
        text: one column, or several whose texts are joined, or paired; None: recognise it.
        labels: one for each head; None: recognise one; none at all (``()``): the rows need no labels.
        group: the column that says whose a row is.
        time: the column that says when it was written.
        without: columns that are not to be recognised as anything, whether they are there or not.
        paired: two columns of texts are wanted, to be held against each other; None: where the names say so.
    """

    text: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    group: str | None = None
    time: str | None = None
    without: tuple[str, ...] = ()
    paired: bool | None = False

    @classmethod
    def of(
        cls,
        *,
        text: str | Sequence[str] | None = None,
        labels: str | Sequence[str] | Mapping[str, object] | None = None,
        group: str | None = None,
        time: str | None = None,
        without: Sequence[str] = (),
        paired: bool | None = False,
    ) -> Wanted:
        """Take names as users give them: one alone, several, or the keys of a mapping."""
        return cls(_several(text), _several(labels), group, time, tuple(without), paired)

    def names(self) -> tuple[str, ...]:
        """Give every name that must be there."""
        single = tuple(name for name in (self.group, self.time) if name is not None)
        return (*(self.text or ()), *(self.labels or ()), *single)


@dataclass(frozen=True)
class Columns:
    """The place of each column that is read: texts, labels by head, group, time; whether the texts are a pair."""

    text: tuple[int, ...]
    labels: Mapping[str, int]
    group: int | None = None
    time: int | None = None
    paired: bool = False


def recognise(table: Table, *, wanted: Wanted) -> Columns:
    """Find the columns of a table.

    What is named must be there, in whatever case. What is not named is recognised by its name; where there are two
    columns without a known name, the one that reads like a text is it.

    Raises:
        DataError: a named column is not there or is there twice, or one that is needed cannot be recognised.
    """
    named = _named(table, wanted)
    foreign = set(map(fold, wanted.without))
    taken = {*named.values(), *(place for place, column in enumerate(table.columns) if fold(column) in foreign)}
    text = tuple(named[name] for name in wanted.text or ())
    labels = {name: named[name] for name in wanted.labels or ()}
    if wanted.labels is None:
        place = _known(table, LABEL, without=taken)
        labels = {} if place is None else {table.columns[place]: place}
        taken |= set(labels.values())
    paired = wanted.paired
    if paired is not False and (not text or paired is None) and (two := _known_pair(table, text, without=taken)):
        text, paired, taken = text or two, True, taken | set(two)  # named ones keep the order they were named in
    if paired:
        _require_two(table, text)
    if not text:
        place = _known(table, TEXT, without=taken)
        text = () if place is None else (place,)
        taken |= set(text)
    if not text or (wanted.labels is None and not labels):
        text, labels = _by_what_is_left(table, text, labels, taken=taken, needs_label=wanted.labels is None)
    return Columns(
        text, labels, named[wanted.group] if wanted.group else None, named[wanted.time] if wanted.time else None,
        bool(paired),
    )  # fmt: skip


def holds(table: Table, names: Sequence[str]) -> bool:
    """Tell whether a table has all of some columns, in whatever case; of no names it holds none."""
    folded = set(map(fold, table.columns))
    return bool(names) and all(fold(name) in folded for name in names)


def _named(table: Table, wanted: Wanted) -> dict[str, int]:
    """Find the columns that are named, all faults in one error."""
    found: dict[str, int] = {}
    missing: list[str] = []
    for name in wanted.names():
        places = [place for place, column in enumerate(table.columns) if column == name]
        places = places or [place for place, column in enumerate(table.columns) if fold(column) == fold(name)]
        if len(places) > 1:
            raise DataError(
                t("data: {place}: {n} columns are named {name!r}", place=table.place, n=len(places), name=name),
                found=_shown(table), fix=t("give each column a name of its own"),
            )  # fmt: skip
        if places:
            found[name] = places[0]
        else:
            missing.append(name)
    if missing:
        raise DataError(
            t("data: {place}: no column is named {names}", place=table.place, names=", ".join(map(repr, missing))),
            found=_shown(table),
            fix=" ".join(_option(name, table, wanted) for name in missing),
        )
    return found


def _option(name: str, table: Table, wanted: Wanted) -> str:
    """Propose an option with the column that was probably meant in place of a name."""
    role, often = next(
        (role, often)
        for role, often, names in (
            ("--text", TEXT, wanted.text or ()), ("--label", LABEL, wanted.labels or ()),
            ("--group", (), (wanted.group,)), ("--time", (), (wanted.time,)),
        )
        if name in names
    )  # fmt: skip
    folded = {fold(column): column for column in table.columns}
    near = get_close_matches(fold(name), folded, n=1)
    meant = folded[near[0]] if near else next((folded[known] for known in often if known in folded), "COLUMN")
    return f"{role} {meant}"


def _known(table: Table, names: Sequence[str], *, without: set[int]) -> int | None:
    """Find the column with the first of some names.

    Raises:
        DataError: two columns bear it.
    """
    folded = [fold(column) if place not in without else None for place, column in enumerate(table.columns)]
    name = next((name for name in names if name in folded), None)
    if name is None:
        return None
    if folded.count(name) > 1:
        raise DataError(
            t("data: {place}: {n} columns are named {name!r}", place=table.place, n=folded.count(name), name=name),
            found=_shown(table), fix=t("give each column a name of its own"),
        )  # fmt: skip
    return folded.index(name)


def _known_pair(table: Table, text: tuple[int, ...], *, without: set[int]) -> tuple[int, ...]:
    """Find two columns that bear the names of texts to be held against each other, among those named if any are."""
    may_be = text or tuple(place for place in range(len(table.columns)) if place not in without)
    folded = [fold(table.columns[place]) for place in may_be]
    two = next((two for two in PAIRS if all(folded.count(name) == 1 for name in two)), ())
    return tuple(may_be[folded.index(name)] for name in two) if len(text) in (0, 2) else ()


def _require_two(table: Table, text: tuple[int, ...]) -> None:
    """Refuse a pair of other than two columns."""
    if len(text) != 2:
        raise DataError(
            t("data: {place}: a pair is made of two text columns", place=table.place),
            found=" + ".join(table.columns[place] for place in text) or _shown(table),
            fix="--text COLUMN --text COLUMN",
        )


def _by_what_is_left(
    table: Table, text: tuple[int, ...], labels: dict[str, int], *, taken: set[int], needs_label: bool
) -> tuple[tuple[int, ...], dict[str, int]]:
    """Take columns of unknown names by elimination, and of two the one that reads like a text."""
    left = [place for place, name in enumerate(table.columns) if place not in taken and fold(name) not in NUMBERING]
    misses_label = needs_label and not labels
    if len(left) != (not text) + misses_label:
        option = "--text COLUMN" if not text else "--label COLUMN"
        raise DataError(
            t("data: {place}: no column is named like a text", place=table.place)
            if not text
            else t("data: {place}: no column is named like a label", place=table.place),
            found=_shown(table),
            fix=f"{option} ({' | '.join(table.columns[place] for place in left[:6])})" if left else option,
        )
    if len(left) == 2:
        rows = [cells for _, (_, cells) in zip(range(_LOOKED_AT), table.rows(), strict=False)]
        one, other = ([cells[place] for cells in rows] for place in left)
        left = left if is_text(one, beside=other) else left[::-1]
    text = text or (left.pop(0),)
    return text, {table.columns[left[0]]: left[0]} if misses_label else labels


def _shown(table: Table) -> str:
    names = ", ".join(table.columns[:20]) + (" ..." if len(table.columns) > 20 else "")
    return names if table.has_header else t("{names} (the file has no header line)", names=names)


def _several(names: str | Sequence[str] | Mapping[str, object] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    return (names,) if isinstance(names, str) else tuple(names)
