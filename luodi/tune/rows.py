"""The rows of a training: those to learn from, and those to choose by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.data import hold_out
from luodi.errors import DataError
from luodi.language import t
from luodi.tune.targets import labelled

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.models.stage import Run

#: Where no validation rows are given, this share of the training rows is held out.
_HELD_OUT = 0.1


def rows_of(
    model: Model, train: Dataset, validation: Dataset | None, *, stage: str, seed: int | None, run: Run
) -> tuple[Dataset, Dataset]:
    """Take the rows that have a label: to learn from, and to choose by.

    Args:
        model: whose heads know the labels.
        train: the rows given.
        validation: those to choose by; where there are none, some of the others are held out.
        stage: its name, for whom it may concern.
        seed: which ones are held out; None: nothing is chosen, and rows held out would be lost.
        run: who is told.

    Raises:
        DataError: no row has a label.
    """
    n_rows, train = len(train), labelled(model, train)
    if not train:
        raise DataError(
            t("{stage}: no row has a label that the model knows", stage=stage), found=t("{n} rows", n=n_rows)
        )
    validation = labelled(model, validation) if validation else None
    if not validation and seed is None:
        return train, train.take([])
    if not validation:
        train, validation = hold_out(train, share=_HELD_OUT, seed=seed or 0, progress=run.progress)
    if not validation:
        run.progress.note(t("too few rows to hold some out: the last weights are kept, not the best"))
    return train, validation
