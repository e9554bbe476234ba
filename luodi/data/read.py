"""Reads labelled text from a file, whatever its format, with one sentence on all that was left out."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.cells import as_label, as_text, as_time
from luodi.data.clean import clean as cleaned_text
from luodi.data.clean import known_cleaners
from luodi.data.columns import Columns, Wanted, recognise
from luodi.data.dataset import Dataset
from luodi.data.kinds import KINDS, ONE, SPANS, kind_of
from luodi.data.spans import fault_of, moved, read_spans
from luodi.data.tables import open_table
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data.rows import Cell, Table
    from luodi.progress import Bar

#: How many lines a sentence names.
_SHOWN = 5
#: More values than this, or ...
_MANY_LABELS = 1000
#: ... more than this where most rows have one of their own, are no labels.
_SEVERAL_LABELS = 20


def read(
    path: str | Path,
    *,
    text: str | Sequence[str] | None = None,
    labels: str | Sequence[str] | Mapping[str, object] | None = None,
    group: str | None = None,
    time: str | None = None,
    sheet: str | int | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    clean: str | Sequence[str] = (),
    keep_textless: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Read labelled text from csv, tsv, txt, json, jsonl, parquet or a spreadsheet.

    Columns that are not named are recognised by the names that they often bear. Rows without a text are left out, and
    progress is told how many; rows without a label stay, unlabelled.

    Args:
        path: the file.
        text: the column of texts; several are joined, each on a line of its own.
        labels: the label columns, one for each head; of a mapping the keys, the values say what their cells hold (of
            ``luodi.data.kinds``), which the cells tell where none is named; ``()``: the texts alone are wanted.
        group: the column that says whose a row is.
        time: the column that says when it was written.
        sheet: of a spreadsheet, the sheet's name or its number from 1.
        delimiter: of a text file, what stands between cells; recognised unless named.
        encoding: of a text file; recognised unless named.
        clean: cleaners that every text goes through, in this order: ``normalise_unicode``, ``strip_html``,
            ``decode_escapes``, ``collapse_space``, ``mask_personal``. A row of which they leave nothing has no text.
        keep_textless: keep rows without a text, as ``""``, so that an audit can name them.
        progress: where progress by bytes, and what was noticed, is reported to.

    Raises:
        DataError: the file or a column is not there, or what they hold is not what it should be.
        RecipeError: no cleaner has a name in ``clean``.
        MissingExtra: the package that reads the format is not installed.
    """
    progress, cleaners = progress or Silent(), known_cleaners(clean)
    wanted = Wanted.of(text=text, labels=labels, group=group, time=time)
    table = open_table(path, sheet=sheet, delimiter=delimiter, encoding=encoding, known=wanted.names())
    columns = recognise(table, wanted=wanted)
    with progress.work(t("reading {place}", place=table.place), total=table.n_bytes, unit=t("bytes")) as bar:
        gathered = _gather(table, columns, bar, keep_textless=keep_textless, cleaners=cleaners)
    if (wanted.text is None or wanted.labels is None) and table.has_header:
        progress.note(_what_was_taken(table, columns))
    _check_rows(table, columns, gathered, progress)
    kinds = {name: _kind(labels, name) or kind_of(column) for name, column in gathered.labels.items()}
    for name, kind in kinds.items():
        if kind == SPANS:
            _place(table, columns, name, gathered, cleaners=cleaners)
        _check_labels(table, name, kind, gathered, progress)
    n = len(gathered.texts)
    return Dataset(
        tuple(gathered.texts),
        {name: tuple(column) for name, column in gathered.labels.items()},
        groups=tuple(gathered.groups) if columns.group is not None else None,
        times=tuple(gathered.times) if columns.time is not None else None,
        files=(table.place,),
        file_of=np.zeros(n, np.int32),
        line_of=np.array(gathered.lines, np.int64),
        text_columns=tuple(table.columns[place] for place in columns.text),
        cleaned=cleaners,
        kinds=kinds,
    )


@dataclass
class _Gathered:
    """The columns as they grow, the blanks taken off before a text, and the lines of what was left out."""

    labels: dict[str, list[str | None]]
    texts: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    indents: dict[int, int] = field(default_factory=dict)
    textless: array[int] = field(default_factory=lambda: array("q"))
    timeless: list[tuple[int, Cell]] = field(default_factory=list)


def _gather(table: Table, columns: Columns, bar: Bar, *, keep_textless: bool, cleaners: tuple[str, ...]) -> _Gathered:
    gathered = _Gathered({name: [] for name in columns.labels})
    sides = [(gathered.labels[name].append, place) for name, place in columns.labels.items()]
    label_of: dict[Cell, str | None] = {}  # cells of one label share one string
    for line, cells in table.rows(bar):
        text = row_text(cells, columns.text, cleaners=cleaners)
        if text is None and not keep_textless:
            gathered.textless.append(line)
            continue
        raw = cells[columns.text[0]] or ""
        if raw[:1].isspace():
            gathered.indents[len(gathered.texts)] = len(raw) - len(raw.lstrip())
        gathered.texts.append(text or "")
        gathered.lines.append(line)
        for append, place in sides:
            cell = cells[place]
            if cell not in label_of:
                label_of[cell] = as_label(cell)
            append(label_of[cell])
        if columns.group is not None:
            gathered.groups.append(as_text(cells[columns.group]) or f"{table.place}:{line}")
        if columns.time is not None:
            _take_time(gathered, cells[columns.time], line)
    return gathered


def row_text(cells: tuple[Cell, ...], places: tuple[int, ...], *, cleaners: tuple[str, ...] = ()) -> str | None:
    """Give the text of a row, joined from the cells at some places, then cleaned; None where it says nothing.

    >>> row_text((" 好 ", "1", "NaN"), (0, 2)), row_text(("", "1"), (0,))
    ('好', None)
    """
    if len(places) == 1:
        text = as_text(cells[places[0]])
    else:
        text = "\n".join(part for place in places if (part := as_text(cells[place])) is not None) or None
    return as_text(cleaned_text(text, cleaners)) if text is not None and cleaners else text


def _take_time(gathered: _Gathered, cell: Cell, line: int) -> None:
    when = as_time(cell)
    if when is None:
        gathered.timeless.append((line, cell))
    gathered.times.append(when or "")


def _what_was_taken(table: Table, columns: Columns) -> str:
    text = " + ".join(table.columns[place] for place in columns.text)
    if not columns.labels:
        return t("{place}: texts from column {text!r}", place=table.place, text=text)
    labels = ", ".join(columns.labels)
    return t("{place}: texts from column {text!r}, labels from {labels!r}", place=table.place, text=text, labels=labels)


def _check_rows(table: Table, columns: Columns, gathered: _Gathered, progress: Progress) -> None:
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


def _kind(labels: object, name: str) -> str | None:
    """Give what a column was said to hold.

    Raises:
        RecipeError: no cell holds such a thing.
    """
    said = labels[name] if isinstance(labels, Mapping) else None
    if said is not None and said not in KINDS:
        raise RecipeError(
            t("labels: no cell holds {said!r}", said=said), found=name, fix=t("one of {names}", names=", ".join(KINDS))
        )
    return said


def _place(table: Table, columns: Columns, name: str, gathered: _Gathered, *, cleaners: tuple[str, ...]) -> None:
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
            cell = column[row] = moved(cell, by=-gathered.indents.get(row, 0))
            fault = fault_of(read_spans(cell), gathered.texts[row])
        except ValueError as strange:
            fault = str(strange)
        if fault:
            raise DataError(
                t("data: {place}, line {line}: column {name!r}: {fault}", place=table.place,
                  line=gathered.lines[row], name=name, fault=fault),
                found=repr(gathered.texts[row])[:100],
                fix=t("write spans as [[start, end, label], ...], counted in signs from 0, none overlapping"),
            )  # fmt: skip


def _check_labels(table: Table, name: str, kind: str, gathered: _Gathered, progress: Progress) -> None:
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
            fix=t("name the right column with --label"),
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
