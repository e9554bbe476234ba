"""``luodi parts``: lists everything that a recipe can name."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from luodi.cli.options import Options
from luodi.errors import RecipeError
from luodi.job.parts import enrol
from luodi.language import look_up, t
from luodi.models import describe
from luodi.registry import did_you_mean, kinds
from luodi.registry import parts as parts_of


def parts(kind: Annotated[str | None, Parameter(name="KIND")] = None, /, *, options: Options | None = None) -> None:
    """List every stage, tuner, head and check with its fields and their defaults.

    Example: luodi parts stage

    Args:
        kind: stage, tuner, head or check; all unless given.
    """
    options = options or Options()
    enrol()
    if kind is not None and kind not in kinds():
        raise RecipeError(t("there is no kind {kind!r}", kind=kind) + did_you_mean(kind, kinds()))
    wanted = (kind,) if kind else kinds()
    found = {one: {name: _row(part) for name, part in parts_of(one).items()} for one in wanted}
    if options.json:
        options.print_json(found)
        return
    console = options.console()
    for one, rows in found.items():
        for name, row in rows.items():
            console.print(f"{one} {name}: {row['about']}", markup=False)
            for field, default in row["fields"].items():
                console.print(f"    {field}: {default}", markup=False)


def _row(part: Any) -> dict[str, Any]:
    about = look_up((part.__doc__ or "").strip().splitlines()[0])
    own = fields(part) if is_dataclass(part) else ()
    return {"about": about, "fields": {one.name: _default(one) for one in own}}


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return describe(field.default_factory())
    return t("(required)")
