"""Texts without a label that a student may learn from beside the rows: its teacher answers them."""

from __future__ import annotations

from dataclasses import replace
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


def with_extra(
    learned: Dataset, *, given: Dataset, barred: Sequence[str], unlabelled: str | None, n_each: int, seed: int, run: Run
) -> tuple[Dataset, dict[str, int]]:
    """Put texts without a label behind the rows: those of a file, the rows that had none, and texts made up.

    Texts that stand in rows to choose or to prove by, the very same or nearly, are left out: a student must not know
    them. They are read and cleaned as the rows were.

    Args:
        learned: the labelled rows to learn from; texts are made up of these.
        given: the rows as they came; those without any label are taken as texts.
        barred: texts that must not come in.
        unlabelled: a file of texts, read as ``luodi.read`` does, its text column recognised by name or by that of
            the rows.
        n_each: so many texts are made up of each row.
        seed: of what is made up.
        run: who is told.

    Returns:
        The rows with the texts behind them, and how many came from where, ``left_out`` too.

    Raises:
        DataError: the file cannot be read.
    """
    bare = [text for row, text in enumerate(given.texts) if all(one[row] is None for one in given.labels.values())]
    read_in = _read(unlabelled, given, run) if unlabelled else []
    extra = [*bare, *read_in, *(text for text in made_up(learned, n_each=n_each, seed=seed) if text.strip())]
    if not extra:
        return learned, {}
    groups = near_groups([*barred, *extra], progress=run.progress)
    known = set(groups[: len(barred)].tolist())
    texts = [text for text, group in zip(extra, groups[len(barred) :].tolist(), strict=True) if group not in known]
    counts = {"texts_unlabelled": len(bare) + len(read_in), "texts_made_up": len(extra) - len(bare) - len(read_in),
              "texts_left_out": len(extra) - len(texts)}  # fmt: skip
    run.progress.note(
        t("texts without a label: {n:,} to learn from; {left_out:,} left out, they stand in rows to choose or prove by",
          n=len(texts), left_out=len(extra) - len(texts))
    )  # fmt: skip
    empty: dict[str, list[str | None]] = {name: [None] * len(texts) for name in learned.labels}
    behind = replace(Dataset.of(texts, empty), cleaned=learned.cleaned)
    return concatenate([learned, behind]), counts


def _read(path: str, given: Dataset, run: Run) -> Sequence[str]:
    """Read a file of texts as the rows were read."""
    columns = given.text_columns if holds(open_table(path), given.text_columns) else None
    return read(path, text=columns, labels=(), clean=given.cleaned, progress=run.progress).texts
