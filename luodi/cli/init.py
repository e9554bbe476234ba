"""``luodi init``: writes a recipe from what the data looks like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from luodi.cli.options import Columns, Options
from luodi.data.kinds import NUMBER
from luodi.disk import write_whole
from luodi.errors import LuodiError, RecipeError
from luodi.job.prepare import divide
from luodi.job.recipe import make_recipe, write_recipe
from luodi.language import t
from luodi.models import choose
from luodi.tasks import kind_name, read_task

if TYPE_CHECKING:
    from luodi.data import Split
    from luodi.job.recipe import Recipe
    from luodi.tasks import Task

#: Stands where a budget would: without its marks it is one.
_EXAMPLE = """\
# budget:
#   METRIC: {at_least: 0.9}
#   latency_p95_ms: {at_most: 20, device: cpu, threads: 1, batch: 1}
#   size_mib: {at_most: 30}
"""


def init(
    source: Annotated[str, Parameter(name="DATA")],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    force: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    columns: Columns | None = None,
    options: Options | None = None,
) -> None:
    """Write a recipe from what the data looks like; nothing is trained.

    Example: luodi init reviews.xlsx --label 情感

    Args:
        source: a table, or a folder with train, validation and test files.
        output: the recipe's file; NAME.yaml unless given.
        force: overwrite a file of this name.
    """
    options, columns = options or Options(), columns or Columns()
    place = output or Path(f"{Path(source).stem}.yaml")
    if place.is_dir():
        raise RecipeError(t("{path} is a folder, the recipe is a file", path=place), fix=f"-o {place / 'recipe.yaml'}")
    if place.exists() and not force:
        raise RecipeError(t("{path} is there already", path=place), fix=t("--force overwrites it, -o names another"))
    recipe = make_recipe({"data": columns.recipe(source)}, source=t("options"))
    split = divide(recipe.data, progress=options.progress())
    choice = choose(split.train)
    task = read_task(split.train, recipe.data.labels)
    labels = {head.name: kind_name(head) for head in task.heads}
    named = make_recipe(
        {
            "data": {**columns.recipe(source), "labels": labels},
            "model": choice.name,
        },
        source=t("options"),
    )
    _write(place, _page(named, [_rows(split, task), choice.reason], task, name=str(place)))
    if options.json:
        options.print_json({"recipe": str(place), **named.to_json()})
    else:
        options.console().print(t("recipe:  {path}", path=place), markup=False)


def _write(place: Path, text: str) -> None:
    try:
        write_whole(place, text)
    except OSError as failed:
        raise LuodiError(
            t("{place} cannot be written", place=place), found=failed.strerror, fix=t("name another place with -o")
        ) from failed


def _page(recipe: Recipe, said: list[str], task: Task, *, name: str) -> str:
    """Write a recipe with what was seen at its head, and an example in the place of its empty budget."""
    head = [*said, t("`luodi build {name}` obeys this file; `luodi parts` explains every field.", name=name)]
    example = t("What the bundle must keep; set the numbers and take the marks away:")
    fields = write_recipe(recipe).replace("\nbudget: {}\n", "\n")
    comments = "".join(f"# {' '.join(line.split())}\n" for line in head)
    metric = next((head for head in task.heads if head.takes != NUMBER), task.heads[0]).main_metric
    return f"{comments}{fields}# {example}\n{_EXAMPLE.replace('METRIC', metric)}"


def _rows(split: Split, task: Task) -> str:
    """Count the rows of each part, and of the most frequent labels that there are to learn from."""
    sizes = t("{train:,} + {validation:,} + {test:,} rows", train=len(split.train), validation=len(split.validation),
              test=len(split.test))  # fmt: skip
    counts = []
    for head in task.heads:
        column = split.train.labels[head.name]
        rows = head.judge(column, [cell or "" for cell in column]).per_class
        most = sorted(rows, key=lambda label: -rows[label]["support"])[:6]
        shown = ", ".join(f"{label} {rows[label]['support']:.0f}" for label in most)
        counts.append(t("{head}: {n} labels", head=head.name, n=len(rows)) + f" ({shown})" if rows else head.name)
    return f"{sizes}; {'; '.join(counts)}"
