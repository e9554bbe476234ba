"""The recipe: data, model, stages and budget, read from YAML, checked whole, written back complete."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from luodi.budget import Budget
from luodi.bundle.form import Precision
from luodi.errors import RecipeError
from luodi.job.faults import faults_of, may_shrink
from luodi.job.overrides import override, put
from luodi.job.parts import enrol
from luodi.job.plain import line_of, lines_of, plain
from luodi.job.rung import read_rungs
from luodi.job.schema import build_part
from luodi.job.source import DataSource
from luodi.job.space import read_space
from luodi.language import t
from luodi.models.stage import Stage, describe
from luodi.registry import parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Where a fault concerns a registered part, whose fields ``luodi parts`` shows.
_OF_PARTS = ("stages", "rungs")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a build makes.

    Args:
        data: the labelled rows.
        model: a name of the zoo, a hub id, a folder, or ``auto``.
        max_tokens: longer texts are cut here; ``auto`` fits nearly every row, up to 128.
        stages: what is done to the model, in order.
        precision: form of the weights that ship, where it loses nothing; ``auto`` measures all and chooses.
        cascade: the share of all texts that the last stage's model may answer otherwise than the model that it was
            learned from: where it is sure enough for that it answers, the model behind it answers the other texts.
            None: the last stage's model answers alone.
        abstain: the share of all texts that may be answered wrongly; where the model is not sure enough for that it
            abstains. None: it always answers.
        budget: what the bundle must keep.
        shrink: look for a cheaper model: ``auto`` where the budget limits costs and the recipe's own model breaks those
            limits, ``always``, or ``never``.
        margin: how much of its main metric a cheaper model may be worse than the recipe's own: it is taken only where,
            at 97.5 % confidence, it is no worse by more.
        rungs: what is tried to find it, the cheapest first: blocks of ``stages`` that follow the recipe's own, with a
            ``name`` and a ``cascade`` if wanted. None: what is worth trying of its model.
        audit: look first for what is wrong with the data, and put it in the report.
        seed: which of the possible models; stages that name no seed of their own take it (the split keeps its own, so
            that models of several seeds are proved on the same rows).
        seeds: how many seeds are tuned, ``seed`` and those that follow: the report shows how far the figures move by
            chance. The bundle is that of ``seed``, never the best of them.
        trials: how many variants of the recipe are tried, itself first: what is built is the one that does best on the
            validation rows. 0 builds the recipe as it stands.
        time_limit: "90s", "30m", "2h": after so long no further trial begins.
        search: what trials try: dotted field -> list of values, or a block with low, high and log. None: what is worth
            trying of its ``finetune``.
    """

    data: DataSource
    model: str = "auto"
    max_tokens: int | Literal["auto"] = "auto"
    stages: tuple[Stage, ...] = ()
    precision: Literal["auto", Precision] = "auto"
    cascade: float | None = None
    abstain: float | None = None
    budget: Budget = field(default_factory=Budget)
    shrink: Literal["auto", "always", "never"] = "auto"
    margin: float = 0.01
    rungs: tuple[Any, ...] | None = None
    audit: bool = True
    seed: int = 7
    seeds: int = 1
    trials: int = 0
    time_limit: str | None = None
    search: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        for fault in faults_of(vars(self)):
            raise ValueError(fault)

    @property
    def may_shrink(self) -> bool:
        """Tell whether a cheaper model may be looked for: where it is always, or the budget limits costs."""
        return may_shrink(self.shrink, self.budget.limits, cascade=self.cascade)

    def to_json(self) -> dict[str, Any]:
        """Give the recipe as plain values, every field spelled out."""
        source = {k: v for k, v in vars(self.data).items() if k != "split"}
        return {
            "data": {**source, "split": dict(vars(self.data.split))},
            "model": self.model,
            "max_tokens": self.max_tokens,
            "stages": [describe(stage) for stage in self.stages],
            "precision": self.precision,
            "cascade": self.cascade,
            "abstain": self.abstain,
            "budget": self.budget.to_json(),
            "shrink": self.shrink,
            "margin": self.margin,
            "rungs": self.rungs,
            "audit": self.audit,
            "seed": self.seed,
            "seeds": self.seeds,
            "trials": self.trials,
            "time_limit": self.time_limit,
            "search": self.search,
        }


#: What is done where a recipe names no stages: drop the vocabulary that the data do not use, then tune every weight.
DEFAULT_STAGES: tuple[str, ...] = ("trim_vocab", "finetune")


def read_recipe(path: str | Path, *, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe from YAML 1.2 (so ``no`` stays a text), with overrides, and check it whole.

    Raises:
        RecipeError: every fault at once, each with its line and place.
    """
    return make_recipe(read_raw(path), overrides=overrides, source=str(path))


def read_raw(path: str | Path) -> dict[str, Any]:
    """Read the fields of a recipe as its YAML holds them, unchecked; they know their lines.

    Raises:
        RecipeError: the file cannot be read, or is no YAML with fields.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML().load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as unreadable:
        raise RecipeError(t("recipe: {path} cannot be read", path=path), found=str(unreadable)) from unreadable
    except YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(broken, "problem", None) or str(broken)
        raise RecipeError(t("recipe: {where} is no YAML", where=f"{path}{line}"), found=problem) from broken
    if not isinstance(raw, dict):
        raise RecipeError(t("recipe: {path} holds no block of fields", path=path), found=repr(raw)[:80])
    return raw


def make_recipe(raw: Mapping[str, Any], *, overrides: Sequence[str] = (), source: str = "recipe") -> Recipe:
    """Make a recipe from plain values.

    Args:
        raw: the fields, as YAML holds them.
        overrides: ``a.b=value`` each, over any field; a stage is named by its place or its name.
        source: what the sentence calls the recipe.

    >>> make_recipe({"data": {"path": "a.csv"}}, overrides=["stages.finetune.epochs=2"]).stages[1].epochs
    2

    Raises:
        RecipeError: every fault at once.
    """
    enrol()
    lines = lines_of(raw)
    fields = plain(raw)
    fields.setdefault("stages", [{"use": name} for name in DEFAULT_STAGES])
    faults: dict[str, str] = {}
    for one in overrides:
        override(fields, one, faults=faults)
    _hand_down_seed(fields)
    recipe = build_part(Recipe, fields, place="", faults=faults)
    if isinstance(recipe, Recipe) and recipe.search is not None:
        read_space(recipe.search, refused=partial(refusal, recipe), faults=faults)
    if isinstance(recipe, Recipe):
        for place, rung in enumerate(read_rungs(recipe.rungs or ())):
            try:
                extended(recipe, rung.stages, cascade=rung.cascade)
            except RecipeError as refused:
                faults[f"rungs.{place}"] = refused.what
    if faults:
        rows = sorted((line_of(lines, at), at, sentence) for at, sentence in faults.items())
        what = [f"{source}{f':{line}' if line else ''}: {f'{at}: ' if at else ''}{why}" for line, at, why in rows]
        in_stages = any(at.startswith(("stages", "rungs")) for at in faults)
        raise RecipeError(
            "\n".join(what), fix=t("`luodi parts` lists every stage with its fields") if in_stages else None
        )
    made: Recipe = recipe
    return made


def vary(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """Give the recipe of a trial: some fields at other values, and nothing more to try.

    Args:
        recipe: as it stands.
        values: dotted field -> value, as YAML holds it.

    Raises:
        RecipeError: a value cannot stand there, or not beside the others.
    """
    fields = plain({**recipe.to_json(), "trials": 0, "time_limit": None, "search": None})
    faults: dict[str, str] = {}
    for at, value in values.items():
        if why := put(fields, at, plain(value)):
            faults[at] = why
    made = build_part(Recipe, fields, place="", faults=faults)
    if faults:
        raise RecipeError("; ".join(faults.values()))
    varied: Recipe = made
    return varied


def extended(recipe: Recipe, stages: Sequence[Mapping[str, Any]], *, cascade: float | None) -> Recipe:
    """Give the recipe with more stages after its own, and nothing more to try.

    Args:
        recipe: as it stands.
        stages: blocks as YAML holds them.
        cascade: as the field.

    Raises:
        RecipeError: a stage is none, or a field of it cannot be obeyed.
    """
    nothing = {"trials": 0, "time_limit": None, "search": None, "shrink": "never", "rungs": None}
    fields = plain({**recipe.to_json(), **nothing, "cascade": cascade})
    fields["stages"] += [plain(dict(one)) for one in stages]
    _hand_down_seed(fields)
    faults: dict[str, str] = {}
    made = build_part(Recipe, fields, place="", faults=faults)
    if faults:
        raise RecipeError("\n".join(f"{at}: {why}" for at, why in faults.items()))
    whole: Recipe = made
    return whole


def refusal(recipe: Recipe, at: str, value: Any) -> str | None:
    """Say why a recipe would not take a value in a field; None where it would."""
    try:
        vary(recipe, {at: value})
    except RecipeError as refused:
        return refused.what
    return None


def _hand_down_seed(fields: dict[str, Any]) -> None:
    """Give the recipe's seed to every stage that takes one and names none."""
    stages: list[Any] = fields["stages"] if isinstance(fields["stages"], list) else []
    for place, block in enumerate(stages):
        whole = {"use": block} if isinstance(block, str) else block
        known = parts("stage").get(whole.get("use", "")) if isinstance(whole, dict) else None
        if "seed" in fields and known is not None and any(one.name == "seed" for one in dataclass_fields(known)):
            stages[place] = {"seed": fields["seed"], **whole}


def write_recipe(recipe: Recipe) -> str:
    """Write a recipe as YAML, every field spelled out, so that it rebuilds the same bundle."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    out = io.StringIO()
    yaml.dump(plain(recipe.to_json()), out)
    return out.getvalue()
