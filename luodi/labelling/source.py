"""What can be labelled: the rows of a table, those of a second one without labels, the labels to choose from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from luodi.data import Dataset, Wanted, concatenate, open_table, read, recognise, row_text
from luodi.data.cells import as_label
from luodi.data.columns import holds
from luodi.data.names import LABEL, fold
from luodi.errors import DataError, RecipeError
from luodi.labelling.answers import text_key
from luodi.labelling.keys import in_order
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from luodi.data import Columns, Table

#: The label column of a table that has none.
_NEW_HEAD = "label"


@dataclass(frozen=True)
class Source:
    """The rows that somebody can be asked about.

    Args:
        data: all rows, under one head: those of the table, then those of the file without labels.
        head: the label column.
        labels: those to choose from, in the order in which they are offered.
        n_own: how many rows are the table's.
    """

    data: Dataset
    head: str
    labels: tuple[str, ...]
    n_own: int

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Give each row's text by its ``text_key``, n of them."""
        return tuple(text_key(text) for text in self.data.texts)

    @cached_property
    def rows_of(self) -> Mapping[str, Sequence[int]]:
        """Give the rows of each text, by its key."""
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(self.keys):
            rows.setdefault(key, []).append(row)
        return rows


def read_source(
    path: Path,
    *,
    offered: Sequence[str] = (),
    unlabelled: Path | None = None,
    progress: Progress | None = None,
    **reading: Any,
) -> Source:
    """Read what is to be labelled.

    Args:
        path: the table; it may lack labels, and even a column for them, where labels are ``offered``.
        offered: those to choose from, in this order, written as ``luodi.read`` will read them; all that the table
            holds unless named.
        unlabelled: a second table, of texts to label.
        progress: who is told.
        reading: what ``luodi.read`` takes; of it, the second table gets the text column and the cleaners only.

    Raises:
        DataError: a table cannot be read, or there are fewer than two labels to choose from.
        RecipeError: several label columns are named.
    """
    progress = progress or Silent()
    data, head = _read_table(path, reading, names_labels=bool(offered), progress=progress)
    n_own = len(data)
    labels = tuple(dict.fromkeys(label for one in offered if (label := as_label(one)) is not None))
    labels = labels or tuple(in_order(cell for cell in data.labels[head] if cell is not None))
    if len(labels) < 2:
        raise DataError(
            t("labels: a choice needs two labels at least, here are {n}", n=len(labels)),
            found=", ".join(labels) or None, fix=t("name them: --labels good,bad"),
        )  # fmt: skip
    if unlabelled is not None:
        pool = read(unlabelled, text=reading.get("text"), labels=(), clean=reading.get("clean", ()), progress=progress)
        data = concatenate([data, replace(pool, labels={head: (None,) * len(pool)})])
    return Source(data, head, labels, n_own)


def _read_table(
    path: Path, reading: Mapping[str, Any], *, names_labels: bool, progress: Progress
) -> tuple[Dataset, str]:
    named = tuple(reading.get("labels") or ())
    if len(named) > 1:
        raise RecipeError(
            t("labels are given for one column at a time"), found=", ".join(named), fix=f"--label {named[0]}"
        )
    opening = {key: reading.get(key) for key in ("sheet", "delimiter", "encoding")}
    table = open_table(path, known=(*named, *(reading.get("text") or ())), **opening)
    if not names_labels:
        _require_labels(table, reading)
        data = read(path, progress=progress, **reading)
        return data, next(iter(data.labels))
    head = named[0] if named else _known(table)
    is_there = head is not None and holds(table, [head])
    head = head or _NEW_HEAD
    columns = recognise(table, wanted=Wanted.of(text=reading.get("text"), labels=(head,) if is_there else ()))
    text = tuple(table.columns[place] for place in columns.text)
    data = read(path, progress=progress, **{**reading, "text": text, "labels": ()})
    labels = _labels(table, columns, head, cleaners=data.cleaned) if is_there else (None,) * len(data)
    progress.note(
        t("{place}: texts from column {text!r}, labels go to {head!r}", place=table.place, text=" + ".join(text),
          head=head)
    )  # fmt: skip
    return replace(data, labels={head: labels}), head


def _require_labels(table: Table, reading: Mapping[str, Any]) -> None:
    """Say which option a table without a label column needs; any other fault is told by who reads the table."""
    if reading.get("labels"):
        return
    wanted = Wanted.of(text=reading.get("text"))
    try:
        recognise(table, wanted=wanted)
    except DataError as fault:
        try:
            recognise(table, wanted=replace(wanted, labels=()))
        except DataError:
            raise fault from None
        raise DataError(
            fault.what, found=fault.found,
            fix=t("name the labels to choose from, --labels good,bad, or the column that holds them, --label COLUMN"),
        ) from fault  # fmt: skip


def _known(table: Table) -> str | None:
    """Find the column that is named like a label; what merely could be one, as the only one left, is none here."""
    folded = {fold(column): column for column in table.columns}
    return next((folded[name] for name in LABEL if name in folded), None)


def _labels(table: Table, columns: Columns, head: str, *, cleaners: tuple[str, ...]) -> tuple[str | None, ...]:
    """Give the label of every row that has a text, whatever it is, in the order in which ``read`` gives the rows."""
    place = columns.labels[head]
    return tuple(
        as_label(cells[place])
        for _, cells in table.rows()
        if row_text(cells, columns.text, cleaners=cleaners) is not None
    )
