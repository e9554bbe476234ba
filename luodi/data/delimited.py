"""Reads csv, tsv and txt: recognises delimiter and header, keeps the line on which each record begins."""

from __future__ import annotations

import csv
import re
from itertools import islice
from typing import TYPE_CHECKING

from luodi.data.dialect import NO_DELIMITER, Dialect, one_character, recognise_dialect
from luodi.data.encoding import detect, n_bytes_read, open_text
from luodi.data.header import columns_of
from luodi.data.rows import Row, Table
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    import io
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from luodi.progress import Bar

#: Lines looked at to recognise delimiter and header.
_LOOKED_AT = 1000
#: A record of more lines than this has a quote that nobody closed.
_LONGEST_RECORD = 10_000
#: The longest cell, in characters.
_LARGEST_CELL = 50_000_000
_REPORT_EVERY = 4096


def open_delimited(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None, known: Collection[str] = ()
) -> Table:
    """Open a file of records, one a line or more where quotes hold line breaks.

    Args:
        path: the file.
        delimiter: one character, or ``tab``; recognised unless named.
        encoding: recognised unless named.
        known: names that the user says are columns; they help to tell a header from a row.

    Raises:
        DataError: the file is no text, is empty, or (while rows are read) is ragged, ill encoded or badly quoted.
    """
    encoding = encoding or detect(path)
    with open_text(path, encoding=encoding) as text:
        lines = [line for line in islice(_unmarked(text), _LOOKED_AT) if line.strip()]
    said = re.fullmatch(r"sep=(.)\s*", lines[0]) if lines else None  # spreadsheet programs write it for themselves
    lines = lines[1:] if said else lines
    wanted = one_character(delimiter) if delimiter else said[1] if said else None
    dialect = recognise_dialect(lines, suffix=path.suffix.lower(), delimiter=wanted)
    records = [record for record in dialect.sample(lines) if any(record)]
    if not records:
        raise DataError(
            t("data: {file} holds no rows", file=path.name), fix=t("save the file again with its rows in it")
        )
    columns, has_header = columns_of(records, known=known)
    skipped = int(bool(said)) + int(has_header)

    def stream(bar: Bar) -> Iterator[Row]:
        rows = (row for row in _records(path, dialect, encoding, bar) if any(row[1]))
        for line, cells in islice(rows, skipped, None):
            if len(cells) != len(columns):
                cells = _even(cells, len(columns), place=(path, line), dialect=dialect)
            yield Row(line, tuple(cell or None for cell in cells))

    return Table(path.name, columns, path.stat().st_size, stream, has_header)


def _records(path: Path, dialect: Dialect, encoding: str, bar: Bar) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line on which it begins; blank lines are empty records."""
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))  # the module has no limit of a reader's own
    with open_text(path, encoding=encoding) as text:
        lines = _Lines(text, path)
        done = 0
        try:
            for count, record in enumerate(dialect.records(lines), 1):
                yield lines.begin, record
                lines.begin = lines.n + 1
                if count % _REPORT_EVERY == 0:
                    bar.advance((now := n_bytes_read(text)) - done)
                    done = now
        except csv.Error as fault:
            raise _bad_record(path, lines.begin, str(fault)) from fault
        bar.advance(path.stat().st_size - done)


class _Lines:
    """Counts the lines that the csv module takes, and refuses a record that never ends."""

    def __init__(self, text: io.TextIOWrapper, path: Path) -> None:
        self.text = _unmarked(text)
        self.path = path
        self.n = 0
        self.begin = 1

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.n += 1
            if self.n - self.begin > _LONGEST_RECORD:
                raise _unclosed(self.path, self.begin)
            yield line
        if self.n >= self.begin:  # the last record wants more lines
            raise _unclosed(self.path, self.begin)


def _unmarked(text: Iterable[str]) -> Iterator[str]:
    """Take a byte-order mark off the first line: it is there where the user named the encoding."""
    lines = iter(text)
    yield from (line.lstrip("\ufeff") for line in islice(lines, 1))
    yield from lines


def _even(cells: list[str], width: int, *, place: tuple[Path, int], dialect: Dialect) -> list[str]:
    """Take empty cells beyond the last column off; refuse every other raggedness, which would put cells askew."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    path, line = place
    delimiter = {"\t": "tab", NO_DELIMITER: "none"}.get(dialect.delimiter, dialect.delimiter)
    raise DataError(
        t(
            "data: {file}, line {line}: {found} cells where the first line has {width} (delimiter {delimiter})",
            file=path.name, line=line, found=len(cells), width=width, delimiter=delimiter,
        ),
        found=" | ".join(cells)[:120],
        fix=t("put a text that holds the delimiter in double quotes, or name another one: --delimiter tab"),
    )  # fmt: skip


def _unclosed(path: Path, line: int) -> DataError:
    return DataError(
        t("data: {file}, line {line}: a double quote opens here and nothing closes it", file=path.name, line=line),
        fix=t("close the quote; a quote within a quoted cell is written twice"),
    )


def _bad_record(path: Path, line: int, fault: str) -> DataError:
    return DataError(t("data: {file}, line {line} cannot be read: {fault}", file=path.name, line=line, fault=fault))
