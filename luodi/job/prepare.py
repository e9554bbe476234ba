"""Brings a recipe to its starting line: rows read and divided, the pretrained model loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data import Dataset, Split, cleaned, given, read, read_parts
from luodi.data.split import By, Shares
from luodi.errors import DataError
from luodi.language import t
from luodi.models import choose, load
from luodi.tasks import holding, read_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.job.recipe import Recipe
    from luodi.job.source import DataSource
    from luodi.models.model import Model
    from luodi.progress import Progress

#: ``max_tokens: auto`` fits this share of the training texts ...
FITTED_SHARE = 0.99
#: ... but never goes beyond this many tokens: time grows with every one of them.
LONGEST = 128


def divide(source: DataSource, *, data: Dataset | None = None, progress: Progress) -> Split:
    """Read the rows that a recipe names (unless they are given), clean and divide them as it says.

    Rows that are given and were cleaned already want the same for the files that the recipe names beside them.
    """
    if data is not None:
        source = replace(source, clean=source.clean or data.cleaned)
        named = {name: kind for name, kind in holding(source.labels or {}).items() if kind and name in data.labels}
        parts = {"train": cleaned(replace(data, kinds={**data.kinds, **named}), source.clean)}
    else:
        parts = _read(source, progress=progress)
    kinds = {name: parts["train"].kind(name) for name in parts["train"].labels}
    for part in ("validation", "test"):
        if named := getattr(source, part):
            parts[part] = _read_file(source, named, labels=kinds, progress=progress)
    plan = source.split
    by: By | None = "group" if plan.by else "time" if plan.time else None
    return given(
        parts["train"], validation=parts.get("validation"), test=parts.get("test"),
        shares=Shares(plan.test, plan.validation), by=by, seed=plan.seed, progress=progress,
    )  # fmt: skip


def pick(recipe: Recipe, train: Dataset, *, progress: Progress) -> Model:
    """Load the model that a recipe names, or the one that suits the scripts in the data.

    Heads come from the training rows; ``max_tokens`` is fitted to their lengths where the recipe leaves it open.
    """
    name = recipe.model
    if name == "auto":
        choice = choose(train)
        name = choice.name
        progress.note(choice.reason)
    kinds = recipe.data.labels
    model = load(name, task=read_task(train, kinds), max_tokens=_cap(recipe), seed=recipe.seed, progress=progress)
    if recipe.max_tokens != "auto":
        if model.max_tokens < recipe.max_tokens:
            progress.note(
                t(
                    "{name} takes {n} tokens at most, not {wanted}",
                    name=name,
                    n=model.max_tokens,
                    wanted=recipe.max_tokens,
                )
            )
        return model
    fitted, share_cut = fit_length(model, train)
    if share_cut > 1 - FITTED_SHARE:
        progress.note(
            t(
                "{share:.0%} of the texts are cut at {n} tokens; --set max_tokens=256 would read more of them",
                share=share_cut,
                n=fitted,
            )
        )
    return replace(model, max_tokens=fitted)


def fit_length(model: Model, train: Dataset) -> tuple[int, float]:
    """Find the number of tokens that fits nearly every text, and the share of texts that it cuts.

    Rounded up to a multiple of 8, at least 16, at most ``LONGEST`` or what the model takes.
    """
    rows = range(0, len(train), max(1, len(train) // 5000))
    asked = model.task.reads([train.texts[row] for row in rows])
    lengths = np.array([len(one) for one in model.tokenizer.encode_batch_fast(asked)])
    wanted = int(np.quantile(lengths, FITTED_SHARE))
    fitted = min(max(16, -(-wanted // 8) * 8), LONGEST, model.max_tokens)
    return fitted, float((lengths > fitted).mean())


def _cap(recipe: Recipe) -> int:
    return LONGEST if recipe.max_tokens == "auto" else recipe.max_tokens


def _read(source: DataSource, *, progress: Progress) -> dict[str, Dataset]:
    if Path(source.path).is_dir():
        return read_parts(source.path, **_columns(source), progress=progress)
    return {"train": _read_file(source, source.path, labels=None, progress=progress)}


def _read_file(source: DataSource, path: str, *, labels: Mapping[str, str] | None, progress: Progress) -> Dataset:
    data = read(path, **{**_columns(source), **({"labels": labels} if labels else {})}, progress=progress)
    if len(data) == 0:
        raise DataError(t("data: {path} holds no rows", path=path))
    return data


def _columns(source: DataSource) -> dict[str, Any]:
    return {
        "text": source.text,
        "labels": holding(source.labels) if source.labels else None,
        "group": source.split.by,
        "time": source.split.time,
        "sheet": source.sheet,
        "delimiter": source.delimiter,
        "encoding": source.encoding,
        "clean": source.clean,
    }
