"""Draws the page of an audit: one file, no network, in English or Chinese."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.auditing.exhibit import as_script, exhibit, fact
from luodi.auditing.finding import SEVERITIES
from luodi.auditing.remedies import SURE_ENOUGH, remedies
from luodi.auditing.words import counted, severity, verdict, words
from luodi.data.whole import whole
from luodi.errors import RecipeError
from luodi.language import speak, t
from luodi.report.frame import environment, fixed, stylesheet, template
from luodi.report.wording import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.auditing.audit import Audited

#: The findings that the page opens on, and how many of their rows stand there.
N_FIRST, N_GLANCE = 3, 3
#: Rows of each finding that are there without a script.
N_SHOWN = 10
#: By this mark a page is known as ours, and may be overwritten.
_MARK = '<meta name="generator" content="luodi audit">'
_TONES = {"error": "bad", "warning": "warn", "note": "plain"}


def render(audited: Audited, *, name: str, created: str, language: str) -> str:
    """Draw the page.

    Every text of the data is shown as text, never taken as markup: the template escapes, the rows that the script
    shows pass as JSON, and the page's own policy lets no other script or style run.

    Args:
        audited: what was found.
        name: what the page calls the data.
        created: when, as it is shown.
        language: ``en`` or ``zh``.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    blocks = fixed(stylesheet() + template(__package__, "audit.css"), template(__package__, "audit.js"))
    with speak(language):
        page: str = _templates().get_template("audit.html").render(
            **_view(audited, name, created), **blocks, w=words(), mark=_MARK,
            lang="zh-CN" if language == "zh" else "en",
        )  # fmt: skip
    return page


def write_page(page: str, place: Path) -> None:
    """Write a page to its place, whole or not at all.

    Raises:
        RecipeError: something stands there that is no page of an audit.
        LuodiError: it cannot be written.
    """
    require_ours(place)
    with whole(place, elsewhere="--report FILE.html") as stream:
        stream.write(page)


def require_ours(place: Path) -> None:
    """Refuse a place where something stands that is no page of an audit.

    Raises:
        RecipeError: it would be overwritten.
    """
    if place.is_dir() or (place.exists() and _MARK not in _head(place)):
        raise RecipeError(
            t("{place} is there already and is no page of an audit: it will not be overwritten", place=place),
            fix="--report FILE.html",
        )


def _head(place: Path) -> str:
    with place.open("rb") as raw:
        return raw.read(4096).decode("utf-8", "replace")


@cache
def _templates() -> Any:
    """Read and compile the templates, once in a process."""
    return environment(__package__, ("audit.html",))


def _view(audited: Audited, name: str, created: str) -> dict[str, Any]:
    """Arrange everything that the template shows."""
    held = exhibit(audited)
    counts = [sum(one.severity == level for one in audited.findings) for level in SEVERITIES]
    tone, heading, sentence = verdict(*counts)
    heads = [f"{head}: " if len(held["heads"]) > 1 else "" for head in held["heads"]]
    findings = [_finding_view(place, audited, held) for place in range(len(audited.findings))]
    return {
        "name": visible(name),
        "created": created,
        "version": runtime.own_version(),
        "tone": tone,
        "heading": heading,
        "sentence": sentence,
        "counts": [(_TONES[level], counted(level, n)) for level, n in zip(SEVERITIES, counts, strict=True) if n],
        "tiles": [(visible(title), figure) for title, figure in _tiles(audited)],
        "mending": _mending(audited),
        "label_heads": [head + t("label") for head in heads],
        "findings": findings,
        "first": [one for one in findings if one["tone"] != "plain"][:N_FIRST],
        "n_glance": N_GLANCE,
        "held": as_script({"heads": held["heads"], "rows": held["rows"], "findings": held["findings"]}),
    }


def _tiles(audited: Audited) -> list[tuple[str, str]]:
    """Count rows and labels for the figures that stand large."""
    data = audited.data
    tiles = [(t("rows"), f"{len(data):,}")]
    if len(audited.parts) > 1:
        named = {"train": t("training"), "validation": t("validation"), "test": t("test")}
        tiles = [(named.get(part, part), f"{n:,}") for part, n in audited.parts.items()]
    for head, column in list(data.labels.items())[:3]:
        n = len({label for label in column if label is not None})
        tiles.append((f"{t('labels')}: {head}" if len(data.labels) > 1 else t("labels"), f"{n:,}"))
    return [*tiles, (t("rows with an error or a warning"), _doubtful(audited))]


def _doubtful(audited: Audited) -> str:
    """Count the rows with an error or a warning: at least those of the largest finding, where not all are listed."""
    grave = [one for one in audited.findings if one.severity != "note"]
    rows_of = [({row.row for row in one.suspects}, one.count) for one in grave if one.suspects]
    n = max([len(set[int]().union(*(rows for rows, _ in rows_of))), *(count for _, count in rows_of)])
    return f"{n:,}" if all(len(rows) >= count for rows, count in rows_of) else f"≥ {n:,}"


def _mending(audited: Audited) -> str:
    """Say what ``--fix`` would do to these rows."""
    safe, all_sure = remedies(audited), remedies(audited, labels_above=SURE_ENOUGH)
    said = []
    if safe.drops:
        said.append(t("luodi audit --fix OUT leaves out rows that nobody needs: {n:,}.", n=len(safe.drops)))
    if safe.labels:
        said.append(t("luodi audit --fix OUT gives labels their right name: {n:,}.",
                      n=len(safe.labels)))  # fmt: skip
    if n := len(remedies(audited, without_leaks=True).drops) - len(safe.drops):
        said.append(t("--fix-leaks besides leaves out rows that stand in validation or the test too: {n:,}.", n=n))
    if n := len(all_sure.labels) - len(safe.labels):
        said.append(t("--fix-labels besides takes over proposed labels that are at least {sure:.0%} sure: {n:,}.", n=n,
                      sure=SURE_ENOUGH))  # fmt: skip
    return " ".join(said)


def _finding_view(place: int, audited: Audited, held: Mapping[str, Any]) -> dict[str, Any]:
    finding, shown = audited.findings[place], held["findings"][place]
    found = shown["keys"].index("found") + 1 if "found" in shown["keys"] else 0
    facts = [fact(key) for key in shown["keys"]]
    rows = [{**_row_view(row, held["rows"], found), "facts": _facts(facts, row)} for row in shown["rows"][:N_SHOWN]]
    n, total = len(shown["rows"]), shown["total"]
    return {
        "number": place + 1,
        "tone": _TONES[finding.severity],
        "severity": severity(finding.severity),
        "check": finding.check,
        "what": visible(finding.what),
        "effect": visible(finding.effect),
        "advice": visible(finding.advice),
        "count": f"{finding.count:,}",
        "facts": facts,
        "rows": rows,
        "n": n,
        "held": t("{n:,} of {total:,} rows are on this page, those to look at first first.", n=n, total=total)
        if n < total else "",
        "see_all": t("look at the rows ({n:,})", n=total),
    }  # fmt: skip


def _row_view(row: Sequence[Any], rows: Sequence[Any], found: int) -> dict[str, Any]:
    """Show a row without a script; its text in three pieces: before, within and after what was found."""
    origin, text, labels = rows[row[0]]
    sign = row[found] if found and isinstance(row[found], str) else ""
    before, within, after = text.partition(sign) if sign else (text, "", "")
    cells = [cell if isinstance(cell, list) else [cell] for cell in row[1:]]
    return {"origin": origin, "pieces": (before, within, after), "labels": labels, "cells": cells}


def _facts(names: Sequence[str], row: Sequence[Any]) -> list[tuple[str, str]]:
    """Name what is known of a row, for a list that has no columns."""
    cells = (cell[0] if isinstance(cell, list) else cell for cell in row[1:])
    return [(name, cell) for name, cell in zip(names, cells, strict=True) if cell]
