"""The recipe: data, model, stages and budget, read from YAML, checked whole, written back complete."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from luodi.budget import Budget
from luodi.bundle.form import Precision
from luodi.data import known_cleaners
from luodi.errors import RecipeError
from luodi.job.duration import read_duration
from luodi.job.overrides import override, put
from luodi.job.parts import enrol
from luodi.job.plain import line_of, lines_of, plain
from luodi.job.schema import build_part
from luodi.job.space import read_space
from luodi.language import t
from luodi.models.stage import Stage, describe
from luodi.registry import did_you_mean, parts
from luodi.tasks import head_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class SplitPlan:
    """How rows go into train, validation and test.

    Args:
        by: a column whose rows stay together (customer, document).
        time: a column of dates; the newest rows become the test.
        test: share of the rows kept for the proof.
        validation: share kept for choices while building.
        seed: which of the possible splits.
    """

    by: str | None = None
    time: str | None = None
    test: float = 0.2
    validation: float = 0.1
    seed: int = 7

    def __post_init__(self) -> None:
        if not (0 < self.test < 1 and 0 < self.validation < 1 and self.test + self.validation < 1):
            raise ValueError(t("test and validation are shares above 0 that leave rows to learn from"))
        if self.by and self.time:
            raise ValueError(t("give one of by and time"))


@dataclass(frozen=True)
class DataSource:
    """Where the labelled rows are, and which columns matter; paths start at the current folder.

    Args:
        path: a file, or a folder that holds train, validation and test files.
        text: the text column, or several to be joined; found by name where None.
        labels: head kind by label column; found by name where None. What suits its cells, where a kind is ``auto``.
        validation: a file of its own for validation.
        test: a file of its own for the test.
        sheet: the sheet of a workbook.
        delimiter: the sign between columns, where it is not recognised.
        encoding: the encoding of the file, where it is not recognised.
        clean: cleaners that every text goes through, in order, here and wherever the bundle answers.
        split: how rows are divided where no files say so.
    """

    path: str
    text: str | tuple[str, ...] | None = None
    labels: dict[str, str] | None = None
    validation: str | None = None
    test: str | None = None
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    clean: str | tuple[str, ...] = ()
    split: SplitPlan = field(default_factory=SplitPlan)

    def __post_init__(self) -> None:
        known_cleaners(self.clean)
        for column, kind in (self.labels or {}).items():
            if kind not in (known := ("auto", *head_kinds())):
                why = t("no {kind} is named {name!r}", kind="head", name=kind) + did_you_mean(kind, known)
                raise ValueError(f"labels.{column}: {why}")
        for name in ("path", "validation", "test"):
            if not _is_path(path := getattr(self, name) or ""):
                raise ValueError(t("{name}: {path!r} cannot be the name of a file", name=name, path=path))


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a build makes.

    Args:
        data: the labelled rows.
        model: a name of the zoo, a hub id, a folder, or ``auto``.
        max_tokens: longer texts are cut here; ``auto`` fits nearly every row, up to 128.
        stages: what is done to the model, in order.
        precision: form of the weights that ship, where it loses nothing; ``auto`` measures all and chooses.
        abstain: the share of all texts that may be answered wrongly; where the model is not sure enough for that it
            abstains. None: it always answers.
        budget: what the bundle must keep.
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
    abstain: float | None = None
    budget: Budget = field(default_factory=Budget)
    audit: bool = True
    seed: int = 7
    seeds: int = 1
    trials: int = 0
    time_limit: str | None = None
    search: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.max_tokens, int) and self.max_tokens < FEWEST_TOKENS:
            raise ValueError(
                t("max_tokens: {n} is too few; {least} are the least", n=self.max_tokens, least=FEWEST_TOKENS)
            )
        if self.abstain is not None and not 0 < self.abstain < 1:
            raise ValueError(t("abstain: {risk} is no share between 0 and 1", risk=self.abstain))
        if self.seed < 0:
            raise ValueError(t("seed: {n} is below 0", n=self.seed))
        if self.seeds < 1:
            raise ValueError(t("seeds: {n} is less than one", n=self.seeds))
        if self.trials < 0:
            raise ValueError(t("trials: {n} is below 0", n=self.trials))
        if self.time_limit is not None:
            read_duration(self.time_limit)
            if not self.trials:
                raise ValueError(t("time_limit limits trials, and none are wanted; add --trials 20"))

    def to_json(self) -> dict[str, Any]:
        """Give the recipe as plain values, every field spelled out."""
        source = {k: v for k, v in vars(self.data).items() if k != "split"}
        return {
            "data": {**source, "split": dict(vars(self.data.split))},
            "model": self.model,
            "max_tokens": self.max_tokens,
            "stages": [describe(stage) for stage in self.stages],
            "precision": self.precision,
            "abstain": self.abstain,
            "budget": self.budget.to_json(),
            "audit": self.audit,
            "seed": self.seed,
            "seeds": self.seeds,
            "trials": self.trials,
            "time_limit": self.time_limit,
            "search": self.search,
        }


#: Fewer tokens than this leave nothing of a text between its marks.
FEWEST_TOKENS = 8
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
    if faults:
        rows = sorted((line_of(lines, at), at, sentence) for at, sentence in faults.items())
        what = [f"{source}{f':{line}' if line else ''}: {f'{at}: ' if at else ''}{why}" for line, at, why in rows]
        raise RecipeError("\n".join(what), fix=t("`luodi parts` lists every stage with its fields"))
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


def refusal(recipe: Recipe, at: str, value: Any) -> str | None:
    """Say why a recipe would not take a value in a field; None where it would."""
    try:
        vary(recipe, {at: value})
    except RecipeError as refused:
        return refused.what
    return None


def _is_path(text: str) -> bool:
    """Tell whether the system could know a file by this name."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


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
