"""A table with the answers in it: every column of the original, the new labels in the label column."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from luodi.auditing.writers import make_writer
from luodi.data import Row, Wanted, open_table, recognise, row_text
from luodi.data.cells import as_label
from luodi.data.columns import holds
from luodi.data.whole import whole
from luodi.errors import DataError, RecipeError
from luodi.labelling.answers import text_key
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from luodi.data import Table
    from luodi.labelling.answers import Answer
    from luodi.labelling.source import Source

#: What tables are written as.
KINDS = (".csv", ".tsv", ".jsonl")
#: One row: its cells by column, the object that it stood in, where the table is JSON, and its new label.
_Said = tuple[dict[str, str | None], "Mapping[str, Any] | None", str | None]


@dataclass(frozen=True)
class Merged:
    """What was written.

    Args:
        output: the new table.
        rows: how many it has.
        answers: labels that were given to a text of the table.
        changed: rows whose label is another one now, or that had none.
        added: rows that came from the second table.
        elsewhere: labels that were given to a text that is in neither table now.
        neutralised: cells that got a quote in front, so that no spreadsheet runs them.
    """

    output: str
    rows: int
    answers: int
    changed: int
    added: int
    elsewhere: int
    neutralised: int

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``luodi label --export --json``."""
        return asdict(self)


def merge(
    path: Path,
    output: Path,
    *,
    source: Source,
    answers: Mapping[str, Answer],
    journal: Path,
    unlabelled: Path | None = None,
    progress: Progress | None = None,
    **opening: Any,
) -> Merged:
    """Write a table with the answers in its label column, whole or not at all; the original is never touched.

    A label goes to every row with its text. Of the second table, rows that were given a label are added at the end,
    cells going to the columns of their names; its columns that the first lacks come last.

    Args:
        path: the table that ``source`` was read from.
        output: the new table, .csv, .tsv or .jsonl.
        source: its rows.
        answers: what stands, by ``text_key``.
        journal: the file that they were read from.
        unlabelled: the second table, where ``source`` has one.
        progress: who is told.
        opening: ``sheet``, ``delimiter``, ``encoding`` and ``text`` (the text columns), as the table was read with.

    Raises:
        RecipeError: the output is one of the tables, the journal, or of another kind.
        DataError: nothing was answered, or a row has a field that has no column.
        LuodiError: it cannot be written.
    """
    given = {key: answer.label for key, answer in answers.items() if answer.label is not None}
    _require_writable(output, (path, journal, *([unlabelled] if unlabelled else [])))
    known = set(source.keys)
    if not known & set(given):
        raise DataError(
            t("labels: there is no answer to a text of {file} yet", file=path.name),
            found=t("{n} answers to other texts", n=len(given)) if given else None,
            fix=t("label some rows first: luodi label {file}", file=path),
        )
    first = _Part(path, source, given, opening)
    parts = [first]
    if unlabelled is not None:
        parts.append(_Part(unlabelled, source, given, {"text": opening.get("text")}, first=first))
    columns = tuple(dict.fromkeys(column for part in parts for column in part.columns))
    counts = [0, 0]
    with whole(output, elsewhere="--export labelled.csv") as stream:
        merged = replace(first.table, columns=columns)
        writer = make_writer(stream, merged, suffix=output.suffix.lower(), option="--export")
        for place, part in enumerate(parts):
            for line, (cells, stood, label) in part.rows(progress or Silent()):
                new = {} if label is None else {columns.index(first.head): label}
                writer.write(Row(line, tuple(cells.get(column) for column in columns)), stood, new)
                counts[place] += 1
    return Merged(
        str(output), sum(counts), len(known & set(given)), sum(part.n_changed for part in parts), counts[1],
        len(set(given) - known), writer.n_neutralised,
    )  # fmt: skip


class _Part:
    """One of the two tables, as it goes into the new one; the second gives only rows that have a label now."""

    def __init__(
        self, path: Path, source: Source, given: Mapping[str, str], opening: Mapping[str, Any], *,
        first: _Part | None = None,
    ) -> None:  # fmt: skip
        opening, head = dict(opening), source.head
        text = opening.pop("text", None)
        self.table: Table = open_table(path, known=(head, *(text or ())), **opening)
        is_there = holds(self.table, [head])
        found = recognise(self.table, wanted=Wanted.of(text=text, labels=(head,) if is_there else ()))
        self.columns = _distinct(self.table.columns)
        self.places = found.text
        self.text = [self.columns[place] for place in found.text]
        self.head = self.columns[found.labels[head]] if is_there else head
        self.called: dict[str, str] = {}
        self.like: Any = first.like if first is not None else _first_label(self.table, found.labels.get(head))
        self.is_pool = first is not None
        if first is not None:
            self._rename(first)
        elif not is_there:
            self.columns.append(self.head)
        self.given, self.cleaners = given, source.data.cleaned
        self.n_changed = 0

    def _rename(self, first: _Part) -> None:
        """Call the text columns and the label column as the first table does."""
        if len(self.text) != len(first.text):
            raise RecipeError(
                t("the texts of {one} come from {n} columns, those of {other} from {m}", one=first.table.place,
                  n=len(first.text), other=self.table.place, m=len(self.text)),
                fix=t("name columns that both have: --text COLUMN"),
            )  # fmt: skip
        called = dict(zip((*self.text, self.head), (*first.text, first.head), strict=True))
        others = _distinct([*called.values(), *(column for column in self.columns if column not in called)])[
            len(called) :
        ]
        apart = iter(others)
        new = [called[column] if column in called else next(apart) for column in self.columns]
        self.called = dict(zip(self.table.columns, new, strict=True))
        self.columns, self.head = new, first.head

    def rows(self, progress: Progress) -> Iterator[tuple[int, _Said]]:
        """Give each row with its line; rows are known by their texts, as answers are."""
        title = t("merging {place}", place=self.table.place)
        with progress.work(title, total=self.table.n_bytes, unit=t("bytes")) as bar:
            for row, stood in self.table.stood(bar):
                text = row_text(row.cells, self.places, cleaners=self.cleaners)
                label = None if text is None else self.given.get(text_key(text))
                if label is not None or not self.is_pool:
                    yield row.line, self._said(row, stood, label)

    def _said(self, row: Row, stood: Mapping[str, Any] | None, label: str | None) -> _Said:
        cells = dict(zip(self.columns, row.cells, strict=False))
        old = as_label(cells.get(self.head))
        if stood is not None:
            stood = {self.called.get(name, name): value for name, value in stood.items()}
        if label is None or label == old:  # it stays as it stood, also where that is "1.0" or "True"
            return cells, stood, None
        self.n_changed += 1
        if old is None and self.like is not None:
            stood = {**(cells if stood is None else stood), self.head: self.like}
        return cells, stood, label


def _first_label(table: Table, place: int | None) -> Any:
    """Give the first label as it stands in a table of JSON: new ones are of its kind, a number or a text."""
    if table.objects is None or place is None:
        return None
    with Silent().work("", total=None, unit="") as nobody:
        labels = (stood[table.columns[place]] for row, stood in table.objects(nobody) if as_label(row.cells[place]))
        return next(labels, None)


def _distinct(columns: Sequence[str]) -> list[str]:
    """Name columns apart that bear one name."""
    names: list[str] = []
    for column in columns:
        name, n = column, 1
        while name in names:
            n += 1
            name = f"{column}_{n}"
        names.append(name)
    return names


def _require_writable(output: Path, originals: Sequence[Path]) -> None:
    if output.suffix.lower() not in KINDS:
        raise RecipeError(
            t("labelled rows are written as {kinds}", kinds=", ".join(KINDS)), found=str(output),
            fix="--export labelled.csv",
        )  # fmt: skip
    for original in originals:
        if output.exists() and original.exists() and output.samefile(original):
            raise RecipeError(
                t("{path} is the original, which is never written to", path=original), fix="--export labelled.csv"
            )
