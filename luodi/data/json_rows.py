"""Reads json (an array of objects) and jsonl (an object a line), keeping the line of each."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from luodi.data.cells import plain
from luodi.data.encoding import detect, n_bytes_read, open_text
from luodi.data.rows import Row, Table
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from luodi.progress import Bar

#: Objects looked at for the names of columns.
_LOOKED_AT = 5000
_REPORT_EVERY = 1024
_REPORT_BYTES = 1 << 16
_SPACE = re.compile(r"[\s,]*")

#: An object, the line where it begins, and how many bytes lie before it (about).
_Found = tuple[int, Any, int]


def open_jsonl(path: Path, *, encoding: str | None = None) -> Table:
    """Open a file with an object on each line; it is read in bounded memory.

    Raises:
        DataError: a line is no JSON or no object, or there is none.
    """
    encoding = encoding or detect(path)
    return _table(path, lambda: _lines(path, encoding))


def open_json(path: Path, *, encoding: str | None = None) -> Table:
    """Open a file with an array of objects, itself or as a value of its only object (``{"data": [...]}``).

    The text is held in memory while it is read, the objects are not.

    Raises:
        DataError: the file is no JSON, or holds no array of objects.
    """
    encoding = encoding or detect(path)
    return _table(path, lambda: _items(path, encoding))


def _table(path: Path, find: Callable[[], Iterator[_Found]]) -> Table:
    columns = _columns(item for _, item, _ in islice(find(), _LOOKED_AT))
    if not columns:
        raise DataError(
            t("data: {file} holds no rows", file=path.name), fix=t("save the file again with its rows in it")
        )

    def objects(bar: Bar) -> Iterator[tuple[Row, dict[str, Any]]]:
        done = 0
        for line, item, at in find():
            row = item if isinstance(item, dict) else {"text": item}
            yield Row(line, tuple(plain(row.get(column)) for column in columns)), row
            if at - done >= _REPORT_BYTES:
                bar.advance(at - done)
                done = at
        bar.advance(path.stat().st_size - done)

    def stream(bar: Bar) -> Iterator[Row]:
        return (row for row, _ in objects(bar))

    return Table(path.name, columns, path.stat().st_size, stream, objects=objects)


def _columns(items: Iterable[Any]) -> tuple[str, ...]:
    """Gather the keys of objects in order of appearance; a plain string is a text."""
    found: dict[str, None] = {}
    for item in items:
        found.update(dict.fromkeys(item if isinstance(item, dict) else ("text",)))
    return tuple(found)


def _lines(path: Path, encoding: str) -> Iterator[_Found]:
    with open_text(path, encoding=encoding) as text:
        for number, line in enumerate(text, 1):
            if not (stripped := line.strip("\ufeff \t\r\n")):
                continue
            try:
                item = json.loads(stripped)
            except (ValueError, RecursionError) as fault:
                raise _no_json(path, number, stripped) from fault
            yield number, _row(item, path, number), n_bytes_read(text) if number % _REPORT_EVERY == 0 else 0


def _items(path: Path, encoding: str) -> Iterator[_Found]:
    with open_text(path, encoding=encoding) as stream:
        text = stream.read().lstrip("\ufeff")
    decoder = json.JSONDecoder()
    try:
        at = _array_start(text, decoder)
    except (ValueError, RecursionError) as fault:
        raise _no_json(path, text.count("\n", 0, getattr(fault, "pos", 0)) + 1, text.lstrip()) from fault
    if at is None:
        raise DataError(
            t("data: {file} holds no array of objects", file=path.name), found=text.lstrip()[:60],
            fix='[{"text": "...", "label": "..."}, ...]',
        )  # fmt: skip
    line, counted = 1, 0
    bytes_a_sign = path.stat().st_size / max(len(text), 1)
    while True:
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return
        line, counted = line + text.count("\n", counted, at), at
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as fault:
            raise _no_json(path, line, text[counted : counted + 80]) from fault
        yield line, _row(item, path, line), int(at * bytes_a_sign)


def _array_start(text: str, decoder: json.JSONDecoder) -> int | None:
    """Find where the array's first item begins: of the text itself, or of the first array in its object."""
    at = _skip(text, 0)
    if text[at : at + 1] == "[":
        return at + 1
    if text[at : at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at : at + 1] not in ("}", ""):
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            return None
        at = _skip(text, at + 1)
        if text[at : at + 1] == "[" and text[_skip(text, at + 1)] in '{"':
            return at + 1
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
    return None


def _skip(text: str, at: int) -> int:
    met = _SPACE.match(text, at)
    return met.end() if met else at


def _row(item: Any, path: Path, line: int) -> Any:
    if isinstance(item, (dict, str)):
        return item
    raise DataError(
        t("data: {file}, line {line}: a row is an object with a value for each column", file=path.name, line=line),
        found=json.dumps(item, ensure_ascii=False)[:80], fix='{"text": "...", "label": "..."}',
    )  # fmt: skip


def _no_json(path: Path, line: int, found: str) -> DataError:
    return DataError(
        t("data: {file}, line {line} is no JSON", file=path.name, line=line), found=found[:80],
        fix=t("write each row as an object, strings in double quotes, or give the rows as csv"),
    )  # fmt: skip
