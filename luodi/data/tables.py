"""Opens a file of rows, whatever its format: by what it holds, by its name where that leaves a choice."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from luodi.data.conll import SUFFIXES as TAGGED
from luodi.data.conll import open_conll
from luodi.data.delimited import open_delimited
from luodi.data.encoding import detect, open_text
from luodi.data.json_rows import open_json, open_jsonl
from luodi.data.parquet import open_parquet
from luodi.data.rows import Row, Table
from luodi.data.sheet import open_sheet
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SUFFIXES", "Row", "Table", "open_table"]

#: What files of rows end in.
SUFFIXES = (
    ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods",
    *TAGGED,
)  # fmt: skip

_SHEET, _PARQUET, _TEXT = "sheet", "parquet", "text"
_WEB_PAGE, _COMPRESSED, _FOREIGN = "web page", "compressed", "foreign"
#: How files of each kind begin.
_MAGIC = (
    (b"PK\x03\x04", _SHEET), (b"\xd0\xcf\x11\xe0", _SHEET), (b"PAR1", _PARQUET),
    (b"\x1f\x8b", _COMPRESSED), (b"BZh", _COMPRESSED), (b"\xfd7zXZ", _COMPRESSED), (b"7z\xbc\xaf", _COMPRESSED),
    (b"Rar!", _COMPRESSED), (b"\x28\xb5\x2f\xfd", _COMPRESSED), (b"%PDF", _FOREIGN), (b"SQLite format 3", _FOREIGN),
)  # fmt: skip


def open_table(
    path: str | Path,
    *,
    sheet: str | int | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    known: Sequence[str] = (),
) -> Table:
    """Open a csv, tsv, txt, json, jsonl, parquet or spreadsheet file, whichever it is in truth; or tagged words.

    Args:
        path: the file.
        sheet: of a spreadsheet, the sheet's name or its number from 1.
        delimiter: of a text file, what stands between cells; recognised unless named.
        encoding: of a text file; recognised unless named.
        known: names that the user says are columns; they help to tell a header from a row.

    Raises:
        DataError: there is no such file, it is a folder or empty, or it is none of these formats.
        MissingExtra: the package that reads the format is not installed.
    """
    path = Path(path)
    _require_file(path)
    kind = _kind(path)
    if kind == _SHEET:
        return open_sheet(path, sheet=sheet, known=known)
    if kind == _PARQUET:
        return open_parquet(path)
    if sheet is not None:
        raise DataError(
            t("data: {file} is no spreadsheet and has no sheets", file=path.name), fix=t("leave --sheet out")
        )
    if path.suffix.lower() in TAGGED:
        return open_conll(path, encoding=encoding)
    if delimiter is None:
        json_kind = _json_kind(path, encoding or detect(path))
        if json_kind is not None:
            return (open_json if json_kind == "json" else open_jsonl)(path, encoding=encoding)
    return open_delimited(path, delimiter=delimiter, encoding=encoding, known=known)


def _require_file(path: Path) -> None:
    """Refuse what is no file with anything in it."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as missing:
        raise _missing(path) from missing
    if path.is_dir():
        tables = sorted(one.name for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
        raise DataError(
            t("data: {path} is a folder, one file of rows is wanted", path=path),
            found=", ".join(tables[:8]) or t("no table in it"),
            fix=t("name one of its files") if tables else None,
        )
    if not path.is_file():
        raise DataError(t("data: {path} is no file", path=path))
    if size == 0:
        raise DataError(t("data: {file} is empty", file=path.name), fix=t("save the file again with its rows in it"))
    try:
        path.open("rb").close()
    except OSError as closed:
        raise DataError(t("data: {path} cannot be opened", path=path), found=closed.strerror) from closed


def _missing(path: Path) -> DataError:
    folder = path.parent
    try:
        there = [one.name for one in folder.iterdir()] if folder.is_dir() else None
    except OSError:
        there = None
    if there is None:
        return DataError(t("data: there is no folder {path}", path=folder))
    near = get_close_matches(path.name, there, n=3, cutoff=0.6)
    tables = sorted(name for name in there if Path(name).suffix.lower() in SUFFIXES)
    return DataError(
        t("data: there is no file {path}", path=path),
        found=", ".join(near or tables[:8]) or None,
        fix=t("did you mean {name}?", name=near[0]) if near else None,
    )


def _kind(path: Path) -> str:
    """Tell a file's kind by how it begins; refuse kinds that hold no rows."""
    with path.open("rb") as raw:
        head = raw.read(512)
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), _TEXT)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if kind == _TEXT and start.startswith((b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta")):
        kind = _WEB_PAGE
    if kind == _TEXT and path.suffix.lower() in (".xlsx", ".xlsm", ".xls") and b"\x00" in head:
        kind = _SHEET  # a damaged one: its reader says so
    if kind == _COMPRESSED:
        raise DataError(t("data: {file} is compressed", file=path.name), fix=t("unpack it first"))
    if kind == _WEB_PAGE:
        raise DataError(
            t("data: {file} is a web page or XML in truth, whatever its name says", file=path.name),
            found=head[:40].decode("utf-8", "replace"),
            fix=t("open it in the spreadsheet program and save it again, as xlsx or csv"),
        )
    if kind == _FOREIGN:
        raise DataError(
            t("data: {file} is no text and no kind of table that is known here", file=path.name),
            found=repr(head[:24]), fix=t("give csv, tsv, txt, json, jsonl, parquet or xlsx"),
        )  # fmt: skip
    return kind


def _json_kind(path: Path, encoding: str) -> str | None:
    """Tell ``json`` from ``jsonl`` from neither, by the first line that holds anything."""
    with open_text(path, encoding=encoding) as text:
        first = next((line for line in text if line.strip("\ufeff \t\r\n")), "").strip("\ufeff \t\r\n")
    named = path.suffix.lower() in (".json", ".jsonl", ".ndjson")
    if not first.startswith(("{", "[")):
        return "jsonl" if path.suffix.lower() != ".json" and named else None
    try:
        whole = json.loads(first)
    except (ValueError, RecursionError):
        return "jsonl" if named and path.suffix.lower() != ".json" and len(first) > 1 else "json" if named else None
    if isinstance(whole, dict):
        is_row = not any(isinstance(value, list) and value and isinstance(value[0], dict) for value in whole.values())
        return "jsonl" if is_row or path.suffix.lower() in (".jsonl", ".ndjson") else "json"
    return "json" if named or (whole and isinstance(whole[0], dict)) else None
