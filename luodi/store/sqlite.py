"""A file of SQLite, opened so that what is acknowledged lies on the disk."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.disk import sync
from luodi.errors import LuodiError, MissingExtra
from luodi.language import t
from luodi.store.database import PATIENCE_MS, READERS, Database, cannot_open, first_line, identity_of, telling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine

#: Older ones may damage a file that two processes write (https://sqlite.org/wal.html, "the WAL-reset bug").
SOUND = (3, 51, 3)
_PRAGMAS = (
    "auto_vacuum = incremental",  # before the first table and before WAL, or never
    f"busy_timeout = {PATIENCE_MS}",
    "foreign_keys = on",
    "journal_size_limit = 67108864",
)


def driver() -> Any:
    """Give the module that brings a safe SQLite: ``pysqlite3``, or this Python's own where it is new enough.

    Raises:
        MissingExtra: neither is.
    """
    found = []
    if runtime.has("pysqlite3"):
        found.append(runtime.need("pysqlite3.dbapi2", extra="serve"))
    found.append(sqlite3)
    for module in found:
        if module.sqlite_version_info >= SOUND:
            return module
    raise MissingExtra(
        t(
            "SQLite {version} may damage a store that two processes write; {sound} and newer do not",
            version=found[0].sqlite_version, sound=".".join(map(str, SOUND)),
        ),
        fix='pip install --upgrade "luodi[serve]"',
    )  # fmt: skip


def open_file(path: Path, *, synchronous: str) -> Database:
    """Open a file, and make it where there is none.

    Raises:
        MissingExtra: no SQLite that is there is safe.
        LuodiError: the file system does not let two processes share a file in memory.
        OSError: the file or its folder cannot be made.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.pool import QueuePool

    module = driver()
    _make(path)

    def engine(begin: str, pragmas: Sequence[str], size: int) -> Engine:
        made = create_engine(
            "sqlite://", module=module, poolclass=QueuePool, pool_size=size, max_overflow=0,
            creator=lambda: module.connect(str(path), timeout=PATIENCE_MS / 1000, check_same_thread=False),
        )  # fmt: skip
        _prepare(made, begin, (*_PRAGMAS, f"synchronous = {synchronous}", *pragmas), place=str(path))
        return made

    writer = engine("BEGIN IMMEDIATE", (), 1)
    with writer.connect() as connection:
        mode = _patiently(connection.connection.dbapi_connection, "journal_mode = wal", place=str(path))
    if mode != "wal":
        writer.dispose()
        raise LuodiError(
            t("the store {place} lies on a file system that SQLite cannot write safely", place=path),
            found=f"journal_mode = {mode}",
            fix=t("name a file on a local disk"),
        )
    return Database(writer, engine("BEGIN", ("query_only = on",), READERS), str(path), path, identity_of(path))


def require_whole(database: Database) -> None:
    """Refuse a file of SQLite that is damaged.

    Raises:
        LuodiError: it is.
    """
    if database.file is None:
        return
    with telling(database), database.reader.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise LuodiError(
            t("the store {place} is damaged", place=database.place), found=first_line(found),
            fix=t("put a copy in its place, or move it away and begin a new one"),
        )  # fmt: skip


def _prepare(engine: Engine, begin: str, pragmas: Sequence[str], *, place: str) -> None:
    """Set up every connection, and begin transactions ourselves: the driver would begin them too late."""
    from sqlalchemy import event

    def on_connect(raw: Any, _: Any) -> None:
        raw.isolation_level = None
        for pragma in pragmas:
            _patiently(raw, pragma, place=place)

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _patiently(raw: Any, pragma: str, *, place: str) -> Any:
    """Set something, and give what the database answers; where others are just opening the file too, after them.

    SQLite waits for locks by itself, but not while a file is turned to WAL.

    Raises:
        LuodiError: the others do not let go of it.
    """
    until = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            row = raw.execute(f"PRAGMA {pragma}").fetchone()
        except Exception as failed:  # of either driver, each with a class of its own
            if "locked" not in str(failed):
                raise
            if time.monotonic() > until:
                raise cannot_open(place, failed) from failed
            time.sleep(0.02)
        else:
            return row[0] if row else None


def _make(path: Path) -> None:
    """Make the file, for its owner alone; its folder too where it is not there. SQLite's own files follow its mode."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
        path.parent.chmod(0o700)  # whatever the mask leaves
        sync(path.parent.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        return
    os.close(handle)
    sync(path.parent)
