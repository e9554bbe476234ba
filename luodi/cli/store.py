"""``luodi store``: writes what a service answered as a table, or lets old answers go."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from luodi.cli.options import Options, Whole
from luodi.errors import RecipeError
from luodi.language import t
from luodi.store import Retention, Wanted, open_store, store_place

if TYPE_CHECKING:
    from luodi.store import Store

_MIB = 2**20


def store(
    act: Annotated[Literal["export", "tidy"], Parameter(name="ACT")],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    model: str | None = None,
    since: str | None = None,
    until: str | None = None,
    below: float | None = None,
    corrected: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    days: float | None = None,
    corrected_days: float | None = None,
    mib: Whole | None = None,
    store: str | None = None,
    options: Options | None = None,
) -> None:
    """Write what a service was asked and answered as a table to learn from, or let old answers go.

    In the table stands what a person said is right, where somebody did; elsewhere what was answered. A service may go
    on answering meanwhile.

    Example: luodi store export -o answers.csv --corrected

    Args:
        act: export or tidy.
        output: the table to write: .csv, .tsv or .jsonl.
        model: only what this model answered.
        since: only what was answered on this day or later: 2026-03-01, or 2026-03-01T08:00.
        until: only what was answered before it.
        below: only answers of which the model was less sure than this, 0 to 1.
        corrected: only answers that a person corrected.
        days: let answers go that are older and were not corrected.
        corrected_days: let answers go that are older, even if they were corrected.
        mib: let the oldest answers go until the others take so many MiB; corrected ones last.
        store: the file or the URL of the store; store.db under LUODI_HOME unless given.
    """
    options = options or Options()
    of_export = {"-o": output, "--model": model, "--since": since, "--until": until, "--below": below,
                 "--corrected": corrected or None}  # fmt: skip
    of_tidy = {"--days": days, "--corrected-days": corrected_days, "--mib": mib}
    for one in [name for name, value in (of_tidy if act == "export" else of_export).items() if value is not None]:
        raise RecipeError(t("{option} has no meaning for luodi store {act}", option=one, act=act))
    wanted = Wanted(
        model=model, since=_moment(since, "--since"), until=_moment(until, "--until"), below=below,
        corrected=corrected or None,
    )  # fmt: skip
    retention = Retention(days, None if mib is None else mib * _MIB, corrected_days)
    if act == "tidy" and retention == Retention():
        raise RecipeError(t("nothing says what is to go"), fix="luodi store tidy --days 90")
    place = store or store_place()
    if "://" not in str(place) and not Path(place).exists():
        raise RecipeError(t("there is no store {place}", place=place), fix="--store")
    with closing(open_store(place, check=False)) as opened:
        if act == "export":
            _export(opened, output, wanted, options)
        else:
            _tidy(opened, retention, options)


def _export(opened: Store, output: Path | None, wanted: Wanted, options: Options) -> None:
    from luodi.store.export import export

    if output is None:
        raise RecipeError(t("{verb} needs {name}", verb="luodi store export", name="-o"), fix="-o answers.csv")
    done = export(opened, output, wanted=wanted)
    if options.json:
        options.print_json({"output": str(output), **asdict(done)})
        return
    console = options.console()
    console.print(
        t("{output}: {rows:,} rows, {corrected:,} of them corrected by a person", output=output, rows=done.rows,
          corrected=done.corrected),
        markup=False,
    )  # fmt: skip
    if done.textless:
        console.print(t("answers without a text, which are not in it: {n:,}", n=done.textless), markup=False)
    if done.neutralised:
        console.print(
            t("cells that a spreadsheet would run have a ' in front now: {n:,}; .jsonl keeps them", n=done.neutralised),
            markup=False,
        )


def _tidy(opened: Store, retention: Retention, options: Options) -> None:
    done = opened.tidy(retention)
    if options.json:
        options.print_json(asdict(done))
        return
    options.console().print(
        t("gone: {n:,} answers, {n_corrections:,} corrections, {mib:.1f} MiB", n=done.n,
          n_corrections=done.n_corrections, mib=done.bytes / _MIB),
        markup=False,
    )  # fmt: skip


def _moment(said: str | None, option: str) -> float | None:
    """Read a day or a moment, in this machine's time unless it names its own, as seconds since 1970."""
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said).timestamp()
    except (ValueError, OverflowError) as wrong:
        raise RecipeError(
            t("{option}: {said!r} is no date", option=option, said=said), fix=f"{option} 2026-03-01"
        ) from wrong
