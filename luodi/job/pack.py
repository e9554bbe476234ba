"""Turns finished models into the files that ship: exported, at a precision chosen by measuring, calibrated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from luodi.bundle import Tier, calibrate, export, parity
from luodi.bundle.abstain import fewest_rows, thresholds
from luodi.bundle.cascade import hand_over_at, stands, together
from luodi.bundle.quantize import Choice, choose_precision
from luodi.errors import RecipeError
from luodi.language import t
from luodi.plain_json import write_json
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.budget import Parity
    from luodi.bundle.cascade import Answers
    from luodi.data import Dataset
    from luodi.job.made import Forms, Made
    from luodi.job.recipe import Recipe
    from luodi.models.model import Model
    from luodi.progress import Progress
    from luodi.tasks import Task

    #: Forms of one model in order, each with its name and its answers to the probes.
    Chain = Sequence[tuple[str, Answers]]
    _Place = tuple[str, Literal["model.onnx", "fast.onnx"]]

#: What report and card take in a bundle, about.
PAGES_MIB = 0.25
#: Validation texts on which all forms of a model are held against each other.
N_PROBES = 500
#: What a tier is called in answers, and its file.
MODEL: _Place = ("model", "model.onnx")
FAST: _Place = ("fast", "fast.onnx")


@dataclass(frozen=True)
class PackedTier:
    """A model as it answers in a bundle, and what is known of it.

    Args:
        name: as answers bear it.
        file: of its engine.
        model: as it was exported.
        choice: the file that ships, and what was measured of the others.
        calibration: for each head its temperature.
        answers: of the file that ships, to the validation rows.
        chain: its forms.
        least: for each head the probability that an answer has to exceed to stand; empty where all stand.
    """

    name: str
    file: Literal["model.onnx", "fast.onnx"]
    model: Model
    choice: Choice
    calibration: Mapping[str, Mapping[str, Any]]
    answers: Answers
    chain: Chain
    least: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Packed:
    """What goes into a bundle, and what is known of it.

    Args:
        tiers: the one that answers first at the beginning.
        thresholds: for each head the probability that an answer has to exceed; empty where it always answers.
        probes: the texts on which forms are compared.
        together: what all tiers answer to them; nothing where there is one.
    """

    tiers: Sequence[PackedTier]
    thresholds: Mapping[str, float]
    probes: Sequence[str]
    together: Answers | None = None

    @property
    def model(self) -> Model:
        """The model that the last stage made."""
        return self.tiers[0].model

    def files(self) -> dict[str, bytes | str]:
        """Give the files that answer."""
        rest = {
            "tokenizer.json": self.model.tokenizer.to_str(),
            "calibration.json": write_json({tier.name: tier.calibration for tier in self.tiers}),
        }
        return {**{tier.file: tier.choice.onnx for tier in self.tiers}, **rest}

    def noted(self) -> list[Tier]:
        """Give the tiers as the manifest notes them."""
        return [
            Tier(
                name=tier.name,
                file=tier.file,
                precision=tier.choice.precision,
                engine=tier.choice.engine,
                least=dict(tier.least),
            )
            for tier in self.tiers
        ]

    def parity_with(self, name: str, answers: Answers) -> tuple[Parity, ...]:
        """Compare each form of a tier with the one before it, and what answers in the end with one form more.

        With two tiers that is what both answer together: it differs from either alone by intent.
        """
        *earlier, last = self.tiers
        chains: list[Chain] = [[(f"{tier.name}: {form}", said) for form, said in tier.chain] for tier in earlier]
        chains += [last.chain, [("cascade", self.together), (name, answers)]] if self.together else []
        chains += [] if self.together else [[*last.chain, (name, answers)]]
        return tuple(
            parity(self.model.task, before, after, names=(one, other))
            for chain in chains
            for (one, before), (other, after) in pairwise(chain)
        )


def pack(made: Made, validation: Dataset, recipe: Recipe, *, progress: Progress) -> Packed:
    """Export the finished model, choose its precision, find its temperatures; with a cascade also the model behind it.

    Args:
        made: what the stages came to.
        validation: rows that choices are made on.
        recipe: names the precision, or leaves it open; the risk of a cascade, and of abstention.
        progress: who is told.
    """
    rows = np.unique(np.linspace(0, len(validation) - 1, min(N_PROBES, len(validation))).astype(np.int64))
    probes = [validation.texts[row] for row in rows]
    packed = partial(_pack_tier, validation=validation, rows=rows, recipe=recipe, progress=progress)
    tiers = [packed(MODEL, made.forms)] if recipe.cascade is None else _pack_both(packed, made, recipe, progress)
    answers = tiers[-1].answers
    if len(tiers) > 1:
        stand = stands(tiers[0].answers, tiers[0].least)
        answers = together(tiers[0].answers, _picked(answers, np.flatnonzero(~stand)), stand)
    withheld = _thresholds(tiers[0].model.task, answers, validation, recipe, progress=progress)
    return Packed(tiers, withheld, probes, _picked(answers, rows) if len(tiers) > 1 else None)


def _pack_tier(
    tier: _Place, forms: Forms, *, taken: int = 0, validation: Dataset, rows: np.ndarray[Any, Any],
    recipe: Recipe, progress: Progress,
) -> PackedTier:  # fmt: skip
    """Pack one model; ``rows`` are the places of the probes, ``taken`` are bytes of the bundle spent before."""
    model = forms[-1][1]
    progress.note(t("exporting to ONNX"))
    wanted = None if recipe.precision == "auto" else (recipe.precision,)
    choice = choose_precision(
        export(model), model=model, validation=validation, forms=wanted,
        most_mib=_room(recipe, model, taken=taken), progress=progress,
    )  # fmt: skip
    progress.note(choice.why)
    calibration = calibrate(model.task, choice.logits[choice.precision], validation, choice.pieces)
    temperatures = {head: row["temperature"] for head, row in calibration.items()}

    def answered(name: str) -> Answers:
        return model.task.decode(choice.logits[name], choice.pieces, temperatures=temperatures)

    probes = [validation.texts[row] for row in rows]
    chain = [(name, _in_memory(form, probes, temperatures, progress=progress)) for name, form in forms]
    for name in dict.fromkeys(("fp32", choice.precision)):
        chain.append(("exported" if name == "fp32" else name, _picked(answered(name), rows)))
    return PackedTier(*tier, model, choice, calibration, answered(choice.precision), chain)


def _pack_both(packed: Callable[..., PackedTier], made: Made, recipe: Recipe, progress: Progress) -> list[PackedTier]:
    """Pack the finished model and the one behind it, and find how sure the first has to be.

    A tier that would never be asked, or never answer, is left out.

    Raises:
        RecipeError: they do not read texts alike.
    """
    assert recipe.cascade is not None  # asked for
    first = packed(FAST, made.forms)
    behind = packed(MODEL, made.behind, taken=len(first.choice.onnx))
    _require_alike(first.model, behind.model)
    risk, note = recipe.cascade, progress.note
    least = hand_over_at(behind.model.task, first.answers, behind.answers, risk=risk)
    stand = stands(first.answers, least)
    if not stand.any():
        note(t("cascade: the fast model would answer no text at a risk of {risk:.1%}; it is left out", risk=risk))
        return [packed(MODEL, made.behind)]  # which has all the room now
    if not any(least.values()):
        note(t("cascade: the fast model may answer every text at a risk of {risk:.1%}; the one behind it is left out",
               risk=risk))  # fmt: skip
        return [packed(MODEL, made.forms)]
    note(t("cascade: the fast model answers {share:.0%} of the texts, at most {risk:.1%} of all otherwise than the "
           "model behind it", share=float(stand.mean()), risk=risk))  # fmt: skip
    return [replace(first, least=least), behind]


def _require_alike(first: Model, behind: Model) -> None:
    """Both tiers are given the same ids: refuse what would need two tokenizers.

    Raises:
        RecipeError: their tokenizers, or what they cut or fill up, differ.
    """
    alike = (first.max_tokens, first.pad_id) == (behind.max_tokens, behind.pad_id)
    if not alike or first.tokenizer.to_str() != behind.tokenizer.to_str():
        raise RecipeError(
            t("cascade: the fast model does not divide texts as the model behind it does"),
            fix=t("the last stage has to keep the tokenizer, and where texts are cut"),
        )


def _picked(answers: Answers, rows: np.ndarray[Any, Any]) -> Answers:
    return {head: [column[row] for row in rows] for head, column in answers.items()}


def _thresholds(
    task: Task, answers: Answers, validation: Dataset, recipe: Recipe, *, progress: Progress
) -> Mapping[str, float]:
    """Find how sure answers have to be, where the recipe states a risk; tell where the rows are too few for it."""
    if recipe.abstain is None:
        return {}
    found = thresholds(task, answers, validation, risk=recipe.abstain)
    fewest = fewest_rows(recipe.abstain)
    if vain := [head for head in found if sum(cell is not None for cell in validation.labels[head]) < fewest]:
        progress.note(
            t("{heads}: a risk of {risk:.1%} cannot be promised from so few validation rows ({n} are needed): it will "
              "always abstain", heads=", ".join(vain), risk=recipe.abstain, n=fewest)
        )  # fmt: skip
    return found


def _room(recipe: Recipe, model: Model, *, taken: int) -> float | None:
    """Give what a size budget leaves for the model's file: the tokenizer and about a quarter MiB of pages go off."""
    limit = recipe.budget.limits.get("size_mib")
    if limit is None or limit.at_most is None:
        return None
    return limit.at_most - (len(model.tokenizer.to_str().encode()) + taken) / 2**20 - PAGES_MIB


def _in_memory(model: Model, texts: Sequence[str], temperatures: Mapping[str, float], *, progress: Progress) -> Answers:
    tokens = tokenize(model, texts, progress=progress)
    tables = logits_of(model.network, model, tokens)
    logits = {head.name: table for head, table in zip(model.task.heads, tables, strict=True)}
    return model.task.decode(logits, tokens.pieces, temperatures=temperatures)
