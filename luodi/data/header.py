"""Tells whether the first record of a table names its columns or is a row already."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from luodi.data.names import fold, is_known
from luodi.data.rows import Cell, name_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

#: What a column may be called: short, and no sentence.
_NAME = re.compile(r"[\w .:/()\[\]（）#-]{1,40}")


def columns_of(records: Sequence[Sequence[Cell]], *, known: Collection[str] = ()) -> tuple[tuple[str, ...], bool]:
    """Name the columns of a table by its first records.

    Args:
        records: the first ones, cells as they stand.
        known: names that the user says are columns.

    Returns:
        The names, and whether they stand in the first record. A table without names has ``text`` and ``label`` where
        it has two columns (the longer one is the text), ``text`` where it has one, else ``column1``, ``column2`` ...

    >>> columns_of([["很好吃", "正面"], ["难吃", "负面"], ["不错", "正面"]])
    (('text', 'label'), False)
    >>> columns_of([["评论", "标签"], ["难吃", "负面"]])
    (('评论', '标签'), True)
    """
    first = records[0]
    if _names_columns(records, {fold(name) for name in known}):
        return name_columns(first), True
    if len(first) == 1:
        return ("text",), False
    if len(first) == 2:
        one, other = ([row[side] for row in records if len(row) == 2] for side in (0, 1))
        return (("text", "label") if is_text(one, beside=other) else ("label", "text")), False
    return name_columns([None] * len(first)), False


def is_text(cells: Sequence[Cell], *, beside: Sequence[Cell]) -> bool:
    """Tell which of two columns holds the texts: the one with clearly more different cells, else the longer one.

    >>> is_text(["好吃", "难吃", "一般", "香"], beside=["正面", "负面", "一般般", "正面"])
    True
    """
    n_different, n_beside = len(set(cells)), len(set(beside))
    if max(n_different, n_beside) >= 1.3 * min(n_different, n_beside):
        return n_different > n_beside
    return sum(len(cell or "") for cell in cells) >= sum(len(cell or "") for cell in beside)


def _names_columns(records: Sequence[Sequence[Cell]], known: Collection[str]) -> bool:
    """Decide by the names that columns often bear; without one, by how unlike the first record is to the rest."""
    first, body = records[0], records[1:]
    if any(is_known(cell) or (cell is not None and fold(cell) in known) for cell in first):
        return True
    cells = [cell.strip() for cell in first if cell is not None]
    could_be = len(cells) == len(first) == len(set(cells)) and all(_NAME.fullmatch(c) and not _number(c) for c in cells)
    if not could_be or len(first) < 2 or not body:
        return False
    columns = [Counter(row[side] for row in body if side < len(row)) for side in range(len(first))]
    recurs = any(column[cell] for column, cell in zip(columns, first, strict=True))
    repeating = any(len(column) <= len(body) / 4 for column in columns)  # a column of labels, and no label leads it
    numeric = any(all(_number(cell or "") for cell in column) for column in columns)
    return not recurs and (repeating or numeric)


def _number(cell: str) -> bool:
    return re.fullmatch(r"\s*-?\d+([.,]\d+)?\s*", cell) is not None
