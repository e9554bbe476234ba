"""The survey of the rows that a build works with: what the quick audit says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.auditing import audit
from luodi.auditing.exhibit import excerpt
from luodi.auditing.words import severity
from luodi.errors import MissingExtra
from luodi.language import t

if TYPE_CHECKING:
    from luodi.auditing import Audited
    from luodi.data import Split
    from luodi.job.recipe import Recipe
    from luodi.progress import Progress

#: Findings that are said while building, rows of each that the report keeps, and characters of a text there.
_N_SAID, _N_ROWS, _N_SIGNS = 3, 5, 200


@dataclass(frozen=True)
class Surveyed:
    """The divided rows and what the audit says of them.

    Args:
        split: the rows.
        audit: ``n`` and ``findings`` as ``luodi audit --json`` gives them, with the first few rows of each; None where
            there was no audit.
    """

    split: Split
    audit: dict[str, Any] | None = None


def survey(split: Split, recipe: Recipe, *, progress: Progress) -> Surveyed:
    """Audit the parts of a split, unless the recipe says otherwise, and say the worst findings at once.

    An optional package that a check needs and that is missing stops no build: it is told.
    """
    if not recipe.audit or not runtime.is_main_process():
        return Surveyed(split)
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    try:
        found = audit(parts, seed=recipe.seed, progress=progress)
    except MissingExtra as missing:
        progress.note(t("the data were not audited: {why}", why=missing.what))
        return Surveyed(split)
    _say(found, progress)
    return Surveyed(split, {"n": len(found.data), "findings": _in_short(found)})


def _say(found: Audited, progress: Progress) -> None:
    grave = [one for one in found.findings if one.severity != "note"]
    for one in grave[:_N_SAID]:
        progress.note(f"{severity(one.severity)}: {one.what}")
    if len(grave) > _N_SAID:
        progress.note(t("{n} more findings in the data: luodi audit shows them all", n=len(grave) - _N_SAID))


def _in_short(found: Audited) -> list[dict[str, Any]]:
    """Keep of each finding what a report needs: it ships with the bundle."""
    kept = []
    for one in found.findings:
        raw = replace(one, suspects=one.suspects[:_N_ROWS]).to_json(found.data)
        kept.append(
            {**raw, "examples": [{**row, "text": excerpt(row["text"], signs=_N_SIGNS)} for row in raw["examples"]]}
        )
    return kept
