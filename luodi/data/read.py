"""Reads labelled text from a file, whatever its format, with one sentence on all that was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.cells import as_label, as_text, as_time
from luodi.data.clean import clean as cleaned_text
from luodi.data.clean import known_cleaners
from luodi.data.columns import Columns, Wanted, recognise
from luodi.data.dataset import Dataset
from luodi.data.gathered import Gathered, check_labels, check_likeness, check_numbers, check_rows, place_spans
from luodi.data.kinds import KINDS, LIKENESS, NUMBER, SPANS, kind_of
from luodi.data.likeness import says_yes_or_no
from luodi.data.pair import BETWEEN, pair
from luodi.data.tables import open_table
from luodi.errors import RecipeError
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data.rows import Cell, Table
    from luodi.progress import Bar

#: Rows whose labels tell whether two text columns are a pair.
_LOOKED_AT = 1000


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
        text: the column of texts; several are joined, each on a line of its own. Two make a pair where a label column
            says how well they fit (``{"dup": "likeness"}``, or two columns of names such as ``question1`` and
            ``question2`` beside cells of yes and no): see ``luodi.data.pair``.
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
    said = {name: _kind(labels, name) for name in labels} if isinstance(labels, Mapping) else {}
    paired = LIKENESS in said.values() or (None if labels != () else False)
    wanted = Wanted.of(text=text, labels=labels, group=group, time=time, paired=paired)
    table = open_table(path, sheet=sheet, delimiter=delimiter, encoding=encoding, known=wanted.names())
    columns = _settled(table, recognise(table, wanted=wanted), said)
    with progress.work(t("reading {place}", place=table.place), total=table.n_bytes, unit=t("bytes")) as bar:
        gathered = _gather(table, columns, bar, keep_textless=keep_textless, cleaners=cleaners)
    if (wanted.text is None or wanted.labels is None) and table.has_header:
        progress.note(_what_was_taken(table, columns))
    check_rows(table, columns, gathered, progress)
    kinds = {
        name: said.get(name) or (LIKENESS if columns.paired and says_yes_or_no(column) else kind_of(column))
        for name, column in gathered.labels.items()
    }
    if columns.paired and kinds and LIKENESS not in kinds.values():
        gathered.texts[:] = [text.replace(BETWEEN, "\n") for text in gathered.texts]
    for name, kind in kinds.items():
        if kind == SPANS:
            place_spans(table, columns, name, gathered, cleaners=cleaners)
        if kind == NUMBER:
            check_numbers(table, name, gathered)
        if kind == LIKENESS:
            check_likeness(table, name, gathered)
        check_labels(table, name, kind, gathered, progress)
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


def _settled(table: Table, columns: Columns, said: Mapping[str, str | None]) -> Columns:
    """Take two text columns for a pair only where a label says whether they match; by its first cells, unless told."""
    if not columns.paired or LIKENESS in said.values():
        return columns
    rows = [cells for _, (_, cells) in zip(range(_LOOKED_AT), table.rows(), strict=False)]
    unsaid = [place for name, place in columns.labels.items() if said.get(name) is None]
    is_pair = any(says_yes_or_no(as_label(cells[place]) for cells in rows) for place in unsaid)
    return replace(columns, paired=is_pair)


def _gather(table: Table, columns: Columns, bar: Bar, *, keep_textless: bool, cleaners: tuple[str, ...]) -> Gathered:
    gathered = Gathered({name: [] for name in columns.labels})
    sides = [(gathered.labels[name].append, place) for name, place in columns.labels.items()]
    may_hold_spans = len(columns.text) == 1 and not cleaners
    text_of = pair_text if columns.paired else row_text
    label_of: dict[Cell, str | None] = {}  # cells of one label share one string
    for line, cells in table.rows(bar):
        text = text_of(cells, columns.text, cleaners=cleaners)
        if text is None and not keep_textless:
            gathered.textless.append(line)
            continue
        if may_hold_spans and len(raw := cells[columns.text[0]] or "") != len(text or ""):
            gathered.blanks[len(gathered.texts)] = len(raw) - len(raw.lstrip()), len(raw) - len(raw.rstrip())
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
    if text is not None and BETWEEN in text:
        text = as_text(text.replace(BETWEEN, " "))
    return as_text(cleaned_text(text, cleaners)) if text is not None and cleaners else text


def pair_text(cells: tuple[Cell, ...], places: tuple[int, ...], *, cleaners: tuple[str, ...] = ()) -> str | None:
    r"""Give the pair of a row, each text cleaned on its own; None where one of them says nothing.

    >>> pair_text((" 好 ", "1", "很好"), (0, 2)), pair_text(("好", ""), (0, 1))
    ('好\x1f很好', None)
    """
    first, second = (row_text(cells, (place,), cleaners=cleaners) for place in places)
    return pair(first, second) if first is not None and second is not None else None


def _take_time(gathered: Gathered, cell: Cell, line: int) -> None:
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
