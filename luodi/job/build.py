"""The main job: from rows to a bundle that has proved itself."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.budget import Breach, Budget, Report
from luodi.bundle import Contents, Draft, Feeding, Tier, card, render
from luodi.data import Dataset
from luodi.errors import RecipeError
from luodi.job.dossier import Dossier, make_dossier
from luodi.job.pack import pack
from luodi.job.prepare import divide, pick
from luodi.job.prove import prove
from luodi.job.recipe import Recipe, make_recipe, read_recipe, write_recipe
from luodi.job.workshop import Workshop
from luodi.language import chosen, t
from luodi.plain_json import write_json
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.data import Split
    from luodi.job.pack import Packed
    from luodi.models.model import Model

#: What stands between the name and the ending where a budget was not kept.
OVER_BUDGET = ".over-budget"
#: What tunes, exports and compares.
_TRAINING = ("torch", "transformers", "accelerate", "safetensors", "onnx", "onnxscript", "sklearn", "rensa", "jinja2")


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
    """

    bundle: Path
    report: Report
    breaches: tuple[Breach, ...]
    dossier: Mapping[str, Any]
    stages: tuple[Mapping[str, Any], ...]
    candidates: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``luodi build --json``."""
        return {
            "bundle": str(self.bundle),
            "report": self.report.to_json(),
            "breaches": [breach.to_json() for breach in self.breaches],
            "stages": [{key: row[key] for key in ("use", "seconds", "parameters")} for row in self.stages],
            "candidates": list(self.candidates),
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
    target = _target(recipe, output)
    split = divide(recipe.data, data=source if isinstance(source, Dataset) else None, progress=progress)
    progress.note(_announce(split))
    model = pick(recipe, split.train, progress=progress)
    workshop = Workshop(target.with_name(f"{target.stem}.work"), progress, tracker)
    workshop.open(recipe, split)
    forms = workshop.run(recipe, model, split)
    packed = pack(forms, split.validation, recipe, progress=progress)
    built = _prove(target, recipe, split, forms[-1][1], packed, work=workshop.folder, progress=progress)
    workshop.close()
    return built


def _prove(
    target: Path, recipe: Recipe, split: Split, model: Model, packed: Packed, *, work: Path, progress: Progress
) -> Built:
    """Write the bundle, measure it from disk, and move it to its place with its report."""
    with Draft(target.parent) as draft:
        draft.add("model.onnx", packed.choice.onnx)
        draft.add("tokenizer.json", model.tokenizer.to_str())
        draft.add("calibration.json", write_json(packed.calibration))
        draft.add("recipe.yaml", write_recipe(_spelled_out(recipe, model, split)))
        sealed = draft.seal(_contents(target, model, packed, split))
        proof = prove(sealed, split.test, probes=packed.probes, work=work, progress=progress)
        dossier = make_dossier(recipe, split, model, packed, proof, progress=progress)
        built, pages = _write_up(target, recipe, dossier, sealed)
        for name, page in pages.items():
            draft.add(name, page)
        draft.publish(built.bundle)
    return built


def _write_up(target: Path, recipe: Recipe, dossier: Dossier, sealed: Path) -> tuple[Built, dict[str, str]]:
    """Check the budget and write the pages; they tell their own size, so they are written twice."""
    created, pages = _now(), dict[str, str]()
    for _ in range(2):
        sizes = {entry.name: entry.stat().st_size for entry in sorted(sealed.iterdir())}
        dossier = dossier.weighed(sizes | {name: len(page.encode()) for name, page in pages.items()})
        breaches = tuple(recipe.budget.check(dossier.report))
        place = target.with_name(f"{target.stem}{OVER_BUDGET}.luodi") if breaches else target
        raw = dossier.to_json(breaches=breaches, name=place.stem, created=created)
        pages = {
            "report.json": write_json(raw, indent=1),
            "card.md": card(raw, language=chosen()),
            "report.html": render(raw, language=chosen()),
        }
    stages = tuple(dossier.rest["stages"][1:])
    return Built(place, dossier.report, breaches, raw, stages, tuple(raw["candidates"])), pages


def _require_training() -> None:
    for module in _TRAINING:
        if not runtime.has(module):
            runtime.need(module, extra="train")


def _recipe(source: Dataset | str | Path | Recipe, budget: Budget | None, fields: Mapping[str, Any]) -> Recipe:
    if isinstance(source, Recipe):
        recipe = source
    elif isinstance(source, Dataset):
        recipe = make_recipe({"data": {"path": source.files[0]}, **fields})
    elif Path(source).suffix in (".yaml", ".yml"):
        recipe = read_recipe(source, overrides=[f"{key}={value}" for key, value in fields.items()])
    else:
        recipe = make_recipe({**fields, "data": {"path": str(source), **fields.get("data", {})}})
    return replace(recipe, budget=budget) if budget is not None else recipe


def _target(recipe: Recipe, output: str | Path | None) -> Path:
    place = Path(output) if output else Path(f"{Path(recipe.data.path).stem or 'model'}.luodi")
    if place.suffix != ".luodi":
        raise RecipeError(
            t("the bundle's name has to end in .luodi"), found=str(place), fix=f"-o {place.with_suffix('.luodi')}"
        )
    return place


def _contents(target: Path, model: Model, packed: Packed, split: Split) -> Contents:
    return Contents(
        name=target.stem,
        created=_now(),
        luodi=runtime.own_version(),
        task=model.task.to_json(),
        feeding=Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id),
        tiers=[Tier(precision=packed.choice.precision)],  # type: ignore[arg-type]  # names of forms are those of tiers
        data=split.train.fingerprint(),
    )


def _spelled_out(recipe: Recipe, model: Model, split: Split) -> Recipe:
    """Write down what was left open, so that the recipe makes the same bundle again."""
    labels = recipe.data.labels or dict.fromkeys(split.train.labels, "classify")
    source = replace(recipe.data, labels=dict(labels))
    return replace(recipe, data=source, model=str(model.provenance[0]["name"]), max_tokens=model.max_tokens)


def _announce(split: Split) -> str:
    counts = [f"{len(part):,}" for part in (split.train, split.validation, split.test)]
    said = t("rows: {train} to learn from, {validation} to choose by, {test} to prove with",
             train=counts[0], validation=counts[1], test=counts[2])  # fmt: skip
    leaks = sum(split.leaks.exact.values()) + sum(split.leaks.near.values())
    if leaks:
        said += t("; {n} rows of the later parts stand in train too: the score flatters", n=leaks)
    return said


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
