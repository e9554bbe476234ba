"""Answers whole files and streams: bounded memory, the order kept, the output whole or not there."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from luodi.data import Table, Wanted, open_table, recognise
from luodi.errors import LuodiError, RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.bundle.runner import Runner
    from luodi.progress import Progress
    from luodi.tasks import Prediction

_WINDOW = 4096
#: A spreadsheet runs a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answer_lines(predictor: Runner, lines: Iterable[str], out: IO[str], *, as_json: bool) -> None:
    """Answer one text a line, as they come."""
    texts = (line.rstrip("\r\n") for line in lines)
    while chunk := list(islice(texts, 64)):
        for text, answer in zip(chunk, predictor.predict(chunk), strict=True):
            said = {"text": text, **answer.to_json()}
            out.write(json.dumps(said, ensure_ascii=False) + "\n" if as_json else _as_line(answer, text))
        out.flush()


def answer_file(
    predictor: Runner, file: Path, output: Path | None, *, as_json: bool, progress: Progress,
    text: Sequence[str] | None = None, **reading: Any,
) -> None:  # fmt: skip
    """Answer every row of a table, the answers beside its columns.

    Args:
        predictor: answers.
        file: the table.
        output: a file whose ending says its kind; standard output where None, as csv or, with ``as_json``, jsonl.
        as_json: write JSON lines to standard output.
        progress: who is told.
        text: the text columns, where their names do not say so.
        reading: sheet, delimiter, encoding.

    Raises:
        DataError: the table cannot be read, or has no text column.
        LuodiError: the output cannot be written; what was there before is as it was.
    """
    table = open_table(file, **reading)
    columns = recognise(table, wanted=Wanted.of(text=text, labels=(), group=None, time=None))
    kind = _kind(output, as_json)
    start, n = time.monotonic(), 0
    with (
        _whole(output) as stream,
        progress.work(t("answering {file}", file=file.name), total=table.n_bytes, unit=t("bytes")) as bar,
    ):
        write = _WRITERS[kind](stream, table, predictor)
        rows = table.rows(bar)
        while window := list(islice(rows, _WINDOW)):
            texts = ["\n".join(row.cells[place] or "" for place in columns.text) for row in window]
            for row, said, answer in zip(window, texts, predictor.predict(texts), strict=True):
                write(row.cells, said, answer)
            n += len(window)
    seconds = time.monotonic() - start
    progress.note(t("{n:,} rows in {seconds:.1f} s: {rate:,.0f} rows/s", n=n, seconds=seconds, rate=n / seconds))


Write = Callable[["Sequence[str | None]", str, "Prediction"], None]


def _csv_writer(stream: IO[str], table: Table, predictor: Runner, *, delimiter: str = ",") -> Write:
    heads = [head.name for head in predictor.bundle.task.heads]
    taken = set(table.columns)
    names = [name for head in heads for name in (_free(head, taken), _free(f"{head}_probability", taken))]
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow([_neutral(cell) for cell in (*table.columns, *names)])

    def write(cells: Sequence[str | None], _: str, answer: Prediction) -> None:
        said: list[Any] = [answer.answers[head] for head in heads]
        added = [cell for one in said for cell in (_neutral(str(one.label)), f"{one.probability:.4f}")]
        writer.writerow([*(_neutral(cell or "") for cell in cells), *added])

    return write


def _tsv_writer(stream: IO[str], table: Table, predictor: Runner) -> Write:
    return _csv_writer(stream, table, predictor, delimiter="\t")


def _json_writer(stream: IO[str], table: Table, predictor: Runner) -> Write:
    said = ("abstained", "tier", *(head.name for head in predictor.bundle.task.heads))
    taken = {*table.columns, *said}
    names = [_free(f"{name}_given", taken) if name in said else name for name in table.columns]

    def write(cells: Sequence[str | None], text: str, answer: Prediction) -> None:
        row = dict(zip(names, cells, strict=False))
        stream.write(json.dumps({**row, "text": text, **answer.to_json()}, ensure_ascii=False) + "\n")

    return write


_WRITERS: dict[str, Callable[[IO[str], Table, Runner], Write]] = {
    ".csv": _csv_writer,
    ".tsv": _tsv_writer,
    ".jsonl": _json_writer,
}


def _kind(output: Path | None, as_json: bool) -> str:
    if output is None:
        return ".jsonl" if as_json else ".csv"
    if output.suffix.lower() not in _WRITERS:
        raise RecipeError(
            t("answers are written as {kinds}", kinds=", ".join(_WRITERS)), found=str(output), fix="-o answers.csv"
        )
    return output.suffix.lower()


@contextmanager
def _whole(output: Path | None) -> Iterator[IO[str]]:
    """Give a stream whose content appears under the output's name when the block ends well, and not otherwise."""
    if output is None:
        yield sys.stdout
        return
    draft = output.with_name(f".{output.name}.part")
    try:
        mark = "utf-8-sig" if output.suffix.lower() == ".csv" else "utf-8"  # spreadsheets want the mark
        with draft.open("w", encoding=mark, newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(output)
    except OSError as failed:
        raise LuodiError(
            t("{place} cannot be written", place=output), found=failed.strerror, fix=t("name another place with -o")
        ) from failed
    finally:
        draft.unlink(missing_ok=True)


def _neutral(cell: str) -> str:
    """Keep a spreadsheet from running a cell: what looks like a formula gets a quote in front, numbers do not."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _free(name: str, taken: set[str]) -> str:
    """Give a name that no column has yet."""
    while name in taken:
        name = f"{name}_answer" if not name.endswith("_answer") else f"{name}_"
    taken.add(name)
    return name


def _as_line(answer: Prediction, text: str) -> str:
    heads: list[Any] = list(answer.answers.values())
    return "\t".join([*(f"{one.label}\t{one.probability:.4f}" for one in heads), text]) + "\n"
