"""Turns a finished model into the files that ship: exported, at a precision chosen by measuring, calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle import calibrate, export, parity
from luodi.bundle.abstain import fewest_rows, thresholds
from luodi.bundle.quantize import Choice, choose_precision
from luodi.language import t
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.budget import Parity
    from luodi.data import Dataset
    from luodi.job.recipe import Recipe
    from luodi.models.model import Model
    from luodi.progress import Progress
    from luodi.tasks import Answer

_PAGES_MIB = 0.25
#: Validation texts on which all forms of a model are held against each other.
N_PROBES = 500


@dataclass(frozen=True)
class Packed:
    """What goes into a bundle, and what is known of it.

    Args:
        model: as it was exported.
        choice: the file that ships, and what was measured of the others.
        calibration: for each head its temperature.
        thresholds: for each head the probability that an answer has to exceed; empty where it always answers.
        probes: the texts on which forms are compared.
        forms: for each form in order, its name and its answers to the probes by head.
    """

    model: Model
    choice: Choice
    calibration: Mapping[str, Mapping[str, Any]]
    thresholds: Mapping[str, float]
    probes: Sequence[str]
    forms: Sequence[tuple[str, Mapping[str, Sequence[Answer]]]]

    def parity_with(self, name: str, answers: Mapping[str, Sequence[Answer]]) -> tuple[Parity, ...]:
        """Compare each form with the one before it, and the last with one more."""
        chain = [*self.forms, (name, answers)]
        return tuple(
            parity(self.model.task, before, after, names=(one, other))
            for (one, before), (other, after) in pairwise(chain)
        )


def pack(forms: Sequence[tuple[str, Model]], validation: Dataset, recipe: Recipe, *, progress: Progress) -> Packed:
    """Export the last of a model's forms, choose its precision, find its temperatures.

    Args:
        forms: the model after the last stage that learned, and after each later one.
        validation: rows that choices are made on.
        recipe: names the precision, or leaves it open.
        progress: who is told.
    """
    model = forms[-1][1]
    progress.note(t("exporting to ONNX"))
    onnx = export(model)
    wanted = None if recipe.precision == "auto" else (recipe.precision,)
    choice = choose_precision(
        onnx, model=model, validation=validation, forms=wanted, most_mib=_room(recipe, model), progress=progress
    )
    progress.note(choice.why)
    calibration = calibrate(model.task, choice.logits[choice.precision], validation, choice.pieces)
    temperatures = {head: row["temperature"] for head, row in calibration.items()}
    rows = np.unique(np.linspace(0, len(validation) - 1, min(N_PROBES, len(validation))).astype(np.int64))
    probes = [validation.texts[row] for row in rows]

    def answered(name: str) -> dict[str, Sequence[Answer]]:
        return model.task.decode(choice.logits[name], choice.pieces, temperatures=temperatures)

    def picked(name: str) -> dict[str, Sequence[Answer]]:
        return {head: [column[row] for row in rows] for head, column in answered(name).items()}

    withheld = _thresholds(model, answered(choice.precision), validation, recipe, progress=progress)
    answers = [(name, _in_memory(form, probes, temperatures, progress=progress)) for name, form in forms]
    answers += [("exported", picked("fp32"))]
    answers += [(choice.precision, picked(choice.precision))] if choice.precision != "fp32" else []
    return Packed(model, choice, calibration, withheld, probes, answers)


def _thresholds(
    model: Model, answers: Mapping[str, Sequence[Answer]], validation: Dataset, recipe: Recipe, *, progress: Progress
) -> Mapping[str, float]:  # fmt: skip
    """Find how sure answers have to be, where the recipe states a risk; tell where the rows are too few for it."""
    if recipe.abstain is None:
        return {}
    found = thresholds(model.task, answers, validation, risk=recipe.abstain)
    fewest = fewest_rows(recipe.abstain)
    if vain := [head for head in found if sum(cell is not None for cell in validation.labels[head]) < fewest]:
        progress.note(
            t("{heads}: a risk of {risk:.1%} cannot be promised from so few validation rows ({n} are needed): it will "
              "always abstain", heads=", ".join(vain), risk=recipe.abstain, n=fewest)
        )  # fmt: skip
    return found


def _room(recipe: Recipe, model: Model) -> float | None:
    """Give what a size budget leaves for the model's file: the tokenizer and about a quarter MiB of pages go off."""
    limit = recipe.budget.limits.get("size_mib")
    if limit is None or limit.at_most is None:
        return None
    return limit.at_most - len(model.tokenizer.to_str().encode()) / 2**20 - _PAGES_MIB


def _in_memory(
    model: Model, texts: Sequence[str], temperatures: Mapping[str, float], *, progress: Progress
) -> dict[str, Sequence[Answer]]:
    tokens = tokenize(model, texts, progress=progress)
    tables = logits_of(model.network, model, tokens)
    logits = {head.name: table for head, table in zip(model.task.heads, tables, strict=True)}
    return model.task.decode(logits, tokens.pieces, temperatures=temperatures)
