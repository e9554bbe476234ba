"""A database of PostgreSQL, told to wait for its disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi import runtime
from luodi.errors import LuodiError
from luodi.language import t
from luodi.store.database import PATIENCE_MS, READERS, Database, cannot_open, shown

if TYPE_CHECKING:
    from sqlalchemy import Engine


def open_server(said: str) -> Database:
    """Open the database of a URL.

    Raises:
        MissingExtra: the package that speaks with the server is not installed.
        LuodiError: it is no URL, or the database does not hold every text.
    """
    runtime.need("psycopg", extra="postgres")
    from sqlalchemy import create_engine, make_url

    try:
        url = make_url(said).set(drivername="postgresql+psycopg")
    except ValueError as wrong:  # a port that is none
        raise cannot_open(said, wrong) from wrong
    waits = {  # a server that hangs is not waited for without end
        "connect_timeout": str(PATIENCE_MS // 1000), "tcp_user_timeout": str(PATIENCE_MS), "keepalives_idle": "5",
        "keepalives_interval": "2", "keepalives_count": "3",
    }  # fmt: skip

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
            t("the store {place} does not hold every text", place=shown(url)),
            found=f"server_encoding = {encoding}",
            fix="CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )
    return Database(writer, engine(READERS, "-c default_transaction_read_only=on"), shown(url), None)
