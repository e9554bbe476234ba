"""Writes answers as a table that ``luodi.read`` takes; what a person said is right replaces what was answered."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from luodi.data.csv_rows import CsvRows
from luodi.data.kinds import is_span
from luodi.data.pair import halves, is_pair
from luodi.data.whole import whole
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from luodi.data.whole import Out
    from luodi.store.answered import Kept
    from luodi.store.store import Store
    from luodi.store.wanted import Wanted

#: Answers in memory at once.
_PAGE = 200
KINDS = (".csv", ".tsv", ".jsonl")
#: What stands beside the text and its labels.
_BESIDE = ("id", "answered_at", "model", "bundle", "tier", "probability", "corrected")


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        rows: in the table.
        corrected: of them, those that a person corrected.
        textless: answers that are not in it, because their texts were not kept.
        heads: the columns of labels.
        neutralised: cells that a spreadsheet would run, which have a quote in front now.
    """

    rows: int
    corrected: int
    textless: int
    heads: tuple[str, ...]
    neutralised: int


@dataclass(frozen=True)
class _Shape:
    """The columns: of texts, of a pair two; of each head; and what stands beside them."""

    texts: tuple[str, ...]
    heads: Mapping[str, str]
    beside: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.texts, *self.heads.values(), *self.beside.values())


def export(store: Store, output: Path, *, wanted: Wanted) -> Exported:
    """Write the answers that are wanted, the newest first, however many there are.

    They are read twice, a few at a time: for the columns, then for the rows.

    Args:
        store: holds them.
        output: ends in .csv, .tsv or .jsonl.
        wanted: which; its ``limit`` and ``before`` are not minded.

    Raises:
        RecipeError: the output's ending is another one.
        DataError: no such answer was kept with its text; or some are of a pair and some are not.
        LuodiError: the output cannot be written; what stood there before is as it was.
    """
    if output.suffix.lower() not in KINDS:
        raise RecipeError(
            t("answers are written as {kinds}", kinds=", ".join(KINDS)), found=str(output), fix="-o answers.csv"
        )
    newest = store.look(replace(wanted, limit=1, before=None))
    if newest:  # what comes in meanwhile is not in the table
        wanted = replace(wanted, until=_just_behind(newest[0].answered.at, wanted.until))
    shape = _shape(store, wanted)
    n = n_corrected = n_textless = 0
    with whole(output, elsewhere=t("name another place with -o")) as stream:
        write, neutralised = _WRITERS[output.suffix.lower()](stream, shape)
        for kept in _pages(store, wanted):
            if kept.answered.text is None:
                n_textless += 1
                continue
            write(kept)
            n += 1
            n_corrected += bool(kept.corrections)
    return Exported(n, n_corrected, n_textless, tuple(shape.heads), neutralised())


def _just_behind(at: float, until: float | None) -> float:
    return min(math.nextafter(at, math.inf), math.inf if until is None else until)


def _pages(store: Store, wanted: Wanted) -> Iterator[Kept]:
    """Give answers, the newest first; no transaction lasts longer than a page."""
    wanted = replace(wanted, limit=_PAGE, before=None)
    while page := store.look(wanted):
        yield from page
        wanted = replace(wanted, before=(page[-1].answered.at, page[-1].answered.id))


def _shape(store: Store, wanted: Wanted) -> _Shape:
    heads: dict[str, None] = {}
    pairs = set()
    for kept in _pages(store, wanted):
        if kept.answered.text is not None:
            heads.update(dict.fromkeys([*kept.answered.answers, *kept.right()]))
            pairs.add(is_pair(kept.answered.text))
    if not pairs:
        raise DataError(
            t("no answer that was asked for is kept with its text"), fix=t("keep texts: luodi serve --keep-texts")
        )
    if len(pairs) > 1:
        raise DataError(t("some of these answers are of pairs and some of single texts"), fix="--model NAME")
    texts = ("text1", "text2") if pairs.pop() else ("text",)
    taken = set(texts)
    named = {head: _free(head, taken) for head in heads}
    return _Shape(texts, named, {name: _free(name, taken) for name in _BESIDE})


def _free(name: str, taken: set[str]) -> str:
    """Give a name that no column has yet."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _row(kept: Kept, shape: _Shape) -> dict[str, Any]:
    """Give what stands in the columns of an answer, as plain JSON."""
    one, right = kept.answered, kept.right()
    assert one.text is not None  # rows without are passed over
    texts = halves(one.text) if len(shape.texts) == 2 else (one.text,)
    labels = {
        column: right[head] if head in right else label_of(one.answers.get(head))
        for head, column in shape.heads.items()
    }
    beside = {
        "id": one.id, "answered_at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="milliseconds"),
        "model": one.model, "bundle": one.bundle, "tier": one.tier, "probability": round(one.probability, 6),
        "corrected": bool(kept.corrections),
    }  # fmt: skip
    named = {column: beside[name] for name, column in shape.beside.items()}
    return {**dict(zip(shape.texts, texts, strict=True)), **labels, **named}


def label_of(answer: Any) -> Any:
    """Give the label of an answer as ``luodi.read`` takes it: a label, a list of labels, or a list of spans.

    >>> label_of({"label": "a", "probability": 0.9}), label_of([{"label": "a", "probability": 0.9}])
    ('a', ['a'])
    >>> label_of([{"label": "a", "probability": 0.9, "start": 0, "end": 2, "text": "好好"}])
    [[0, 2, 'a']]
    """
    if isinstance(answer, dict):
        return answer.get("label")
    if isinstance(answer, list):
        return [[one["start"], one["end"], one["label"]] if is_span(one) else one.get("label") for one in answer]
    return answer


def _delimited(stream: Out, shape: _Shape, *, delimiter: str) -> tuple[Callable[[Kept], None], Callable[[], int]]:
    rows = CsvRows(stream, delimiter=delimiter)
    rows.write(shape.columns)

    def write(kept: Kept) -> None:
        rows.write([_cell(value) for value in _row(kept, shape).values()])

    return write, lambda: rows.n_neutralised


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return write_json(value)


def _json_lines(stream: Out, shape: _Shape) -> tuple[Callable[[Kept], None], Callable[[], int]]:
    def write(kept: Kept) -> None:
        stream.write(write_json(_row(kept, shape)) + "\n")

    return write, lambda: 0


_WRITERS: dict[str, Callable[[Out, _Shape], tuple[Callable[[Kept], None], Callable[[], int]]]] = {
    ".csv": lambda stream, shape: _delimited(stream, shape, delimiter=","),
    ".tsv": lambda stream, shape: _delimited(stream, shape, delimiter="\t"),
    ".jsonl": _json_lines,
}
