"""The main job: from rows to a bundle that has proved itself."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.budget import Breach, Budget, Report
from luodi.bundle import Contents, Draft, Feeding, require_replaceable
from luodi.data import Dataset
from luodi.errors import RecipeError
from luodi.job.dossier import Dossier, make_dossier
from luodi.job.ladder import climb, require_ladder
from luodi.job.pack import pack
from luodi.job.prepare import divide, pick
from luodi.job.prove import prove
from luodi.job.recipe import Recipe, make_recipe, read_raw, write_recipe
from luodi.job.spread import spread
from luodi.job.survey import survey
from luodi.job.trials import require_search, search
from luodi.job.workshop import workshop
from luodi.language import chosen, t
from luodi.plain_json import write_json
from luodi.progress import Progress, Silent
from luodi.report import card, render
from luodi.tasks import kind_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.data import Split
    from luodi.job.pack import Packed
    from luodi.job.survey import Surveyed

#: What stands between the name and the ending where a budget was not kept.
OVER_BUDGET = ".over-budget"
#: Stands for the path of rows that were handed over in memory; who builds again has to name their file.
IN_MEMORY = "memory"
#: What tunes, exports and compares.
_TRAINING = ("torch", "transformers", "accelerate", "safetensors", "onnx", "onnxscript", "sklearn", "jinja2")


@dataclass(frozen=True)
class Built:
    """What a build made.

    Args:
        bundle: the folder.
        report: what was measured on it.
        breaches: where it does not keep its budget.
        dossier: all of ``report.json``.
        stages: a row for each stage: use, seconds, parameters.
        candidates: a row for each number format that was measured.
        trials: a row for each trial of a search; none where none was wanted.
    """

    bundle: Path
    report: Report
    breaches: tuple[Breach, ...]
    dossier: Mapping[str, Any]
    stages: tuple[Mapping[str, Any], ...]
    candidates: tuple[Mapping[str, Any], ...]
    trials: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``luodi build --json``."""
        return {
            "bundle": str(self.bundle),
            "report": self.report.to_json(),
            "breaches": [breach.to_json() for breach in self.breaches],
            "stages": [{key: row[key] for key in ("use", "seconds", "parameters")} for row in self.stages],
            "candidates": list(self.candidates),
            "trials": list(self.trials),
            "ladder": self.dossier["ladder"],
            "tiers": self.dossier["tiers"],
        }


def build(
    source: Dataset | str | Path | Recipe,
    *,
    budget: Budget | None = None,
    output: str | Path | None = None,
    tracker: str | None = None,
    progress: Progress | None = None,
    **fields: Any,
) -> Built:
    """Make a bundle from labelled rows and prove it: audit, tune, compress, pack, measure what ships.

    Args:
        source: rows in memory, a file of rows, a recipe's file (``.yaml``), or a recipe.
        budget: what the bundle must keep.
        output: the bundle's folder; ``NAME.luodi`` in the current one unless given.
        tracker: name of an experiment tracker.
        progress: who is told.
        fields: of the recipe, as YAML holds them (``model="minilm-en"``, ``seed=3``).

    Returns:
        The bundle's place and all that was found. A bundle that breaches its budget is there too, under a name that
        says so.

    Raises:
        MissingExtra: what tunes or exports is not installed; told before anything is read.
        DataError: the rows cannot be used.
        RecipeError: a field cannot be obeyed.
        KeyboardInterrupt: Ctrl-C; the same call goes on from there.
    """
    progress = progress or Silent()
    _require_training()
    recipe = _recipe(source, budget, fields)
    require_search(recipe)
    require_ladder(recipe)
    target = _target(recipe, output)
    split = divide(recipe.data, data=source if isinstance(source, Dataset) else None, progress=progress)
    progress.note(_announce(split))
    model = pick(recipe, split.train, progress=progress)
    recipe.budget.require({head.name: head.metrics for head in model.task.heads})
    surveyed = survey(split, recipe, progress=progress)
    place = target.with_name(f"{target.stem}.work")
    with workshop(place, recipe, split, model, progress=progress, tracker=tracker) as bench:
        found = search(recipe, model, split, bench=bench)
        manifest = partial(_contents, target, split=split, created=_now())
        climbed = climb(found.recipe, found.made, split, bench=bench, manifest=manifest, time_limit=recipe.time_limit)
        found = replace(found, recipe=climbed.recipe, made=climbed.made)
        seeds = spread(found.made.model, found.recipe, split, folder=place, tracker=tracker, progress=progress)
        if not runtime.is_main_process():
            raise SystemExit(0)  # under `accelerate launch` the others were here to train
        packed = pack(found.made, split.validation, found.recipe, progress=progress)
        found = replace(found, recipe=_spelled_out(found.recipe, packed, split))
        rest = {"seeds": seeds.to_json(), "trials": list(found.rows), "ladder": climbed.to_json()}
        built = _prove(target, found.recipe, surveyed, packed, rest=rest, work=bench.folder, progress=progress)
        for one in (*seeds.benches, bench):
            one.close()
    _tell_of_the_other(target, built.bundle, progress)
    return built


def _prove(
    target: Path,
    recipe: Recipe,
    surveyed: Surveyed,
    packed: Packed,
    *,
    rest: Mapping[str, Any],
    work: Path,
    progress: Progress,
) -> Built:
    """Write the bundle, measure it from disk, and move it to its place with its report."""
    created, split = _now(), surveyed.split
    with Draft(target.parent) as draft:
        for name, content in {**packed.files(), "recipe.yaml": write_recipe(recipe)}.items():
            draft.add(name, content)
        sealed = draft.seal(_contents(target, packed, split=split, created=created))
        proof = prove(sealed, split.test, probes=packed.probes, work=work, budget=recipe.budget, progress=progress)
        dossier = make_dossier(recipe, surveyed, packed, proof, progress=progress)
        dossier = replace(dossier, rest={**dossier.rest, **rest})
        built, pages = _write_up(target, recipe, dossier, sealed, created=created)
        for name, page in pages.items():
            draft.add(name, page)
        draft.publish(built.bundle)
    return built


def _write_up(
    target: Path, recipe: Recipe, dossier: Dossier, sealed: Path, *, created: str
) -> tuple[Built, dict[str, str]]:
    """Check the budget and write the pages; they tell their own size, so they are written twice."""
    pages: dict[str, str] = {}
    for _ in range(2):
        sizes = {entry.name: entry.stat().st_size for entry in sorted(sealed.iterdir())}
        dossier = dossier.weighed(sizes | {name: len(page.encode()) for name, page in pages.items()})
        breaches = tuple(recipe.budget.check(dossier.report))
        place = _over_budget(target) if breaches else target
        raw = dossier.to_json(breaches=breaches, name=place.stem, created=created)
        pages = {
            "report.json": write_json(raw, indent=1),
            "card.md": card(raw, language=chosen()),
            "report.html": render(raw, language=chosen()),
        }
    stages = tuple(dossier.rest["stages"][1:])
    return Built(place, dossier.report, breaches, raw, stages, tuple(raw["candidates"]), tuple(raw["trials"])), pages


def _require_training() -> None:
    for module in _TRAINING:
        if not runtime.has(module):
            runtime.need(module, extra="train")


def _recipe(source: Dataset | str | Path | Recipe, budget: Budget | None, fields: Mapping[str, Any]) -> Recipe:
    """Make the recipe of whatever was handed in, with fields and budget laid over it."""
    name = "recipe"
    if isinstance(source, Recipe):
        raw: dict[str, Any] = source.to_json()
    elif isinstance(source, Dataset):
        raw = {"data": {"path": IN_MEMORY}}
    elif Path(source).suffix in (".yaml", ".yml"):
        raw, name = read_raw(source), str(source)
    else:
        raw = {"data": {"path": str(source)}}
    if budget is not None:
        raw["budget"] = budget.to_json()
    return make_recipe(_laid_over(raw, fields), source=name)


def _laid_over(raw: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put fields over others, block by block; what came with lines keeps them."""
    for key, value in fields.items():
        if isinstance(value, dict) and isinstance(raw.get(key), dict):
            _laid_over(raw[key], value)
        else:
            raw[key] = value
    return raw


def _target(recipe: Recipe, output: str | Path | None) -> Path:
    stem = "" if recipe.data.path == IN_MEMORY else Path(recipe.data.path).resolve().stem
    place = Path(output) if output else Path(f"{stem or 'model'}.luodi")
    if place.suffix != ".luodi":
        raise RecipeError(
            t("the bundle's name has to end in .luodi"), found=str(place), fix=f"-o {_with_ending(place)}"
        )
    for name in (place, _over_budget(place)):
        require_replaceable(name)
    return place


def _with_ending(place: Path) -> Path:
    """Propose a bundle's name for a place that is none: what has no name of its own is a folder to put it in."""
    return place.with_suffix(".luodi") if place.name.strip(".") else place / "model.luodi"


def _over_budget(target: Path) -> Path:
    return target.with_name(f"{target.stem}{OVER_BUDGET}.luodi")


def _tell_of_the_other(target: Path, made: Path, progress: Progress) -> None:
    """Say that a bundle of an earlier build stands beside the new one under the other name."""
    other = target if made != target else _over_budget(target)
    if other.exists():
        progress.note(t("{path} is of an earlier build and stays as it was", path=other))


def _contents(target: Path, packed: Packed, *, split: Split, created: str) -> Contents:
    model = packed.model
    return Contents(
        name=target.stem,
        created=created,
        luodi=runtime.own_version(),
        task=model.task.to_json(),
        feeding=Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id),
        tiers=packed.noted(),
        thresholds=dict(packed.thresholds),
        clean=split.train.cleaned,
        data=split.train.fingerprint(),
    )


def _spelled_out(recipe: Recipe, packed: Packed, split: Split) -> Recipe:
    """Write down what was left open, so that the recipe makes the same bundle again."""
    labels = {head.name: kind_name(head) for head in packed.model.task.heads}
    names, precisions = split.train.text_columns, {tier.choice.precision for tier in packed.tiers}
    text = recipe.data.text or (names[0] if len(names) == 1 else names or None)
    return replace(
        recipe,
        data=replace(recipe.data, labels=labels, text=text, clean=split.train.cleaned),
        model=str(packed.model.provenance[0]["name"]),
        max_tokens=packed.model.max_tokens,
        precision=precisions.pop() if len(precisions) == 1 else "auto",
    )


def _announce(split: Split) -> str:
    counts = [f"{len(part):,}" for part in (split.train, split.validation, split.test)]
    said = t("rows: {train} to learn from, {validation} to choose by, {test} to prove with",
             train=counts[0], validation=counts[1], test=counts[2])  # fmt: skip
    met = split.leaks
    leaks = sum(map(sum, (met.exact.values(), met.near.values(), met.in_validation.values())))
    if leaks:
        said += t("; {n} rows of the later parts stand in an earlier one too: the score flatters", n=leaks)
    return said


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
