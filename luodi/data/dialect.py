"""How a text file divides records into cells: the delimiter, and what double quotes mean."""

from __future__ import annotations

import csv
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from luodi.data.names import is_known
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: The delimiter of files that have none: no text holds it.
NO_DELIMITER = "\U0010ffff"
#: Share of records that must have as many cells as the first, before a sign counts as the delimiter.
_EVEN = 0.8
_PREFERRED = {".tsv": "\t,;|", ".txt": "\t,;|", ".csv": ",\t;|"}
_NAMES = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "制表符": "\t", "逗号": ","}


@dataclass(frozen=True)
class Dialect:
    """How records are divided: the delimiter, and whether double quotes hold cells together."""

    delimiter: str
    quoted: bool = True

    def records(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Divide lines into records of cells."""
        if self.quoted:
            return csv.reader(lines, delimiter=self.delimiter)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def sample(self, lines: Sequence[str]) -> list[list[str]]:
        """Divide the first lines of a file as far as it goes: the last record may be cut."""
        records: list[list[str]] = []
        with suppress(csv.Error):
            records.extend(self.records(lines))
        return records


def recognise_dialect(lines: Sequence[str], *, suffix: str, delimiter: str | None = None) -> Dialect:
    r"""Take the delimiter that divides the most lines alike; without any, a line is a cell.

    >>> recognise_dialect(["很好吃\t正面\n", "难吃\t负面\n"], suffix=".txt").delimiter
    '\t'
    """
    choices = [delimiter] if delimiter else list(_PREFERRED.get(suffix, ",\t;|"))
    dialects = [_quoting(lines, one) for one in choices]
    shares = [_likeness(dialect, lines) for dialect in dialects]
    if suffix == ".txt" and not delimiter:  # running text has commas: there they divide only under a header
        shares = [
            share if dialect.delimiter == "\t" or any(map(is_known, chain(*dialect.sample(lines[:1])))) else 0.0
            for dialect, share in zip(dialects, shares, strict=True)
        ]
    if max(shares) > 0:
        return dialects[shares.index(max(shares))]
    return dialects[0] if delimiter else Dialect(NO_DELIMITER, quoted=suffix == ".csv")


def one_character(delimiter: str) -> str:
    r"""Give the delimiter that a user named.

    >>> one_character("tab")
    '\t'

    Raises:
        DataError: it is not one character.
    """
    sign = _NAMES.get(delimiter.strip().casefold(), delimiter) if delimiter.strip() else delimiter
    if len(sign) != 1 or sign in '"\r\n':
        raise DataError(
            t("data: a delimiter is one character, not {name!r}", name=delimiter), fix="--delimiter , | tab | ;"
        )
    return sign


def _quoting(lines: Sequence[str], delimiter: str) -> Dialect:
    """Tell whether double quotes hold cells together, or are only signs of the text.

    They are signs where a cell begins with one that does not close it, and the lines are even without them. Files with
    tabs that show none are taken so too: a lone quote further down would swallow lines, unseen.
    """
    opened = [cell for line in lines for cell in line.rstrip("\r\n").split(delimiter) if cell.startswith('"')]
    quoted, unquoted = Dialect(delimiter), Dialect(delimiter, quoted=False)
    if not opened:
        return unquoted if delimiter == "\t" else quoted
    stray = any(len(cell) == 1 or not cell.endswith('"') or cell.count('"') % 2 for cell in opened)
    if not stray or _likeness(unquoted, lines) < 1.0:
        return quoted
    return quoted if delimiter != "\t" and _is_well_quoted(lines, delimiter) else unquoted


def _is_well_quoted(lines: Sequence[str], delimiter: str) -> bool:
    """Tell whether every quote that opens a cell closes it, and the records are as wide as the first."""
    try:
        widths = {len(record) for record in csv.reader(lines, delimiter=delimiter, strict=True) if record}
    except csv.Error:
        return False
    return len(widths) == 1


def _likeness(dialect: Dialect, lines: Sequence[str]) -> float:
    """Give the share of records with as many cells as the first.

    It is 0 where that has one cell only, or where few are alike and no name that columns often bear tells a header.
    """
    records = [record for record in dialect.sample(lines) if record]
    if not records or len(records[0]) < 2:
        return 0.0
    share = sum(len(record) == len(records[0]) for record in records) / len(records)
    is_even = share >= (_EVEN if len(records) > 2 else 1.0)
    return share if is_even or any(map(is_known, records[0])) else 0.0
