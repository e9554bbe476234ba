"""A database that is open: two ways in, one to write and one to read; and what it says when it refuses."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.errors import LuodiError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Engine

#: How long one process waits for another to finish a transaction, and for a server to answer.
PATIENCE_MS = 10_000
#: Connections that read at once.
READERS = 8


@dataclass(frozen=True)
class Database:
    """Where rows lie.

    Args:
        writer: opens one connection, for the one who writes.
        reader: opens several, which cannot write.
        place: what people call it, without its password.
        file: of SQLite; None elsewhere.
        identity: of that file when it was opened; None elsewhere.
    """

    writer: Engine
    reader: Engine
    place: str
    file: Path | None
    identity: tuple[int, int] | None = None

    def require_there(self) -> None:
        """Refuse a file that was removed or replaced while it was open: what is written to it is seen by nobody.

        Raises:
            LuodiError: it was.
        """
        if self.file is not None and identity_of(self.file) != self.identity:
            raise LuodiError(
                t("the store {place} is gone from where it lay", place=self.place),
                fix=t("put it back and start the service again"),
            )

    def close(self) -> None:
        """Let all connections go."""
        self.reader.dispose()
        self.writer.dispose()


def identity_of(file: Path) -> tuple[int, int] | None:
    """Give what tells a file from another of its name: device and number; None where there is no file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


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


def shown(url: URL) -> str:
    """Give a URL without its password."""
    return url.set(query={}).render_as_string(hide_password=True)  # what follows "?" may hold one too


def _hidden(place: str) -> str:
    """Give a place without the password that it may hold."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in place:
        return place
    try:
        return shown(make_url(place))
    except (ArgumentError, ValueError):
        return place.partition("://")[0] + "://..."
