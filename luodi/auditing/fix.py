"""Writes the fixed copy of a table, with a log of every row that is not as it was."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.auditing.remedies import Remedies, remedies
from luodi.auditing.writers import make_writer
from luodi.data import Wanted, find_parts, open_table, recognise
from luodi.data.csv_rows import CsvRows
from luodi.data.tables import SUFFIXES
from luodi.data.whole import whole
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from luodi.auditing.audit import Audited
    from luodi.data import Dataset
    from luodi.data.whole import Out

#: What tables are written as.
KINDS = (".csv", ".tsv", ".jsonl")
#: What the parts of a folder are written as, by what they were; all others become csv.
_LIKE = {".tsv": ".tsv", ".txt": ".tsv", ".json": ".jsonl", ".jsonl": ".jsonl", ".ndjson": ".jsonl"}
_LOG = ".log.csv"
_HEADINGS = ("origin", "action", "column", "old_label", "new_label", "why", "kept")


@dataclass(frozen=True)
class Fixed:
    """What was written.

    Args:
        output: the copy: a file, or a folder of parts.
        log: the table of all rows that are not as they were.
        n_rows: rows of the copy.
        n_dropped: rows that it lacks.
        n_relabelled: labels that are others now.
    """

    output: Path
    log: Path
    n_rows: int
    n_dropped: int
    n_relabelled: int

    def to_json(self) -> dict[str, Any]:
        """Give plain values, as ``luodi audit --fix --json`` prints them."""
        return {**asdict(self), "output": str(self.output), "log": str(self.log)}


@dataclass(frozen=True)
class _Copy:
    """One table and the place of its copy; its rows are those of the audited set from ``start`` on."""

    original: Path
    output: Path
    start: int
    n: int
    wanted: Wanted
    opening: Mapping[str, Any]


def write_fixed(
    audited: Audited, source: str | Path, output: str | Path, *, labels_above: float | None = None,
    without_leaks: bool = False, progress: Progress | None = None, **reading: Any,
) -> Fixed:  # fmt: skip
    """Write a copy of a table without what can safely be mended; the original is never touched.

    Every column and the order of the rows stay. Safe fixes are done; labels that a check proposes only where they are
    sure enough. What was dropped or relabelled stands in ``OUTPUT.log.csv``. All of it appears when it is whole.

    Args:
        audited: what ``audit`` found in ``source``.
        source: the table, or the folder of parts.
        output: the copy: ``.csv``, ``.tsv`` or ``.jsonl``; for a folder of parts, a folder.
        labels_above: take over proposed labels that are at least so sure, 0 to 1; None: none of them.
        without_leaks: drop rows to learn from that stand in validation or the test too.
        progress: who is told.
        reading: how the audit read ``source``: text, labels, group, time, sheet, delimiter, encoding.

    Raises:
        RecipeError: the output is the original under another name, of a kind that is not written, or not free.
        DataError: the source is no longer what was audited.
        LuodiError: the output cannot be written.
    """
    source, output, progress = Path(source), Path(output), progress or Silent()
    log = require_writable(source, output)
    cure = remedies(audited, labels_above=labels_above, without_leaks=without_leaks)
    n_neutralised = 0
    with ExitStack() as drafts:  # every file is written before the first one gets its name
        if source.is_dir() and not output.exists():
            output.mkdir(parents=True)
            drafts.push(lambda *fault: _remove_empty(output) if fault[0] else None)
        elsewhere = t("--fix with another place")
        _write_log(drafts.enter_context(whole(log, elsewhere=elsewhere)), audited.data, cure)
        for one in _copies(audited, source, output, reading):
            stream = drafts.enter_context(whole(one.output, elsewhere=elsewhere))
            n_neutralised += _write_copy(stream, one, audited.data, cure, progress)
    if n_neutralised:
        said = t("cells that a spreadsheet would run as formulas, which got a ' in front: {n:,}; .jsonl keeps them as "
                 "they are", n=n_neutralised)  # fmt: skip
        progress.note(said)
    return Fixed(output, log, len(audited.data) - len(cure.drops), len(cure.drops), len(cure.labels))


def require_writable(source: Path, output: Path) -> Path:
    """Refuse a place for the copy that is the original, of a kind that is not written, or taken; give that of its log.

    Raises:
        RecipeError: it cannot be there.
    """
    if not output.name:  # "", "." and "/" name no place of their own
        raise RecipeError(t("{path} is a folder, a file is to be written", path=output), fix="--fix fixed.csv")
    originals = list(find_parts(source).values()) if source.is_dir() else [source]
    log = output.with_name(output.name + _LOG)
    if source.is_dir():
        outputs = [_part_output(original, output) for original in originals]
        _require_folder(source, output, {one.name for one in outputs})
    else:
        outputs = [output]
        if output.suffix.lower() not in KINDS:
            raise RecipeError(
                t("the fixed copy is written as {kinds}", kinds=", ".join(KINDS)), found=str(output),
                fix=f"--fix {output.with_suffix('.csv')}",
            )  # fmt: skip
    for original in originals:
        for place in (*outputs, log):
            if place.exists() and original.exists() and place.samefile(original):
                raise RecipeError(
                    t("{path} is the original, which is never written to", path=original),
                    found=str(place), fix=t("--fix with another place"),
                )  # fmt: skip
    for place in (*outputs, log):
        if place.is_dir():
            raise RecipeError(t("{path} is a folder, a file is to be written", path=place), fix=f"--fix {place}.csv")
    return log


def _require_folder(source: Path, output: Path, ours: set[str]) -> None:
    """Refuse a place that cannot be the folder of the fixed parts: they would mix with what is there."""
    if output.suffix.lower() in SUFFIXES or (output.exists() and not output.is_dir()):
        raise RecipeError(
            t("{source} is a folder of parts: its fixed copy is a folder too", source=source), found=str(output),
            fix=f"--fix {output.with_suffix('')}",
        )  # fmt: skip
    others = sorted(one.name for one in output.iterdir() if one.name not in ours) if output.is_dir() else []
    if others and not output.samefile(source):
        raise RecipeError(
            t("the folder {path} holds other files", path=output), found=", ".join(others[:8]),
            fix=t("--fix with another place"),
        )  # fmt: skip
    if others:
        raise RecipeError(t("{path} is the original, which is never written to", path=source),
                          fix=t("--fix with another place"))  # fmt: skip


def _part_output(original: Path, folder: Path) -> Path:
    return folder / f"{original.stem}{_LIKE.get(original.suffix.lower(), '.csv')}"


def _copies(audited: Audited, source: Path, output: Path, reading: Mapping[str, Any]) -> Iterator[_Copy]:
    """Give each table with its place in the audited set; all are opened as the audit opened them."""
    opening = {key: value for key, value in reading.items() if key in ("sheet", "delimiter", "encoding")}
    columns = {key: value for key, value in reading.items() if key in ("text", "labels", "group", "time")}
    originals = find_parts(source) if source.is_dir() else {next(iter(audited.parts)): source}
    start = 0
    for part, n in audited.parts.items():
        if part not in originals:
            raise _changed(source)
        named = {**columns, "labels": tuple(audited.data.labels)} if start else columns
        place = _part_output(originals[part], output) if source.is_dir() else output
        yield _Copy(originals[part], place, start, n, Wanted.of(**named, paired=None), opening)
        start += n


def _write_copy(stream: Out, one: _Copy, data: Dataset, cure: Remedies, progress: Progress) -> int:
    """Write the rows that stay, with the labels that they get; give the number of cells that were neutralised."""
    table = open_table(one.original, known=one.wanted.names(), **one.opening)
    columns = recognise(table, wanted=one.wanted)
    writer = make_writer(stream, table, suffix=one.output.suffix.lower(), option="--fix")
    at, end = one.start, one.start + one.n
    title = t("writing {file}", file=one.output.name)
    with progress.work(title, total=table.n_bytes, unit=t("bytes")) as bar:
        for row, given in table.stood(bar):
            if at == end or int(data.line_of[at]) != row.line:  # the audit was given rows without this one
                writer.write(row, given, {})
                continue
            if at not in cure.drops:
                cells = ((place, cure.labels.get((at, head))) for head, place in columns.labels.items())
                writer.write(row, given, {place: str(fix.label) for place, fix in cells if fix is not None})
            at += 1
    if at != end:
        raise _changed(one.original)
    return writer.n_neutralised


def _write_log(stream: Out, data: Dataset, cure: Remedies) -> None:
    """Write what happened to which row, in the order of the rows."""
    writer = CsvRows(stream, delimiter=",")
    writer.write(_HEADINGS)
    only = next(iter(data.labels)) if len(data.labels) == 1 else None
    rows: list[tuple[int, str, Sequence[str | None]]] = []
    for row, fix in cure.drops.items():
        label = data.labels[only][row] if only is not None else None
        kept = data.origin(fix.kept) if fix.kept is not None else None
        rows.append((row, "", ("dropped", None, label, None, fix.why, kept)))
    for (row, head), fix in cure.labels.items():
        rows.append((row, head, ("relabelled", head, data.labels[head][row], fix.label, fix.why, None)))
    for row, _, cells in sorted(rows, key=lambda one: one[:2]):
        writer.write((data.origin(row), *cells))


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _changed(place: Path) -> DataError:
    return DataError(
        t("data: {file} is no longer what was audited", file=os.path.basename(place)),
        fix=t("leave the file alone while luodi works, and run it again"),
    )
