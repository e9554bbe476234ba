"""Writers of tables: every column as it was read, another label in its cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from luodi.data.csv_rows import CsvRows
from luodi.errors import DataError
from luodi.language import t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.data import Row, Table
    from luodi.data.whole import Out

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,15}")
_FRACTION = re.compile(r"[+-]?\d{1,15}\.\d{1,15}")


class Writer(Protocol):
    """Writes the rows of one table, one after the other."""

    @property
    def n_neutralised(self) -> int:
        """Count the cells that were changed so that no spreadsheet runs them."""

    def write(self, row: Row, given: Mapping[str, Any] | None, labels: Mapping[int, str]) -> None:
        """Write a row.

        Args:
            row: its line and cells.
            given: the object that it stood in, where the table is JSON.
            labels: new labels by the place of their column.
        """


class Delimited:
    """Writes csv or tsv; cells that a spreadsheet would run as formulas get a quote in front, and are counted."""

    def __init__(self, stream: Out, table: Table, *, delimiter: str, option: str) -> None:
        self.table, self.option = table, option
        self.rows = CsvRows(stream, delimiter=delimiter)
        self.rows.write(table.columns)

    @property
    def n_neutralised(self) -> int:
        """Count the cells that got a quote in front."""
        return self.rows.n_neutralised

    def write(self, row: Row, given: Mapping[str, Any] | None, labels: Mapping[int, str]) -> None:
        """Write a row; an object with a field that has no column is refused, rather than cut short."""
        if given is not None and (left := [name for name in given if name not in self.table.columns]):
            raise DataError(
                t("data: {file}, line {line}: the field {name!r} has no column", file=self.table.place, line=row.line,
                  name=left[0]),
                found=t("the columns are those of the first 5,000 objects"), fix=f"{self.option} OUT.jsonl",
            )  # fmt: skip
        cells: list[str | None] = list(row.cells)
        for place, label in labels.items():
            cells[place] = label
        self.rows.write(cells)


class Objects:
    """Writes JSON lines: objects as they stood, rows of other tables by the names of their columns."""

    n_neutralised = 0

    def __init__(self, stream: Out, table: Table) -> None:
        self.stream = stream
        self.keys = table.columns
        self.names = _distinct(table.columns)

    def write(self, row: Row, given: Mapping[str, Any] | None, labels: Mapping[int, str]) -> None:
        """Write a row; a new label is of the kind that the old one was: a number, a truth value or a text."""
        if given is None:
            cells: dict[str, Any] = dict(zip(self.names, row.cells, strict=True))
            new = {self.names[place]: label for place, label in labels.items()}
        else:
            cells = dict(given)
            new = {self.keys[place]: _like(given.get(self.keys[place]), label) for place, label in labels.items()}
        self.stream.write(write_json({**cells, **new}) + "\n")


def make_writer(stream: Out, table: Table, *, suffix: str, option: str) -> Writer:
    """Give the writer of a kind of table.

    Args:
        stream: where it writes.
        table: what it writes, for the names of its columns.
        suffix: ``.csv``, ``.tsv`` or ``.jsonl``.
        option: that names the output on the command line, for the fix of a row that cannot be written.
    """
    if suffix == ".jsonl":
        return Objects(stream, table)
    return Delimited(stream, table, delimiter="\t" if suffix == ".tsv" else ",", option=option)


def _like(old: Any, label: str) -> Any:
    """Give a label as a value of the old one's kind, where it can be one.

    >>> _like(3, "4"), _like(3, "vier"), _like(True, "false"), _like("3", "4"), _like(None, "4")
    (4, 'vier', False, '4', '4')
    """
    if isinstance(old, bool):
        return {"true": True, "false": False}.get(label, label)
    if isinstance(old, int | float) and _WHOLE_NUMBER.fullmatch(label):
        return type(old)(label)
    if isinstance(old, float) and _FRACTION.fullmatch(label):
        return float(label)
    return label


def _distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Name columns apart that bear one name: a field of an object has a name of its own.

    >>> _distinct(["a", "b", "a"])
    ('a', 'b', 'a_2')
    """
    names: list[str] = []
    for column in columns:
        name, n = column, 1
        while name in names:
            n += 1
            name = f"{column}_{n}"
        names.append(name)
    return tuple(names)
