"""``luodi label``: a page to label rows on, the most suspicious or the most informative ones first."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from luodi.cli.options import Columns, Options, Whole
from luodi.data.text import encodable
from luodi.errors import DataError, RecipeError
from luodi.labelling import (
    Agreement,
    Source,
    Walk,
    merge,
    my_answers,
    open_journal,
    plan,
    read_journal,
    read_source,
    standing,
    two_people,
)
from luodi.labelling.answers import now
from luodi.labelling.batch import last_batch, to_entry
from luodi.labelling.journal import SUFFIX
from luodi.language import chosen, t
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.labelling import Journal, Look

_MOST_SHOWN = 20
_N, _SEED = 100, 7


def label(
    data: Annotated[Path | None, Parameter(name="DATA", show_default=False)] = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    labels: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    unlabelled: Path | None = None,
    who: str | None = None,
    n: Annotated[Whole, Parameter(name="--n")] = _N,
    show_proposal: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    port: Whole | None = None,
    export: Path | None = None,
    agree: Annotated[tuple[Path, Path] | None, Parameter(negative="", show_default=False)] = None,
    seed: Whole = _SEED,
    columns: Columns | None = None,
    options: Options | None = None,
) -> None:
    """Open a page on this machine to label rows on: rows without a label first, then those whose label looks wrong.

    Example: luodi label reviews.csv

    Every answer is saved at once; the same command goes on where it stopped.

    Args:
        data: a table; it may lack labels where --labels names them.
        output: where the answers are saved; NAME.labels.jsonl unless given.
        labels: those to choose from, with commas between them; those of the table unless given.
        unlabelled: a second table, of texts without labels: the most informative ones are asked about.
        who: who answers; two people get files of their own.
        n: how many texts to ask about.
        show_proposal: mark the label that models would give; it sways whoever sees it.
        port: of 127.0.0.1; a free one unless given.
        export: write DATA with the answers in it to this table (.csv, .tsv, .jsonl), and open no page.
        agree: two files of answers: tell how far two people agree, and open no page.
        seed: of what is drawn.
    """
    options, columns, who = options or Options(), columns or Columns(), who or None
    of_page = {"--n": n != _N, "--show-proposal": show_proposal, "--port": port, "--seed": seed != _SEED}
    if agree is not None:
        of_answers = {"-o": output, "--labels": labels, "--unlabelled": unlabelled, "--who": who, "--export": export}
        _refuse_idle("--agree", {**of_answers, **of_page})
        _agree(agree, data, columns, options)
        return
    if data is None:
        raise RecipeError(t("{verb} needs {name}", verb="luodi label", name="DATA"), fix="luodi label --help")
    if export is not None:
        _refuse_idle("--export", of_page)
    journal = output or _place(unlabelled or data, who)
    _require_own(journal, (data, unlabelled))
    source = read_source(
        data, offered=_names(labels), unlabelled=unlabelled, progress=options.progress(), **columns.reading()
    )
    if export is not None:
        opening = {"text": columns.text or None, "sheet": columns.sheet, "delimiter": columns.delimiter,
                   "encoding": columns.encoding}  # fmt: skip
        given = standing(my_answers(read_journal(journal), head=source.head, who=who))
        merged = merge(
            data, export, source=source, answers=given, journal=journal, unlabelled=unlabelled,
            progress=options.progress(), **opening,
        )  # fmt: skip
        _show_merged(merged.to_json(), options)
        return
    need("nicegui", extra="console")
    if n < 1:
        raise RecipeError(t("--n {n} asks about nothing", n=n), fix="--n 100")
    with open_journal(journal) as opened:
        looks = _looks(source, opened, who=who, n=n, seed=seed, options=options)
        walk = Walk(looks, source=source, journal=opened, who=who)
        then = _then(data, unlabelled, output, who, _names(labels), columns)
        _ask(walk, port=port, shows_proposal=show_proposal, then=then, options=options)


def _refuse_idle(mode: str, given: Mapping[str, object]) -> None:
    """Refuse options that a mode would pass over in silence."""
    if idle := [option for option, value in given.items() if value]:
        raise RecipeError(
            t("{mode} opens no page and asks nothing: {options} has no meaning beside it", mode=mode,
              options=", ".join(idle)),
            fix=t("leave {options} out", options=", ".join(idle)),
        )  # fmt: skip


def _require_own(journal: Path, tables: tuple[Path | None, ...]) -> None:
    """Refuse a table as the place of the answers, under whatever name it goes."""
    for table in tables:
        if table is not None and journal.exists() and table.exists() and journal.samefile(table):
            raise RecipeError(
                t("{path} is the table itself: answers are saved in a file of their own", path=journal),
                fix=f"-o {table.stem}{SUFFIX}",
            )


def _looks(source: Source, journal: Journal, *, who: str | None, n: int, seed: int, options: Options) -> list[Look]:
    """Go on with the batch that was begun, or plan the next one and write down what it asks."""
    given = standing(my_answers(journal.entries, head=source.head, who=who))
    begun = [one for one in last_batch(journal.entries, head=source.head, who=who) if one.text_sha256 in source.rows_of]
    left = sum(one.text_sha256 not in given for one in begun)
    progress = options.progress()
    if left:
        progress.note(t("going on with the batch that was begun; texts left in it: {n:,}", n=left))
        return begun
    answered = {key: answer.label for key, answer in given.items()}
    looks = plan(source, answered, n=n, seed=seed, progress=progress)
    if looks:
        journal.append(to_entry(looks, head=source.head, who=who, time=now()))
    return looks


def _ask(walk: Walk, *, port: int | None, shows_proposal: bool, then: tuple[str, ...], options: Options) -> None:
    from luodi.labelling.server import serve
    from luodi.labelling.view import Wishes

    if not walk.n:
        options.progress().note(t("there is nothing left to ask: every text has an answer"))
        return

    def announce(address: str) -> None:
        if options.json:
            options.print_json({"url": address, "answers": str(walk.journal.path), "n": walk.n, "done": walk.n_done})
        else:
            sys.stdout.write(t("label here: {address}", address=address) + "\n")
            sys.stdout.write(t("answers:    {path} ({done} of {n} done); Ctrl-C ends", path=walk.journal.path,
                               done=walk.n_done, n=walk.n) + "\n")  # fmt: skip
        sys.stdout.flush()

    with suppress(KeyboardInterrupt):  # the way to end it
        serve(walk, wishes=Wishes(chosen(), shows_proposal, then), port=port, announce=announce)
    if options.json:
        options.print_json({"answers": str(walk.journal.path), "n": walk.n, "done": walk.n_done, **walk.counts()})
        return
    console = options.console()
    console.print(t("{done} of {n} done; answers in {path}", done=walk.n_done, n=walk.n, path=walk.journal.path),
                  markup=False)  # fmt: skip
    console.print(t("go on with:  {command}", command=then[0]), markup=False)


def _place(table: Path, who: str | None) -> Path:
    """Name the file of answers after the table and the person, in the folder where the user stands."""
    name = re.sub(r"[^\w.-]+", "_", who)[:40] if who else ""
    return Path(f"{table.stem}{f'.{name}' if name else ''}{SUFFIX}")


def _names(said: tuple[str, ...]) -> tuple[str, ...]:
    names = (encodable(name).strip() for one in said for name in re.split("[,，]", one))
    return tuple(name for name in names if name)


def _then(
    data: Path, unlabelled: Path | None, output: Path | None, who: str | None, labels: tuple[str, ...], columns: Columns
) -> tuple[str, ...]:
    """Give the commands that make use of the answers."""
    table = f"{data.stem}-labelled.csv"
    reading = [word for name in columns.text for word in ("--text", name)]
    reading += [word for name in columns.label for word in ("--label", name)]
    words = ["luodi", "label", str(data), "--export", table, *reading]
    named = ",".join(labels) or None
    for option, value in (("--labels", named), ("--unlabelled", unlabelled), ("-o", output), ("--who", who)):
        words += [option, str(value)] if value is not None else []
    for option, value in (
        ("--sheet", columns.sheet),
        ("--delimiter", columns.delimiter),
        ("--encoding", columns.encoding),
    ):
        words += [option, value] if value is not None else []
    return shlex.join(words), shlex.join(["luodi", "build", table, *reading])


def _show_merged(merged: Mapping[str, Any], options: Options) -> None:
    if options.json:
        options.print_json(merged)
        return
    console = options.console()
    console.print(
        t("{output}: {rows:,} rows, {changed:,} of them with a new label, {added:,} added", output=merged["output"],
          rows=merged["rows"], changed=merged["changed"], added=merged["added"]),
        markup=False,
    )  # fmt: skip
    if merged["neutralised"]:
        console.print(
            t(
                "cells that a spreadsheet would run have a ' in front now: {n:,}; .jsonl keeps them",
                n=merged["neutralised"],
            ),
            markup=False,
        )
    if merged["elsewhere"]:
        console.print(t("answers to texts that are not in these tables: {n:,}", n=merged["elsewhere"]), markup=False)


def _agree(files: tuple[Path, Path], data: Path | None, columns: Columns, options: Options) -> None:
    one, other = files
    is_one = one.exists() and other.exists() and one.samefile(other)
    found = two_people(read_journal(one), None if is_one else read_journal(other))
    texts = _texts(data, columns, options) if data is not None else {}
    if options.json:
        raw = found.to_json()
        raw["differences"] = [{**row, "text": texts.get(row["text_sha256"])} for row in raw["differences"]]
        options.print_json(raw)
    else:
        _show_agreement(found, texts, options)


def _texts(data: Path, columns: Columns, options: Options) -> dict[str, str]:
    from luodi.data import read
    from luodi.labelling import text_key

    rows = read(data, progress=options.progress(), **{**columns.reading(), "labels": ()})
    if not len(rows):
        raise DataError(t("data: {file} holds no rows", file=data.name))
    return {text_key(text): text for text in rows.texts}


def _show_agreement(found: Agreement, texts: Mapping[str, str], options: Options) -> None:
    from rich.table import Table
    from rich.text import Text

    console = options.console()
    console.print(
        t("{head}: {n:,} texts that both labelled ({first:,} and {second:,} that only one did)", head=found.head,
          n=found.n, first=found.only[0], second=found.only[1]),
        markup=False,
    )  # fmt: skip
    for name, quantity in ((t("agreed"), found.agreed), (t("Cohen's kappa"), found.kappa)):
        interval = "" if quantity.low is None else f"  ({quantity.low:.3f} – {quantity.high:.3f})"
        console.print(f"  {name}: {quantity.value:.3f}{interval}", markup=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in (t("label"), t("first"), t("second"), t("both"), t("agreement")):
        table.add_column(title, justify="left" if title == t("label") else "right")
    worst = sorted(found.per_label.items(), key=lambda row: row[1].agreement)
    for name, row in worst[:_MOST_SHOWN]:
        table.add_row(
            Text(encodable(name)), f"{row.first:,}", f"{row.second:,}", f"{row.both:,}", f"{row.agreement:.3f}"
        )
    console.print(table)
    for one in found.differences[:_MOST_SHOWN]:
        text = " ".join(texts.get(one.text_sha256, "").split())[:60]
        console.print(encodable(f"  {one.origin}  {one.first} / {one.second}  {text}"), markup=False)
    rest = max(len(found.differences), len(found.per_label)) - _MOST_SHOWN
    if rest > 0:
        console.print(t("  ... the rest with --json"), markup=False)
