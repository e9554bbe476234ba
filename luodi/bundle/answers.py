"""Answers whole files and streams: bounded memory, the order kept, the output whole or not there."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from luodi.bundle.rows import open_texts
from luodi.data import pair, row_text
from luodi.data.csv_rows import CsvRows
from luodi.data.whole import whole
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from luodi.bundle.bundle import Bundle
    from luodi.bundle.runner import Runner
    from luodi.data import Columns, Table
    from luodi.data.whole import Out
    from luodi.progress import Progress
    from luodi.tasks import Prediction


def answer_lines(predictor: Runner, lines: Iterable[Sequence[str]], out: IO[str], *, as_json: bool) -> None:
    """Answer one text a line, as they come; of pairs the first tab parts the two texts.

    Args:
        predictor: answers.
        lines: those that have arrived, time after time; they are answered together.
        out: gets the answers, and is flushed before more lines are waited for.
        as_json: write JSON lines.
    """
    is_paired = predictor.bundle.task.paired
    for said_in in lines:
        texts = [pair(*_parted(line)) for line in said_in] if is_paired else said_in
        for said, answer in zip(said_in, predictor.predict(texts), strict=True):
            out.write(write_json({"text": said, **answer.to_json()}) + "\n" if as_json else _as_line(answer, said))
        out.flush()


def _parted(line: str) -> list[str]:
    """Part a line into the two texts of a pair.

    Raises:
        DataError: no tab stands between them.
    """
    if "\t" not in line:
        raise DataError(t("a line holds no tab between its two texts"), found=line[:80])
    return line.split("\t", 1)


def _one(cells: Sequence[str | None], places: tuple[int, ...]) -> str:
    return row_text(tuple(cells), places) or ""


def _both(cells: Sequence[str | None], places: tuple[int, ...]) -> str:
    """Give the pair of a row; what is empty stays empty, and the other text is what it was."""
    return pair(*(row_text(tuple(cells), (place,)) or "" for place in places))


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
    table, columns = open_texts(predictor.bundle, file, text=text, **reading)
    kind, text_of = _kind(output, as_json), _both if columns.paired else _one
    start, n = time.monotonic(), 0
    with (
        _stream(output) as stream,
        progress.work(t("answering {file}", file=file.name), total=table.n_bytes, unit=t("bytes")) as bar,
    ):
        write = _WRITERS[kind](stream, table, columns, bundle=predictor.bundle)
        asked: deque[tuple[Sequence[str | None], Mapping[str, Any] | None]] = deque()  # until they are answered

        def texts() -> Iterator[str]:
            for row, given in table.stood(bar):
                asked.append((row.cells, given))
                yield text_of(row.cells, columns.text)  # as the training read them

        for answer in predictor.stream(texts()):
            cells, given = asked.popleft()
            said = "\n".join(cells[place] or "" for place in columns.text)
            write(cells, given, said, answer.behind(len(said) - len(said.lstrip())))
            n += 1
    seconds = time.monotonic() - start
    progress.note(t("{n:,} rows in {seconds:.1f} s: {rate:,.0f} rows/s", n=n, seconds=seconds, rate=n / seconds))


#: Writes one row: its cells, the object that it stood in, the text that was answered, the answer.
Write = Callable[["Sequence[str | None]", "Mapping[str, Any] | None", str, "Prediction"], None]


def _csv_writer(stream: Out, table: Table, _: Columns, *, bundle: Bundle, delimiter: str = ",") -> Write:
    """Write cells, then label and probability of each head; where the bundle may abstain, whether it does."""
    heads, abstains = [head.name for head in bundle.task.heads], bool(bundle.manifest.thresholds)
    taken = set(table.columns)
    names = [name for head in heads for name in (_free(head, taken), _free(f"{head}_probability", taken))]
    names += [_free("abstained", taken)] if abstains else []
    rows = CsvRows(stream, delimiter=delimiter)
    rows.write((*table.columns, *names))

    def write(cells: Sequence[str | None], _: Mapping[str, Any] | None, __: str, answer: Prediction) -> None:
        said: list[Any] = [answer.answers[head] for head in heads]
        added = [cell for one in said for cell in (str(one.label), f"{one.probability:.4f}")]
        added += [str(answer.abstained).lower()] if abstains else []
        rows.write((*cells, *added))

    return write


def _tsv_writer(stream: Out, table: Table, columns: Columns, *, bundle: Bundle) -> Write:
    return _csv_writer(stream, table, columns, bundle=bundle, delimiter="\t")


def _json_writer(stream: Out, table: Table, columns: Columns, *, bundle: Bundle) -> Write:
    """Write objects: what was read under its own names and, from a JSON file, as it stood; then the answer."""
    said = ["abstained", "tier", *(head.name for head in bundle.task.heads)]
    if [table.columns[place] for place in columns.text] != ["text"]:
        said.append("text")  # a column of that name holds something else than the text that is answered
    taken = {*table.columns, *said, "text"}
    other = {name: _free(f"{name}_given", taken) for name in said}
    names: list[str] = []
    for name in table.columns:
        name = other.get(name, name)
        names.append(_free(f"{name}_given", taken) if name in names else name)

    def write(cells: Sequence[str | None], given: Mapping[str, Any] | None, text: str, answer: Prediction) -> None:
        row = dict(zip(names, cells, strict=False))
        if given is not None:
            row = {other.get(name, name): value for name, value in given.items()}
        stream.write(write_json({**row, "text": text, **answer.to_json()}) + "\n")

    return write


_WRITERS: dict[str, Callable[..., Write]] = {
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


def _stream(output: Path | None) -> AbstractContextManager[Out]:
    """Give where the answers go: a file that appears when it is whole, or standard output."""
    return nullcontext(sys.stdout) if output is None else whole(output, elsewhere=t("name another place with -o"))


def _free(name: str, taken: set[str]) -> str:
    """Give a name that no column has yet."""
    while name in taken:
        name = f"{name}_answer" if not name.endswith("_answer") else f"{name}_"
    taken.add(name)
    return name


def _as_line(answer: Prediction, text: str) -> str:
    heads: list[Any] = list(answer.answers.values())
    guess = "? " if answer.abstained else ""
    return "\t".join([*(f"{guess}{one.label}\t{one.probability:.4f}" for one in heads), text]) + "\n"
