"""Reads spreadsheets: xlsx, xlsm, xlsb, xls, ods."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from luodi.data.cells import plain
from luodi.data.header import columns_of
from luodi.data.rows import Cell, Row, Table
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from luodi.progress import Bar

_LOOKED_AT = 1000
#: Title lines above the header that are passed over: lines with one cell where the table has more.
_TITLES = 3
_REPORT_EVERY = 1024
#: What a spreadsheet may hold when unpacked; one that claims more is an attack or no table of texts.
_LARGEST_BYTES = 4 << 30


def open_sheet(path: Path, *, sheet: str | int | None = None, known: Collection[str] = ()) -> Table:
    """Open one sheet of a spreadsheet; it is held in memory as the spreadsheet's reader keeps it.

    Args:
        path: the file.
        sheet: its name, or its number from 1; the first visible one that holds rows unless named.
        known: names that the user says are columns.

    Raises:
        DataError: the file is damaged, locked with a password or empty, or has no such sheet.
    """
    book = _open(path)
    number = _number(book, sheet, path) if sheet is not None else _first_filled(book, path)
    place = path.name if len(book.sheet_names) == 1 else _place(path, book.sheet_names[number])
    head = _head(book, number, path)
    width = max((len(cells) for _, cells in head), default=0)
    while len(head) > 1 and width > 1 and head[0][0] <= _TITLES and sum(map(bool, head[0][1])) == 1:
        head = head[1:]
    if not head:
        raise DataError(t("data: {file} holds no rows", file=place), fix=t("name the right sheet with --sheet"))
    columns, has_header = columns_of([cells for _, cells in head], known=known)
    columns, kept = _without_empty(columns, [cells for _, cells in head])
    first_line = head[0][0] + int(has_header)
    size = path.stat().st_size

    def stream(bar: Bar) -> Iterator[Row]:
        with _guarded(path):
            n_rows = max(book.get_sheet_by_index(number).total_height, 1)
        done = 0
        for line, cells in _filled(book, number, path):
            if line >= first_line:
                yield Row(line, tuple(cells[place] if place < len(cells) else None for place in kept))
            if line % _REPORT_EVERY == 0:
                now = min(size, line * size // n_rows)
                bar.advance(now - done)
                done = now
        bar.advance(size - done)

    return Table(place, columns, size, stream, has_header)


def _open(path: Path) -> Any:
    calamine = need("python_calamine", extra="serve")
    _refuse_bomb(path)
    with _guarded(path):
        return calamine.CalamineWorkbook.from_path(str(path))


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Turn what the reader raises within a block into a sentence; where it panics, that is no ``Exception``."""
    calamine = need("python_calamine", extra="serve")
    try:
        yield
    except calamine.PasswordError as locked:
        raise DataError(
            t("data: {file} is locked with a password", file=path.name),
            fix=t("open it in the spreadsheet program and save it without one"),
        ) from locked
    except (calamine.CalamineError, OSError, ValueError) as broken:
        raise _damaged(path, broken) from broken
    except BaseException as failed:
        if type(failed).__name__ == "PanicException":
            raise _damaged(path, failed) from failed
        raise


def _refuse_bomb(path: Path) -> None:
    import zipfile

    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as broken:
        raise _damaged(path, broken) from broken
    if unpacked > _LARGEST_BYTES:
        raise DataError(
            t("data: {file} claims to hold {n:.0f} GiB when unpacked", file=path.name, n=unpacked / 2**30),
            fix=t("save it as csv"),
        )


def _damaged(path: Path, broken: BaseException) -> DataError:
    reason = str(broken).lower()
    locked = "encrypt" in reason or "password" in reason
    return DataError(
        t("data: {file} is locked with a password", file=path.name)
        if locked
        else t("data: {file} is damaged or no spreadsheet", file=path.name),
        found=str(broken)[:120],
        fix=t("open it in the spreadsheet program and save it again, as xlsx or csv"),
    )


def _number(book: Any, sheet: str | int, path: Path) -> int:
    """Give the place of a sheet, from 0."""
    names = tuple(book.sheet_names)
    if sheet in names:
        return names.index(str(sheet))
    if str(sheet).isdecimal() and 1 <= int(sheet) <= len(names):
        return int(sheet) - 1
    raise DataError(
        t("data: {file} has no sheet {name!r}", file=path.name, name=sheet) + did_you_mean(str(sheet), names),
        found=", ".join(names), fix=f"--sheet {names[0]}",
    )  # fmt: skip


def _first_filled(book: Any, path: Path) -> int:
    """Take the first sheet that is visible and holds rows; none: the first."""
    sheets = book.sheets_metadata
    visible = [place for place, one in enumerate(sheets) if str(one.visible).endswith("Visible")]
    order = visible or range(len(sheets))
    return next((place for place in order if _head(book, place, path, n=1)), order[0])


def _head(book: Any, number: int, path: Path, *, n: int = _LOOKED_AT) -> list[tuple[int, Sequence[Cell]]]:
    head: list[tuple[int, Sequence[Cell]]] = []
    for line, cells in _filled(book, number, path):
        head.append((line, cells))
        if len(head) >= n:
            break
    return head


def _filled(book: Any, number: int, path: Path) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Give the rows that hold anything, each with its number in the sheet."""
    with _guarded(path):
        sheet = book.get_sheet_by_index(number)
        rows = sheet.iter_rows() if sheet.start is not None else ()
    for line, cells in enumerate(rows, 1):
        row = [plain(cell) for cell in cells]
        if any(row):
            yield line, row


def _without_empty(columns: tuple[str, ...], rows: Sequence[Sequence[Cell]]) -> tuple[tuple[str, ...], list[int]]:
    """Leave columns out that hold nothing, name included: spreadsheets have them at their edges."""
    kept = [place for place in range(len(columns)) if any(place < len(row) and row[place] for row in rows)]
    return tuple(columns[place] for place in kept), kept


def _place(path: Path, name: str) -> str:
    return t("{file}, sheet {name}", file=path.name, name=name)
