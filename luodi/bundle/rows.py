"""Reads the rows of a table for a bundle: the columns that it learned from, wherever the table has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from luodi.data import Columns, Table, Wanted, open_table, read, recognise
from luodi.data.columns import holds
from luodi.errors import DataError, RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from luodi.bundle.bundle import Bundle
    from luodi.data import Dataset
    from luodi.progress import Progress


def learned_text(bundle: Bundle) -> tuple[str, ...]:
    """Name the text columns that a bundle learned from; none where its report does not say."""
    if "report.json" not in bundle.manifest.files:
        return ()
    try:
        named = json.loads(bundle.read("report.json"))["recipe"]["data"]["text"]
    except (ValueError, TypeError, KeyError, RecursionError):  # a report is no part of what answers
        return ()
    names = [named] if isinstance(named, str) else named
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else ()


def open_texts(
    bundle: Bundle, file: Path, *, text: Sequence[str] | None = None, **reading: Any
) -> tuple[Table, Columns]:
    """Open a table and find its texts: the columns named, else those learned from, else those that look so.

    Args:
        bundle: who will answer; a column that bears the name of one of its heads is no text.
        file: the table.
        text: the text columns, where they are named.
        reading: sheet, delimiter, encoding.

    Raises:
        DataError: the table cannot be read, or has no text column.
    """
    heads, learned = _heads(bundle), learned_text(bundle)
    table = open_table(file, known=(*(text or ()), *learned, *heads), **reading)
    named = text or (learned if holds(table, learned) else None)
    return table, recognise(table, wanted=Wanted.of(text=named, labels=(), without=heads, paired=bundle.task.paired))


def read_labelled(
    bundle: Bundle, file: Path, *, text: Sequence[str] | None = None, labels: Iterable[str] | None = None,
    progress: Progress | None = None, **reading: Any,
) -> Dataset:  # fmt: skip
    """Read labelled rows to score a bundle on, their label columns under the names of its heads.

    Texts are cleaned as those were that it learned from; it would do so itself, but rows of which nothing is left
    are left out here as they were there, and what is masked is not shown again among the mistakes.

    Args:
        bundle: who will answer.
        file: the table.
        text: the text columns; unless named those learned from, where the table has them.
        labels: the label columns; unless named those that bear the heads' names. For the only head of a bundle any
            one label column is taken.
        progress: who is told.
        reading: group, time, sheet, delimiter, encoding.

    Raises:
        DataError: the table cannot be read, or a head has no column of labels.
    """
    heads, learned = _heads(bundle), learned_text(bundle)
    how = {key: value for key, value in reading.items() if key in ("sheet", "delimiter", "encoding")}
    table = open_table(file, known=(*(text or ()), *(labels or ()), *learned, *heads), **how)
    if text is None and holds(table, learned):
        text = learned
    takes = {head.name: head.takes for head in bundle.task.heads}
    if labels is None and holds(table, heads):
        labels = takes
    elif labels is None and len(heads) == 1:
        labels = tuple(recognise(table, wanted=Wanted.of(text=text, paired=bundle.task.paired)).labels)
    if labels is not None:
        labels = _holding(labels, takes)
    if labels is None and len(heads) > 1:
        missing = next(head for head in heads if not holds(table, (head,)))
        raise _unlabelled(missing, found=table.columns, heads=heads)
    reading = {"clean": bundle.manifest.clean, **reading}
    return fitted(read(file, text=text, labels=labels, progress=progress, **reading), heads=heads)


def _holding(labels: Iterable[str], takes: Mapping[str, str]) -> dict[str, str | None]:
    """Give what label columns hold: what the head of their name takes, or the only head.

    Raises:
        RecipeError: a column was said to hold something else.
    """
    only = next(iter(takes.values())) if len(takes) == 1 else None
    held = {name: takes.get(name, only) for name in labels}
    said = labels if isinstance(labels, Mapping) else {}
    if strange := [name for name, kind in said.items() if kind is not None and kind != held[name]]:
        raise RecipeError(
            t("the bundle's head for column {name!r} takes other cells than that", name=strange[0]),
            fix=f"--label {strange[0]}",
        )
    return held


def fitted(data: Dataset, *, heads: Sequence[str]) -> Dataset:
    """Give rows whose label columns bear the heads' names; one column and one head are taken for each other.

    Raises:
        DataError: a head has no column.
    """
    if len(data.labels) == len(heads) == 1:
        return data.renamed({next(iter(data.labels)): heads[0]})
    if missing := [head for head in heads if head not in data.labels]:
        raise _unlabelled(missing[0], found=tuple(data.labels), heads=heads)
    return data


def _heads(bundle: Bundle) -> tuple[str, ...]:
    return tuple(head.name for head in bundle.task.heads)


def _unlabelled(head: str, *, found: Sequence[str], heads: Sequence[str]) -> DataError:
    return DataError(
        t("data: no column holds the labels of {head!r}", head=head),
        found=", ".join(found[:20]) + (" ..." if len(found) > 20 else ""),
        fix=t("give the label columns the names that the bundle has for them: {heads}", heads=", ".join(heads)),
    )
