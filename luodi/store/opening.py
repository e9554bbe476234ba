"""Opens the database that a path or a URL names."""

from __future__ import annotations

import re
from pathlib import Path

from luodi import runtime
from luodi.errors import LuodiError, RecipeError
from luodi.language import t
from luodi.store.database import Database, cannot_open
from luodi.store.postgres import open_server
from luodi.store.sqlite import open_file

#: A URL that lacks a slash: as a path it would be a folder that bears a password.
_ALMOST_URL = re.compile(r"[a-z][a-z+]+:/")
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


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
        if not isinstance(url, Path) and not has_scheme and _ALMOST_URL.match(said):
            raise _no_store(f"{said.partition(':')[0]}:/...")
        if isinstance(url, Path) or not has_scheme:
            return open_file(Path(url), synchronous=synchronous)
        if scheme == "sqlite":
            return open_file(Path(rest.removeprefix("/")), synchronous=synchronous)
        if scheme in _POSTGRES:
            return open_server(said)
    except OSError as failed:
        raise LuodiError(t("the store {place} cannot be opened", place=url), found=failed.strerror) from failed
    except SQLAlchemyError as failed:
        raise cannot_open(said, failed) from failed
    raise _no_store(scheme)


def _no_store(scheme: str) -> RecipeError:
    return RecipeError(
        t("a store is a file or a database of PostgreSQL, not {scheme!r}", scheme=scheme),
        fix="postgresql://USER:PASSWORD@HOST/NAME",
    )
