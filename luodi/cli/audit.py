"""``luodi audit``: what is wrong with the data, with rows to look at."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from luodi.auditing import audit as audit_rows
from luodi.auditing.exhibit import excerpt, total_of
from luodi.auditing.finding import shown_text
from luodi.auditing.fix import require_writable, write_fixed
from luodi.auditing.page import render, require_ours, write_page
from luodi.auditing.remedies import SURE_ENOUGH
from luodi.auditing.words import counted, severity, verdict
from luodi.cli.options import Columns, Options, Whole
from luodi.data import mask_personal
from luodi.errors import DataError, RecipeError
from luodi.job.parts import enrol
from luodi.language import chosen, t
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from luodi.auditing import Audited, Finding, Suspect
    from luodi.auditing.fix import Fixed

_N_ROWS, _N_SIGNS = 5, 60
_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold"}


def audit(
    source: Annotated[Path, Parameter(name="DATA")],
    /,
    *,
    deep: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    model: str | None = None,
    fix: Path | None = None,
    fix_labels: Annotated[float | bool | None, Parameter(negative="", show_default=False)] = None,
    fix_leaks: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    report: Path | None = None,
    strict: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    seed: Whole = 7,
    columns: Columns | None = None,
    options: Options | None = None,
) -> None:
    """Find out what is wrong with the data, in words and with the rows to look at.

    Example: luodi audit reviews.csv --fix clean.csv

    The table itself is never changed. The findings come worst first; a page shows all their rows.

    Args:
        source: a table, or a folder with train, validation and test files.
        deep: ask a pretrained encoder too, which takes minutes.
        model: that encoder, with --deep: a name of `luodi models`, a hub id, or a folder.
        fix: write a copy here without what can safely be mended, and OUT.log.csv with all that was changed.
        fix_labels: in that copy, take over proposed labels that are at least so sure; 0.9 where no number follows.
        fix_leaks: in that copy, leave out of train what stands in validation or the test too, word for word or nearly.
        report: the page; NAME.audit.html unless given.
        strict: exit with 3 where a finding is an error.
        seed: of what is drawn.
    """
    options, columns = options or Options(), columns or Columns()
    labels_above = _threshold(fix_labels)
    _require_copy(fix, {"--fix-labels": bool(fix_labels), "--fix-leaks": fix_leaks})
    if model is not None and not deep:
        raise RecipeError(t("--model names the encoder of a deep audit"), fix=f"--deep --model {model}")
    place = report or (None if options.json else _place(source))
    if place is not None:
        require_ours(place)
        need("jinja2", extra="train")
    if fix is not None:
        require_writable(source, fix)
    enrol()
    reading = columns.reading()
    found = audit_rows(source, deep=deep, model=model or "auto", seed=seed, progress=options.progress(), **reading)
    if place is not None:
        write_page(render(found, name=source.name, created=_now(), language=chosen()), place)
    fixed = None
    if fix is not None:
        fixed = write_fixed(
            found,
            source,
            fix,
            labels_above=labels_above,
            without_leaks=fix_leaks,
            progress=options.progress(),
            **reading,
        )
    if options.json:
        options.print_json(_as_json(found, place, fixed))
    else:
        _show(options.console(), found, place, fixed)
    if strict and found.has_errors():
        n = sum(one.severity == "error" for one in found.findings)
        raise DataError(t("the audit found: {errors}", errors=counted("error", n)), found=found.findings[0].what)


def _place(source: Path) -> Path:
    """Name the page after the data, in the folder where the user stands."""
    whole = source.resolve()
    return Path(f"{whole.name if whole.is_dir() else whole.stem}.audit.html")


def _require_copy(fix: Path | None, wishes: Mapping[str, bool]) -> None:
    """Refuse an option that says what goes into the copy where none is written."""
    for option, is_given in wishes.items():
        if is_given and fix is None:
            raise RecipeError(
                t("{option} says what goes into the copy of --fix, and none is given", option=option), fix="--fix OUT"
            )


def _threshold(wish: float | bool | None) -> float | None:
    """Give the sureness from which on proposed labels are taken over; None where they are not."""
    if wish is None or wish is False:
        return None
    above = SURE_ENOUGH if wish is True else float(wish)
    if not 0 < above <= 1:
        raise RecipeError(
            t("--fix-labels takes a sureness above 0, at most 1"), found=str(wish), fix="--fix-labels 0.9"
        )
    return above


def _as_json(found: Audited, place: Path | None, fixed: Fixed | None) -> dict[str, Any]:
    made = {"report": str(place)} if place is not None else {}
    return {**found.to_json(), **made, **({"fixed": fixed.to_json()} if fixed is not None else {})}


def _show(console: Console, found: Audited, place: Path | None, fixed: Fixed | None) -> None:
    counts = [sum(one.severity == level for one in found.findings) for level in _STYLES]
    _, heading, _ = verdict(*counts)
    said = [counted(level, n) for level, n in zip(_STYLES, counts, strict=True) if n]
    console.print(t("{n:,} rows: {heading}", n=len(found.data), heading=heading), style="bold", markup=False)
    if said:
        console.print(t(", ").join(said), markup=False)
    for one in found.findings:
        console.print()
        _show_finding(console, one, found)
    console.print()
    if fixed is not None:
        console.print(
            t("copy:    {path}, {n:,} rows: {dropped:,} dropped, {changed:,} labels changed", path=fixed.output,
              n=fixed.n_rows, dropped=fixed.n_dropped, changed=fixed.n_relabelled),
            markup=False,
        )  # fmt: skip
        console.print(t("log:     {path}", path=fixed.log), markup=False)
    if place is not None:
        console.print(t("page:    {path}", path=place), markup=False)


def _show_finding(console: Console, one: Finding, found: Audited) -> None:
    console.print(f"{severity(one.severity)} ", style=_STYLES[one.severity], end="", markup=False)
    console.print(one.what, style="bold", markup=False)
    _print(console, one.effect, indent=2)
    _print(console, f"→ {one.advice}", indent=2)
    shown = one.suspects[:_N_ROWS]
    for suspect in shown:
        _print(console, _in_line(suspect, found), indent=4, style="dim")
    if (n := total_of(one) - len(shown)) > 0:
        _print(console, t("... {n:,} more", n=n), indent=4, style="dim")


def _print(console: Console, text: str, *, indent: int, style: str = "") -> None:
    """Print a paragraph; where lines are wrapped, each of them is indented."""
    from rich.padding import Padding
    from rich.text import Text

    if console.soft_wrap:
        console.print(" " * indent + text, style=style, markup=False)
    else:
        console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))


def _in_line(suspect: Suspect, found: Audited) -> str:
    """Show a row: its place, its labels, the label proposed or the other row, and how its text begins."""
    row, data = suspect.row, found.data
    labels = " ".join(column[row] or "–" for column in data.labels.values())
    text = mask_personal(" ".join(shown_text(data, row).split()))  # once more: lines may have kept a number apart
    said = excerpt(text, suspect.facts.get("found"), signs=_N_SIGNS)
    mark = {"proposed": "→", "twin": "="}
    facts = "  ".join(
        f"{mark[key]} {value}" for key, value in suspect.facts.items() if key in mark and value is not None
    )
    return "  ".join(part for part in (data.origin(row), labels, facts, said) if part)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
