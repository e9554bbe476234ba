"""Opens the database: a file of SQLite, made safe, or PostgreSQL by its URL."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.disk import sync
from luodi.errors import LuodiError, MissingExtra, RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL, Connection, Engine

#: Older ones may damage a file that two processes write (https://sqlite.org/wal.html, "the WAL-reset bug").
SOUND = (3, 51, 3)
#: How long one process waits for another to finish a transaction.
_PATIENCE_MS = 10_000
_PRAGMAS = (
    "auto_vacuum = incremental",  # before the first table and before WAL, or never
    f"busy_timeout = {_PATIENCE_MS}",
    "foreign_keys = on",
    "journal_size_limit = 67108864",
)
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
_READERS = 8


@dataclass(frozen=True)
class Database:
    """Where rows lie.

    Args:
        writer: opens one connection, for the one who writes.
        reader: opens several, which cannot write.
        place: what people call it, without its password.
        file: of SQLite; None elsewhere.
    """

    writer: Engine
    reader: Engine
    place: str
    file: Path | None

    def close(self) -> None:
        """Let all connections go."""
        self.reader.dispose()
        self.writer.dispose()


def open_database(url: str | Path, *, synchronous: str = "full") -> Database:
    """Open a file of SQLite (made where there is none) or, by its URL, a database of PostgreSQL.

    Args:
        url: a path, ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``.
        synchronous: of SQLite; anything but ``full`` forgets answers in a power cut, and is there to show it.

    Raises:
        MissingExtra: a package is not installed, or brings an SQLite that is not safe.
        RecipeError: it is no such URL.
        LuodiError: the database cannot be opened.
    """
    runtime.need("sqlalchemy", extra="serve")
    from sqlalchemy.exc import SQLAlchemyError

    said = str(url)
    scheme, has_scheme, rest = said.partition("://")
    try:
        if isinstance(url, Path) or not has_scheme:
            return _of_file(Path(url), synchronous)
        if scheme == "sqlite":
            return _of_file(Path(rest.removeprefix("/")), synchronous)
        if scheme in _POSTGRES:
            return _of_server(said)
    except OSError as failed:
        raise LuodiError(t("the store {place} cannot be opened", place=url), found=failed.strerror) from failed
    except SQLAlchemyError as failed:
        raise cannot_open(said, failed) from failed
    raise RecipeError(
        t("a store is a file or a database of PostgreSQL, not {scheme!r}", scheme=scheme),
        fix="postgresql://USER:PASSWORD@HOST/NAME",
    )


def is_refusal(failed: BaseException) -> bool:
    """Tell whether it is the database that refuses something."""
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(failed, SQLAlchemyError)


def cannot_open(place: str, failed: BaseException) -> LuodiError:
    """Say that a database cannot be opened, and what it answered."""
    cause = getattr(failed, "orig", None) or failed
    return LuodiError(t("the store {place} cannot be opened", place=_hidden(place)), found=first_line(cause))


def first_line(failed: BaseException) -> str:
    """Give what a database says, without what it adds for its own experts."""
    return (str(failed).strip().splitlines() or [type(failed).__name__])[0]


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


@contextmanager
def telling(database: Database) -> Iterator[None]:
    """Say in our words what a database refuses while it is read.

    Raises:
        LuodiError: it refuses something.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, database.reader.dialect.loaded_dbapi.Error) as failed:
        cause = getattr(failed, "orig", None) or failed
        raise LuodiError(
            t("the store {place} could not be read", place=database.place), found=first_line(cause)
        ) from failed


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


def _of_file(path: Path, synchronous: str) -> Database:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import QueuePool

    module = driver()
    _make(path)

    def engine(begin: str, pragmas: Sequence[str], size: int) -> Engine:
        made = create_engine(
            "sqlite://", module=module, poolclass=QueuePool, pool_size=size, max_overflow=0,
            creator=lambda: module.connect(str(path), timeout=_PATIENCE_MS / 1000, check_same_thread=False),
        )  # fmt: skip
        _prepare(made, begin, (*_PRAGMAS, f"synchronous = {synchronous}", *pragmas))
        return made

    writer = engine("BEGIN IMMEDIATE", (), 1)
    with writer.connect() as connection:
        mode = connection.connection.dbapi_connection.execute("PRAGMA journal_mode = wal").fetchone()[0]  # type: ignore[union-attr]
    if mode != "wal":
        writer.dispose()
        raise LuodiError(
            t("the store {place} lies on a file system that SQLite cannot write safely", place=path),
            found=f"journal_mode = {mode}",
            fix=t("name a file on a local disk"),
        )
    return Database(writer, engine("BEGIN", ("query_only = on",), _READERS), str(path), path)


def _prepare(engine: Engine, begin: str, pragmas: Sequence[str]) -> None:
    """Set up every connection, and begin transactions ourselves: the driver would begin them too late."""
    from sqlalchemy import event

    def on_connect(raw: Any, _: Any) -> None:
        raw.isolation_level = None
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}").fetchall()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _make(path: Path) -> None:
    """Make the file, for its owner alone; its folder too where it is not there. SQLite's own files follow its mode."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
        path.parent.chmod(0o700)  # whatever the mask leaves
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        return
    os.close(handle)
    sync(path.parent)


def _of_server(said: str) -> Database:
    runtime.need("psycopg", extra="postgres")
    from sqlalchemy import create_engine, make_url

    try:
        url = make_url(said).set(drivername="postgresql+psycopg")
    except ValueError as wrong:  # a port that is none
        raise cannot_open(said, wrong) from wrong
    waits = {"connect_timeout": str(_PATIENCE_MS // 1000)}

    def engine(size: int, options: str) -> Engine:
        return create_engine(
            url, pool_size=size, max_overflow=0, pool_pre_ping=size > 1, connect_args={**waits, "options": options}
        )

    writer = engine(1, "-c synchronous_commit=on")
    with writer.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        writer.dispose()
        raise LuodiError(
            t("the store {place} does not hold every text", place=_shown(url)),
            found=f"server_encoding = {encoding}",
            fix="CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )
    return Database(writer, engine(_READERS, "-c default_transaction_read_only=on"), _shown(url), None)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _hidden(place: str) -> str:
    """Give a place without the password that it may hold."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in place:
        return place
    try:
        return _shown(make_url(place))
    except (ArgumentError, ValueError):
        return place.partition("://")[0] + "://..."
