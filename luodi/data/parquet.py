"""Reads parquet files, a batch of rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.data.cells import plain
from luodi.data.rows import Row, Table
from luodi.errors import DataError
from luodi.language import t
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from luodi.progress import Bar

_ROWS_AT_ONCE = 8192


def open_parquet(path: Path) -> Table:
    """Open a parquet file; the line of a row is its number, from 1.

    Raises:
        MissingExtra: pyarrow is not installed.
        DataError: the file is damaged or empty.
    """
    with _open(path) as file:
        columns, n_rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    if not n_rows or not columns:
        raise DataError(
            t("data: {file} holds no rows", file=path.name), fix=t("save the file again with its rows in it")
        )
    size = path.stat().st_size

    def stream(bar: Bar) -> Iterator[Row]:
        line, done = 0, 0
        for batch in _batches(path):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                yield Row(line, tuple(plain(cell) for cell in cells))
            now = line * size // n_rows
            bar.advance(now - done)
            done = now

    return Table(path.name, columns, size, stream)


def _open(path: Path) -> Any:
    arrow, parquet = need("pyarrow", extra="train"), need("pyarrow.parquet", extra="train")
    try:
        return parquet.ParquetFile(str(path))
    except (arrow.ArrowException, OSError) as broken:
        raise _damaged(path, broken) from broken


def _batches(path: Path) -> Iterator[Any]:
    arrow = need("pyarrow", extra="train")
    with _open(path) as file:
        try:
            yield from file.iter_batches(batch_size=_ROWS_AT_ONCE)
        except (arrow.ArrowException, OSError) as broken:
            raise _damaged(path, broken) from broken


def _damaged(path: Path, broken: Exception) -> DataError:
    return DataError(
        t("data: {file} is damaged or no parquet file", file=path.name), found=str(broken)[:120],
        fix=t("write the file again"),
    )  # fmt: skip
