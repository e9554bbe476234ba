"""Texts without a label that a student may learn from beside the rows: its teacher answers them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from luodi.compress.augment import made_up
from luodi.data import Dataset, concatenate, read
from luodi.data.columns import holds
from luodi.data.near import near_groups
from luodi.data.tables import open_table
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.models.stage import Run


@dataclass(frozen=True)
class Extra:
    """Which texts are wanted beside the rows.

    Args:
        unlabelled: a file of texts, read and cleaned as the rows were, its text column recognised by that of the rows
            or by name.
        n_each: so many texts are made up of each row.
        seed: of what is made up.
        barred: texts that must not come in: those of rows to choose or to prove by.
    """

    unlabelled: str | None
    n_each: int
    seed: int
    barred: Sequence[str]


def with_extra(learned: Dataset, wanted: Extra, *, given: Dataset, run: Run) -> tuple[Dataset, dict[str, int]]:
    """Put texts without a label behind the rows: those of a file, the rows that had none, and texts made up.

    Texts that are barred, the very same or nearly, are left out: a student must not know them.

    Args:
        learned: the labelled rows to learn from; texts are made up of these.
        wanted: which texts.
        given: the rows as they came; those without any label are taken as texts.
        run: who is told.

    Returns:
        The rows with the texts behind them, and how many came from where, ``texts_left_out`` of them too.

    Raises:
        DataError: the file cannot be read.
    """
    bare = [text for row, text in enumerate(given.texts) if all(one[row] is None for one in given.labels.values())]
    read_in = [*bare, *(_read(wanted.unlabelled, given, run) if wanted.unlabelled else [])]
    made = [text for text in made_up(learned, n_each=wanted.n_each, seed=wanted.seed) if text.strip()]
    if not (extra := [*read_in, *made]):
        return learned, {}
    n_barred = len(wanted.barred)
    groups = near_groups([*wanted.barred, *extra], progress=run.progress).tolist()
    known = set(groups[:n_barred])
    texts = [text for text, group in zip(extra, groups[n_barred:], strict=True) if group not in known]
    n_left_out = len(extra) - len(texts)
    run.progress.note(
        t("texts without a label: {n:,} to learn from; {left_out:,} left out, they stand in rows to choose or prove by",
          n=len(texts), left_out=n_left_out)
    )  # fmt: skip
    empty: dict[str, list[str | None]] = {name: [None] * len(texts) for name in learned.labels}
    behind = replace(Dataset.of(texts, empty), cleaned=learned.cleaned)
    counts = {"texts_unlabelled": len(read_in), "texts_made_up": len(made), "texts_left_out": n_left_out}
    return concatenate([learned, behind]), counts


def _read(path: str, given: Dataset, run: Run) -> Sequence[str]:
    """Read a file of texts as the rows were read."""
    table = open_table(path, known=given.text_columns)
    columns = given.text_columns if holds(table, given.text_columns) else None
    return read(path, text=columns, labels=(), clean=given.cleaned, progress=run.progress).texts
