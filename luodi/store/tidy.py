"""Lets old answers go, a few at a time, so that whoever writes meanwhile waits for milliseconds only."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from luodi.store.retention import Retention, Tidied
from luodi.store.tables import ANSWERS, FEEDBACK

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from sqlalchemy import ColumnElement, Connection

    Write = Callable[[Callable[[Connection], Any]], Future[Any]]

#: Answers of one transaction; pages that one gives back to the disk; pages that may lie empty until they are needed.
_ANSWERS, _PAGES, _SPARE_PAGES = 500, 500, 256
_DAY_S = 86_400.0
_A = ANSWERS.c


def tidy(
    retention: Retention,
    *,
    write: Write,
    used: Callable[[], int],
    is_stopped: Callable[[], bool],
    now: float | None = None,
) -> Tidied:
    """Let everything go that should not be kept.

    Args:
        retention: what should be.
        write: has something done in a transaction.
        used: tells how many bytes all answers take, about.
        is_stopped: tells whether to leave the rest for later.
        now: the time, in seconds since 1970; the clock's unless given.
    """
    now = time.time() if now is None else now
    gone: list[Tidied] = []

    def let_go(condition: ColumnElement[bool], excess: float) -> None:
        """Remove until nothing fits, or so many bytes went."""
        while excess > 0 and not is_stopped():
            part: Tidied = write(partial(remove, condition=condition, at_most=excess)).result()
            if not part.n:
                return
            gone.append(part)
            excess -= part.bytes

    for is_corrected, days in ((0, retention.days), (1, retention.corrected_days)):
        if days is not None:
            let_go((_A.corrected == is_corrected) & (_A.at < now - days * _DAY_S), math.inf)
    if retention.bytes is not None:
        for is_corrected in (0, 1):
            let_go(_A.corrected == is_corrected, used() - retention.bytes)
    while gone and not is_stopped() and write(give_back).result():
        pass
    return Tidied(
        sum(part.n for part in gone), sum(part.n_corrections for part in gone), sum(part.bytes for part in gone)
    )


def remove(connection: Connection, *, condition: ColumnElement[bool], at_most: float) -> Tidied:
    """Remove the oldest answers that fit a condition, with their corrections.

    Args:
        connection: in a transaction.
        condition: which.
        at_most: bytes; the answer that reaches them is the last to go.
    """
    query = select(_A.n, _A.id, _A.n_bytes).where(condition).order_by(_A.at).limit(_ANSWERS)
    going, n_bytes = [], 0
    for row in connection.execute(query):
        going.append(row)
        n_bytes += row.n_bytes
        if n_bytes >= at_most:
            break
    if not going:
        return Tidied()
    said = FEEDBACK.c.answer.in_([row.id for row in going])
    n_corrections = connection.execute(FEEDBACK.delete().where(said)).rowcount
    connection.execute(ANSWERS.delete().where(_A.n.in_([row.n for row in going])))
    return Tidied(len(going), n_corrections, n_bytes)


def give_back(connection: Connection) -> bool:
    """Give some empty pages of SQLite back to the disk; tell whether there are more."""
    if connection.dialect.name != "sqlite":
        return False  # the server sees to it by itself
    n_free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    if n_free <= _SPARE_PAGES:
        return False
    raw = connection.connection.dbapi_connection  # a page a step: it must be stepped through, and gives no rows
    assert raw is not None
    raw.cursor().execute(f"PRAGMA incremental_vacuum({min(_PAGES, n_free - _SPARE_PAGES)})").fetchall()
    return bool(n_free - _PAGES > _SPARE_PAGES)


def used_bytes(connection: Connection) -> int:
    """Add up what all answers take, about."""
    return int(connection.execute(select(func.coalesce(func.sum(_A.n_bytes), 0))).scalar_one())
