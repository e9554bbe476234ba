"""Puts rows of answers in, and finds those whose id another answer bears already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.errors import DataError
from luodi.language import t
from luodi.store.spelling import unspell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Insert

    Row = Mapping[str, Any]

_AT_ONCE = 1000


def insert_rows(connection: Connection, asked: Sequence[Sequence[Row]], *, insert: Insert) -> list[DataError | None]:
    """Put in the rows of several who asked, together; give for each why it cannot be, or None.

    Rows are told apart by their moment: what is asked for a second time, after a connection broke, is there already and
    is no fault. Whoever brings an id that another answer bears gets none of the rows in.

    Args:
        connection: in a transaction.
        asked: the rows of each.
        insert: the statement, which passes over ids that are there.
    """
    rows = [row for one in asked for row in one]
    if not rows or connection.execute(insert, rows).rowcount == len(rows):
        return [None] * len(asked)
    there = dict(_moments(connection, [row["id"] for row in rows]))
    found = [_fault(one, there) for one in asked]
    ours = [row["id"] for one, fault in zip(asked, found, strict=True) if fault for row in one if _is_there(row, there)]
    _remove(connection, ours)
    return found


def _is_there(row: Row, there: Mapping[str, float]) -> bool:
    return bool(there.get(row["id"]) == row["at"])


def _fault(rows: Sequence[Row], there: Mapping[str, float]) -> DataError | None:
    taken = next((row["id"] for row in rows if not _is_there(row, there)), None)
    return None if taken is None else DataError(t("another answer bears the id {id!r}", id=unspell(taken)[:80]))


def _moments(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, float]]:
    from sqlalchemy import select

    from luodi.store.tables import ANSWERS

    for part in _parts(ids):
        for row in connection.execute(select(ANSWERS.c.id, ANSWERS.c.at).where(ANSWERS.c.id.in_(part))):
            yield row.id, row.at


def _remove(connection: Connection, ids: Sequence[str]) -> None:
    from luodi.store.tables import ANSWERS

    for part in _parts(ids):
        connection.execute(ANSWERS.delete().where(ANSWERS.c.id.in_(part)))


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
