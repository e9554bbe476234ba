"""``luodi init``: writes a recipe from what the data looks like."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from luodi.cli.options import Columns, Options
from luodi.errors import RecipeError
from luodi.job.prepare import divide
from luodi.job.recipe import make_recipe, write_recipe
from luodi.language import t
from luodi.models import choose

_HEAD = """\
# {rows}
# {choice}
# `luodi build {name}` obeys this file; `luodi parts` explains every field.
# Declare what the bundle must keep, for example:
# budget:
#   macro_f1: {{at_least: 0.9}}
#   latency_p95_ms: {{at_most: 20, device: cpu, threads: 1, batch: 1}}
#   size_mib: {{at_most: 30}}
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
    recipe = make_recipe({"data": columns.recipe(source)}, source=t("options"))
    split = divide(recipe.data, progress=options.progress())
    place = output or Path(f"{Path(source).stem}.yaml")
    if place.exists() and not force:
        raise RecipeError(t("{path} is there already", path=place), fix=t("--force overwrites it, -o names another"))
    choice = choose(split.train)
    labels = {head: Counter(c for c in column if c is not None) for head, column in split.train.labels.items()}
    named = make_recipe(
        {"data": {**columns.recipe(source), "labels": dict.fromkeys(labels, "classify")}, "model": choice.name},
        source=t("options"),
    )
    counts = "; ".join(
        t("{head}: {n} labels", head=head, n=len(rows)) + f" ({', '.join(f'{k} {v}' for k, v in rows.most_common(6))})"
        for head, rows in labels.items()
    )
    sizes = t("{train:,} + {validation:,} + {test:,} rows", train=len(split.train), validation=len(split.validation),
              test=len(split.test))  # fmt: skip
    place.write_text(
        _HEAD.format(rows=f"{sizes}; {counts}".replace("\n", " "), choice=choice.reason, name=place)
        + write_recipe(named),
        encoding="utf-8",
    )
    if options.json:
        options.print_json({"recipe": str(place), **named.to_json()})
    else:
        options.console().print(t("recipe:  {path}", path=place), markup=False)
