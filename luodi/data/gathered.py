"""What was gathered of a table's rows, and whether it is what it should be."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from luodi.data.kinds import ONE, is_number
from luodi.data.likeness import likeness
from luodi.data.spans import fault_of, moved, read_spans
from luodi.errors import DataError, RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data.columns import Columns
    from luodi.data.rows import Cell, Table
    from luodi.progress import Progress

#: How many lines a sentence names.
_SHOWN = 5
#: More values than this, or ...
_MANY_LABELS = 1000
#: ... more than this where most rows have one of their own, are no labels.
_SEVERAL_LABELS = 20


@dataclass
class Gathered:
    """The columns as they grow, the blanks taken off before and behind a text, and the lines of what was left out."""

    labels: dict[str, list[str | None]]
    texts: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    blanks: dict[int, tuple[int, int]] = field(default_factory=dict)
    textless: array[int] = field(default_factory=lambda: array("q"))
    timeless: list[tuple[int, Cell]] = field(default_factory=list)


def check_rows(table: Table, columns: Columns, gathered: Gathered, progress: Progress) -> None:
    """Refuse a table that is mostly without texts, and times that are none; tell of single rows without a text."""
    n, n_textless = len(gathered.texts), len(gathered.textless)
    name = " + ".join(table.columns[place] for place in columns.text)
    if n + n_textless == 0:
        raise DataError(
            t("data: {file} holds no rows", file=table.place), fix=t("save the file again with its rows in it")
        )
    if n_textless > n:
        raise DataError(
            t(
                "data: {place}: {n} of {total} rows have no text in column {name!r}",
                place=table.place, n=n_textless, total=n + n_textless, name=name,
            ),
            found=_lines(gathered.textless), fix=t("name the right column with --text"),
        )  # fmt: skip
    if n_textless:
        lines = _lines(gathered.textless)
        progress.note(
            t("{place}: left out {n} rows without a text ({lines})", place=table.place, n=n_textless, lines=lines)
        )
    if gathered.timeless:
        line, cell = gathered.timeless[0]
        raise DataError(
            t(
                "data: {place}, line {line}: {n} rows have no date in the column of times",
                place=table.place, line=line, n=len(gathered.timeless),
            ),
            found=repr(cell or ""), fix=t("write dates with the year first: 2024-01-31 or 2024-01-31 08:00"),
        )  # fmt: skip


def place_spans(table: Table, columns: Columns, name: str, gathered: Gathered, *, cleaners: tuple[str, ...]) -> None:
    """Move spans with their texts, whose blanks in front were taken off, and refuse those that stand in no text.

    Raises:
        DataError: a cell holds something else, spans overlap, or end behind their text.
        RecipeError: the text is joined or cleaned, so that its signs stand elsewhere than in the file.
    """
    if cleaners or len(columns.text) > 1:
        raise RecipeError(
            t("column {name!r} holds spans: their texts can be neither joined nor cleaned", name=name),
            found=", ".join(cleaners) or " + ".join(table.columns[place] for place in columns.text),
            fix=t("name one text column, and no cleaners"),
        )
    column = gathered.labels[name]
    for row, cell in enumerate(column):
        if cell is None:
            continue
        try:
            text = gathered.texts[row]
            before, behind = gathered.blanks.get(row, (0, 0))
            cell = column[row] = moved(cell, by=-before, text=text, n_blanks=behind)
            fault = fault_of(read_spans(cell), text)
        except ValueError as strange:
            fault = str(strange)
        if fault:
            raise DataError(
                t("data: {place}, line {line}: column {name!r}: {fault}", place=table.place,
                  line=gathered.lines[row], name=name, fault=fault),
                found=repr(gathered.texts[row])[:100],
                fix=t("write spans as [[start, end, label], ...], counted in signs from 0, none overlapping"),
            )  # fmt: skip


def check_numbers(table: Table, name: str, gathered: Gathered) -> None:
    """Refuse a cell that holds no number.

    Raises:
        DataError: the first such cell is named.
    """
    for line, cell in zip(gathered.lines, gathered.labels[name], strict=True):
        if cell is not None and not is_number(cell):
            raise DataError(
                t("data: {place}, line {line}: {cell!r} in column {name!r} is no number", place=table.place, line=line,
                  cell=cell[:40], name=name),
                fix=t("write numbers with a point, 3.5, or name the right column with --label"),
            )  # fmt: skip


def check_likeness(table: Table, name: str, gathered: Gathered) -> None:
    """Refuse a cell that does not say how well two texts fit.

    Raises:
        DataError: the first such cell is named.
    """
    known = {cell for cell in set(gathered.labels[name]) if cell is not None and likeness(cell) is not None}
    for line, cell in zip(gathered.lines, gathered.labels[name], strict=True):
        if cell is not None and cell not in known:
            raise DataError(
                t("data: {place}, line {line}: {cell!r} in column {name!r} does not say whether two texts match",
                  place=table.place, line=line, cell=cell[:40], name=name),
                fix=t("write 1 and 0, yes and no, or grades of 0 and more"),
            )  # fmt: skip


def check_labels(table: Table, name: str, kind: str, gathered: Gathered, progress: Progress) -> None:
    """Refuse a column that holds no labels, or hardly the same one twice; tell of unlabelled rows."""
    column = gathered.labels[name]
    rows = Counter(cell for cell in column if cell is not None)
    n = sum(rows.values())
    if not n:
        raise DataError(
            t("data: {place}: column {name!r} is empty in every row", place=table.place, name=name),
            fix=t("name the right column with --label"),
        )
    n_labels = len(rows)
    if kind == ONE and (
        (n_labels > _MANY_LABELS and n_labels > n / 10) or (n_labels > _SEVERAL_LABELS and n_labels > n / 2)
    ):
        raise DataError(
            t(
                "data: {place}: column {name!r} holds {n_labels} different values in {n} rows: these are no labels",
                place=table.place, name=name, n_labels=n_labels, n=n,
            ),
            found=", ".join(label[:20] for label in list(rows)[:_SHOWN]) + " ...",
            fix=t("numbers are rated with --label {name}:score", name=name)
            if all(map(is_number, rows))
            else t("name the right column with --label"),
        )  # fmt: skip
    if n < len(column):
        lines = _lines([line for line, cell in zip(gathered.lines, column, strict=True) if cell is None])
        progress.note(
            t("{place}: {n} rows have no label in {name!r} ({lines})", place=table.place, n=len(column) - n, name=name,
              lines=lines)
        )  # fmt: skip


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:_SHOWN])
    return t("lines {shown}", shown=shown + (" ..." if len(lines) > _SHOWN else ""))
