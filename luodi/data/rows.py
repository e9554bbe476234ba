"""What every reader of a file gives: named columns, and rows that flow past once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from luodi.progress import Bar, Silent

#: A row's text, or None where the cell is empty.
Cell = str | None


class Row(NamedTuple):
    """One record: the line where it begins, counted from 1, and a cell for each column."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """An opened file: its columns are known, its rows are read when they are asked for.

    Args:
        place: the file's name, and the sheet's where there are several, as errors call it.
        columns: a name for each column.
        n_bytes: what there is to read, for progress.
        stream: reads the rows from the start, telling a bar how many bytes are done.
        has_header: whether the names stand in the file; otherwise they were given here.
        objects: reads the rows likewise, each with the object that it stood in, where the file is JSON.
    """

    place: str
    columns: tuple[str, ...]
    n_bytes: int
    stream: Callable[[Bar], Iterator[Row]]
    has_header: bool = True
    objects: Callable[[Bar], Iterator[tuple[Row, Mapping[str, Any]]]] | None = None

    def rows(self, bar: Bar | None = None) -> Iterator[Row]:
        """Read every row from the start, in bounded memory; blank rows are passed over."""
        if bar is not None:
            yield from self.stream(bar)
            return
        with Silent().work("", total=None, unit="") as nobody:
            yield from self.stream(nobody)

    def stood(self, bar: Bar) -> Iterator[tuple[Row, Mapping[str, Any] | None]]:
        """Read every row with the object that it stood in, None where the file is no JSON."""
        if self.objects is None:
            yield from ((row, None) for row in self.stream(bar))
        else:
            yield from self.objects(bar)


def name_columns(header: Sequence[Cell]) -> tuple[str, ...]:
    """Name columns by their header cells; a nameless one is called by its place.

    >>> name_columns([" label ", None])
    ('label', 'column2')
    """
    return tuple((cell or "").strip("\ufeff \t\r\n\u3000") or f"column{place}" for place, cell in enumerate(header, 1))
