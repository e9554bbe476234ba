"""``luodi build``: from a table or a recipe to a bundle that has proved itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from luodi.cli.options import Columns, Options, Whole
from luodi.cli.summary import show
from luodi.errors import BudgetError, RecipeError
from luodi.job import build as build_bundle
from luodi.job.forecast import forecast, total
from luodi.job.recipe import Recipe, make_recipe, read_raw
from luodi.language import t
from luodi.limits import COSTS
from luodi.report.ladder import candidate_name

_LIMIT = re.compile(r"\s*(.+?)\s*(>=|<=)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*", re.DOTALL)
_SIDES = {">=": "at_least", "<=": "at_most"}
#: Conditions of a time that is limited on the command line, where a recipe would spell them out.
_CONDITIONS = {"device": "cpu", "threads": 1, "batch": 1}


def build(
    source: Annotated[str, Parameter(name="DATA")],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    model: str | None = None,
    validation: str | None = None,
    test: str | None = None,
    unlabelled: str | None = None,
    budget: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    shrink: Annotated[bool, Parameter(negative="--no-shrink")] | None = None,
    cascade: float | None = None,
    abstain: float | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="", show_default=False)] = (),
    seed: Whole | None = None,
    seeds: Whole | None = None,
    trials: Whole | None = None,
    time_limit: str | None = None,
    tracker: str | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    columns: Columns | None = None,
    options: Options | None = None,
) -> int:
    """Tune, compress, bundle and prove a model: the main job.

    Example: luodi build reviews.csv --budget "macro_f1>=0.9" --budget "size_mib<=30"

    Interrupted, the same command goes on from where it was. Exit code 4 says that the budget was not kept; the
    bundle is there all the same, under a name that says so.

    Args:
        source: a table (csv, tsv, txt, json, jsonl, parquet, xlsx), a folder with train, validation and test files,
            or a recipe (.yaml).
        output: the bundle's folder, ending in .luodi.
        model: a name of `luodi models`, a hub id, or a folder.
        validation: a table of its own to choose by.
        test: a table of its own to prove with.
        unlabelled: a table of texts without labels, for the stage distill of a recipe: its teacher answers them.
        budget: a limit: "macro_f1>=0.9", "size_mib<=30", "latency_p95_ms<=10" (a text at a time, one CPU thread).
        shrink: look for the cheapest model that keeps the budget and is no worse; unless said, where the budget limits
            latency or size and the model breaks those limits.
        cascade: the share of all texts that the last stage's model may answer otherwise than the model that it was
            learned from, 0.01 for 1 %: where it is sure enough for that it answers, the other model answers the rest.
        abstain: the share of all texts that may be answered wrongly, 0.05 for 5 %: where the bundle is not sure enough
            for that, it abstains.
        set_: sets any field of the recipe: stages.finetune.epochs=5.
        seed: which of the possible models.
        seeds: tune so many models, of this seed and those that follow, and report how far their figures lie apart; the
            bundle is that of the first.
        trials: try so many variants of the recipe, itself first, and build the one that does best on the validation
            rows.
        time_limit: begin no further trial after so long: 90s, 30m, 2h.
        tracker: tensorboard, wandb, mlflow, swanlab, trackio or none.
        dry_run: make nothing; say what would be made and about how many minutes it would take.
    """
    options, columns = options or Options(), columns or Columns()
    numbers = (("seed", seed), ("seeds", seeds), ("trials", trials))
    overrides = [f"{name}={n}" for name, n in numbers if n is not None]
    overrides += [f"time_limit={_as_yaml(time_limit)}"] if time_limit is not None else []
    overrides += [f"model={model}"] if model else []
    overrides += [f"shrink={'always' if shrink else 'never'}"] if shrink is not None else []
    overrides += [f"{name}={risk}" for name, risk in (("cascade", cascade), ("abstain", abstain)) if risk is not None]
    overrides += [f"data.{part}={path}" for part, path in (("validation", validation), ("test", test)) if path]
    overrides += set_
    block = columns.recipe(source)
    if Path(source).suffix in (".yaml", ".yml"):
        overrides = [*_as_overrides(block), *overrides]
        raw, name = read_raw(source), source
    else:
        raw, name = {"data": block}, t("options")
    if unlabelled:
        overrides = [*(f"stages.{stage}.unlabelled={_as_yaml(unlabelled)}" for stage in _taught(raw)), *overrides]
    recipe = make_recipe(_promised(raw, _limits(budget)), overrides=overrides, source=name)
    if dry_run:
        return _foresee(recipe, options)
    built = build_bundle(recipe, output=output, tracker=tracker, progress=options.progress())
    if options.json:
        options.print_json(built.to_json())
    else:
        show(options.console(), built)
    if built.breaches:
        raise BudgetError(
            t("the budget is not kept:") + "".join(f"\n  {breach}" for breach in built.breaches),
            found=str(built.bundle),
        )
    return 0


def _taught(raw: dict[str, Any]) -> list[str]:
    """Name the stages of a recipe that learn from a teacher; ``distill`` where there is none, which is then refused."""
    stages = raw.get("stages")
    names = [one.get("use") if isinstance(one, dict) else one for one in (stages if isinstance(stages, list) else ())]
    return [name for name in ("distill", "bag") if name in names] or ["distill"]


def _foresee(recipe: Recipe, options: Options) -> int:
    """Print what a build would make, and about how long that would take."""
    from rich.table import Table
    from rich.text import Text

    foreseen = forecast(recipe, progress=options.progress())
    if options.json:
        options.print_json({"candidates": [one.to_json() for one in foreseen]})
        return 0
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in (t("candidate"), t("stages"), t("minutes, about")):
        table.add_column(Text(title), justify="right" if title == t("minutes, about") else "left")
    for one in foreseen:
        table.add_row(Text(candidate_name(one.name)), Text(", ".join(one.stages)), f"{one.minutes:,.1f}")
    console = options.console()
    console.print(table)
    console.print(total(foreseen), markup=False)
    return 0


def _limits(wishes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Read limits as a recipe holds them; two on one name become one block, which the recipe's check refuses."""
    limits: dict[str, dict[str, Any]] = {}
    for wish in wishes:
        parsed = _LIMIT.fullmatch(wish)
        if parsed is None:
            raise RecipeError(
                t("--budget {wish!r} is no limit", wish=wish), fix='--budget "macro_f1>=0.9" --budget "size_mib<=30"'
            )
        name, side, bound = parsed[1], _SIDES[parsed[2]], float(parsed[3])
        limit = limits.setdefault(name, dict(_CONDITIONS) if COSTS.get(name) == "ms" else {})
        limit[side] = int(bound) if bound.is_integer() else bound
    return limits


def _promised(raw: dict[str, Any], limits: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Put limits into a recipe's budget, each in the place of the one that bears its name."""
    block = raw.get("budget")
    if not limits or not isinstance(block, dict | None):
        return raw  # what is no block is refused with its line when the recipe is checked
    if block is None:
        raw["budget"] = limits
    else:
        block.update(limits)
    return raw


def _as_overrides(block: dict[str, Any], place: str = "data") -> list[str]:
    """Turn what was said of columns into overrides of a recipe that has its own path."""
    rows = []
    for key, value in block.items():
        if key == "path":
            continue
        if isinstance(value, dict) and key == "split":
            rows += _as_overrides(value, f"{place}.{key}")
        else:
            rows.append(f"{place}.{key}={_as_yaml(value)}")
    return rows


def _as_yaml(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
