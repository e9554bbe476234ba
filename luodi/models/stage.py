"""A step from a model and data to a model: the one shape of tuning, compressing and spreading out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.data.dataset import Dataset
    from luodi.models.model import Model


@dataclass(frozen=True)
class Run:
    """Where a stage works: where it reports and rests, and what it must not learn from.

    Args:
        folder: for checkpoints and logs; None keeps none, and then nothing can be resumed.
        progress: who is told how far it has come.
        tracker: name of an experiment tracker, or None.
        watch: is told after each evaluation of a training its learning curve so far, and the epochs planned; what it
            raises ends the training.
        about: what the tracker notes of the run: the recipe, the fingerprint of the rows.
        barred: texts that a stage must not take from elsewhere: those of the rows that prove the model.
    """

    folder: Path | None = None
    progress: Progress = field(default_factory=Silent)
    tracker: str | None = None
    watch: Callable[[Sequence[Mapping[str, float]], int], None] | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    barred: Sequence[str] = ()


class Stage(Protocol):
    """A frozen dataclass entered under the kind ``stage``; its fields are its whole configuration.

    ``learns`` is False for a stage whose model must give the very answers of the model that it was made from.
    """

    learns: ClassVar[bool]

    def __call__(self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run = ...) -> Model:
        """Make a new model; the one given stays as it was."""


def apply(
    stage: Stage, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
) -> Model:
    """Run a stage and note it in the model that it made: name, fields, seconds taken, weights left."""
    start = time.monotonic()
    made = stage(model, train, validation=validation, run=run or Run())
    row = {**describe(stage), "seconds": round(time.monotonic() - start, 3), "parameters": made.n_parameters}
    return made.noted(row)


def describe(part: Any) -> dict[str, Any]:
    """Write a registered part as a recipe holds it: ``use`` and every field, nested parts too."""
    from luodi.registry import kinds, parts

    named = {cls: name for kind in kinds() for name, cls in parts(kind).items()}
    row: dict[str, Any] = {"use": named[type(part)]}
    for one in fields(part):
        value = getattr(part, one.name)
        row[one.name] = describe(value) if is_dataclass(value) and type(value) in named else value
    return row
