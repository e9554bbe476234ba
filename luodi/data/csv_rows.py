"""Rows of csv or tsv that read back as they were, and that no spreadsheet runs."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from luodi.data.text import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data.whole import Out

#: Signs with which a formula begins, as a spreadsheet takes it; a sign alone is none.
_FORMULA = re.compile(r"[=+\-@\t\r].", re.DOTALL)


class CsvRows:
    """Writes rows, and counts the cells that got a quote in front because a spreadsheet would run them.

    Args:
        stream: where they go.
        delimiter: a comma or a tab.
    """

    def __init__(self, stream: Out, *, delimiter: str) -> None:
        self.n_neutralised = 0
        self._quoted = csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        # where tabs divide, luodi.read takes quotes for signs of the text unless the first rows show what they are
        is_tabs = delimiter == "\t"
        self._plain = self._quoted if is_tabs else csv.writer(stream, delimiter=delimiter, lineterminator="\n")

    def write(self, cells: Sequence[str | None]) -> None:
        """Write one row; None is an empty cell."""
        row = [self._neutral(cell or "") for cell in cells]
        has_return = any("\r" in cell for cell in row)  # the csv module does not quote it for its own sake
        (self._quoted if has_return else self._plain).writerow(row)

    def _neutral(self, cell: str) -> str:
        safe = neutral(cell)
        self.n_neutralised += len(safe) > len(cell)  # by its quote
        return safe


def neutral(cell: str) -> str:
    """Keep a spreadsheet from running a cell; numbers, and a sign alone, stay as they are.

    >>> neutral("=1+1"), neutral("-0.5"), neutral("+"), neutral("好")
    ("'=1+1", '-0.5', '+', '好')
    """
    cell = cell if cell.isascii() else _written(cell)
    if not _FORMULA.match(cell):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _written(cell: str) -> str:
    """Give the very cell where it can be written as it is, else with its half characters replaced."""
    fit = encodable(cell)
    return cell if fit == cell else fit
