"""Brings a database to the tables of this luodi, step by step, and refuses one that is further on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.errors import LuodiError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from luodi.store.database import Database

#: The last step in ``migrations``.
HEAD = "0001"
#: Our own, for other programs with steps of theirs may share the database.
VERSION_TABLE = "luodi_version"
_LOCK = 7_202_611_250  # of PostgreSQL: two that open one database wait for each other


def bring_up(database: Database) -> None:
    """Do the steps that are missing; of two processes that open a new database one does them.

    Raises:
        LuodiError: a newer luodi made the database.
    """
    with database.reader.connect() as connection:
        if version_of(connection) == HEAD:
            return
    with database.writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if version_of(connection) != HEAD:
            move(connection, "head", place=database.place)


def version_of(connection: Connection) -> str | None:
    """Give the last step that was done in a database; None: none was."""
    from sqlalchemy import inspect

    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()


def move(connection: Connection, to: str, *, place: str) -> None:
    """Do the steps to a version, or back to it, in the transaction that is under way.

    Args:
        connection: in a transaction.
        to: ``head``, ``base`` or the number of a step.
        place: what people call the database.

    Raises:
        LuodiError: no step here is the database's last one.
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError

    script = ScriptDirectory(str(Path(__file__).with_name("migrations")))

    def steps(current: Any, _: MigrationContext) -> list[MigrationStep]:
        at = current[0] if current else "base"
        try:
            ups = list(script.iterate_revisions(to, at)) if to != "base" else []
            downs = list(script.iterate_revisions(at, to)) if at != "base" and not ups else []
        except RevisionError as unknown:
            raise LuodiError(
                t("the store {place} was made by a newer luodi", place=place),
                found=t("version {found}, and this luodi knows {known}", found=at, known=HEAD),
                fix="pip install --upgrade luodi",
            ) from unknown
        return [*_upward(script, reversed(ups)), *_downward(script, downs)]

    context = MigrationContext.configure(connection, opts={"fn": steps, "version_table": VERSION_TABLE})
    with Operations.context(context):
        context.run_migrations()


def _upward(script: Any, revisions: Iterable[Any]) -> list[Any]:
    from alembic.runtime.migration import MigrationStep

    return [MigrationStep.upgrade_from_script(script.revision_map, one) for one in revisions]


def _downward(script: Any, revisions: Iterable[Any]) -> list[Any]:
    from alembic.runtime.migration import MigrationStep

    return [MigrationStep.downgrade_from_script(script.revision_map, one) for one in revisions]
