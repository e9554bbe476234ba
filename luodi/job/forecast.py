"""Foresees how long the stages of a recipe, and of each candidate of its ladder, will take on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.compress.student import kept_of
from luodi.job.ladder import whole
from luodi.job.prepare import divide, pick
from luodi.job.rung import TEACHER, Rung, default_rungs, read_rungs
from luodi.language import t
from luodi.models import describe
from luodi.models.layers import layers_of
from luodi.progress import Silent
from luodi.tune.auto import this_machine
from luodi.tune.numbers import fitting_epochs
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data import Dataset
    from luodi.job.recipe import Recipe
    from luodi.models.model import Model
    from luodi.models.stage import Stage
    from luodi.progress import Progress

#: Minutes that exporting, choosing a number format and measuring take for each model.
_PACKING = 1.5
_SAMPLE = 2000


@dataclass(frozen=True)
class Foreseen:
    """What is ahead of one candidate.

    Args:
        name: of it.
        stages: what is done, as a recipe names it.
        minutes: at most about so many, beside what the candidates before it share with it.
    """

    name: str
    stages: tuple[str, ...]
    minutes: float

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"name": self.name, "stages": list(self.stages), "minutes": round(self.minutes, 1)}


def forecast(recipe: Recipe, *, progress: Progress) -> list[Foreseen]:
    """Read the rows and the pretrained model of a recipe, and estimate what a build would take; nothing is made.

    Raises:
        DataError: the rows cannot be used.
        ModelError: the model cannot be read.
    """
    split = divide(recipe.data, progress=progress)
    return foresee(recipe, pick(recipe, split.train, progress=progress), split.train)


def foresee(recipe: Recipe, model: Model, train: Dataset) -> list[Foreseen]:
    """Estimate each candidate from the arithmetic of its stages, within a factor of two or so; nothing is measured.

    Two operations for each weight and token forward, four back, in every pass; a stage that learns from a teacher
    asks it once. Trainings that stop early take less.

    Args:
        recipe: as it stands; where it looks for nothing cheaper its own model alone is foreseen.
        model: what its stages begin with.
        train: the rows.
    """
    ahead = _Ahead(model, train)
    own = _packed(TEACHER, recipe.stages, ahead.minutes(recipe.stages))
    if not recipe.may_shrink:
        return [own]
    rungs: Sequence[Rung] = read_rungs(recipe.rungs) if recipe.rungs is not None else default_rungs(model)
    known = {_key(recipe.stages)}
    found = [own]
    for rung in rungs:
        stages = whole(rung, recipe).stages
        new = sum(
            ahead.minutes(stages[:n]) - ahead.minutes(stages[: n - 1])
            for n in range(len(recipe.stages) + 1, len(stages) + 1)
            if _key(stages[:n]) not in known
        )
        known |= {_key(stages[:n]) for n in range(len(stages) + 1)}
        tiers = 2 if rung.cascade else 1
        found.append(_packed(rung.name, stages[len(recipe.stages) :], new, tiers=tiers))
    return found


def total(foreseen: Sequence[Foreseen]) -> str:
    """Say what all of it comes to."""
    minutes = sum(one.minutes for one in foreseen)
    return t("about {minutes:,.0f} minutes at most, if every candidate is made", minutes=minutes)


def _packed(name: str, stages: Sequence[Stage], minutes: float, *, tiers: int = 1) -> Foreseen:
    return Foreseen(name, tuple(_called(stage) for stage in stages), minutes + tiers * _PACKING)


def _called(stage: Stage) -> str:
    """Name a stage by what tells it from one with all defaults."""
    row, plain = describe(stage), describe(type(stage)())
    changed = [f"{key}={value}" for key, value in row.items() if value != plain[key] and key != "seed"]
    return " ".join([row["use"], *changed])


def _key(stages: Sequence[Stage]) -> str:
    return repr([describe(stage) for stage in stages])


class _Ahead:
    """The arithmetic of trainings on some rows."""

    def __init__(self, model: Model, train: Dataset) -> None:
        encoder = model.network.encoder
        self.n_layers = max(1, len(layers_of(encoder)))
        embedded = encoder.get_input_embeddings().weight.numel()
        self.n_inner = sum(weight.numel() for weight in encoder.parameters()) - embedded
        rows = np.unique(np.linspace(0, len(train) - 1, min(_SAMPLE, len(train))).astype(np.int64))
        some = tokenize(model, [train.texts[row] for row in rows], progress=Silent())
        self.n_tokens, self.epochs = len(train) * float(some.lengths.mean()), fitting_epochs(train)
        self.flops = this_machine().flops

    def minutes(self, stages: Sequence[Stage]) -> float:
        """Add up the stages; each works on what the ones before it left of the encoder."""
        left, operations = 1.0, 0.0
        for stage in stages:
            if not stage.learns:
                continue
            epochs = getattr(stage, "epochs", 0)
            passes = self.epochs if isinstance(epochs, str) else epochs
            stays = _share_that_stays(stage, self.n_layers * left)
            asked = 0.0 if stays == 1.0 else 2 * left
            operations += (asked + 6 * left * stays * passes) * self.n_inner * self.n_tokens
            left *= stays
        return operations / self.flops / 60


def _share_that_stays(stage: Any, n_layers: float) -> float:
    """Tell how much of an encoder of so many layers a stage leaves; a bag has none."""
    wanted, n = getattr(stage, "layers", 1.0), max(1, round(n_layers))
    return kept_of(wanted, n) / n if wanted else 0.0
