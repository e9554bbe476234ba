"""Writes, one at a time: whatever waits goes into one transaction, and is done when that lies on the disk."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from luodi.errors import LuodiError, Overloaded
from luodi.language import t
from luodi.store.database import Database, first_line
from luodi.store.insert import insert_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Insert

    Row = Mapping[str, Any]

#: What may wait, and what goes into one transaction.
WAITING_ROWS, WAITING_BYTES = 20_000, 64 * 2**20
_GROUP_ROWS, _GROUP_BYTES = 2_000, 8 * 2**20
#: How long a server that went away is waited for.
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Job:
    """What is to be written.

    Args:
        rows: answers, to be inserted.
        act: what else is to be done, instead; it raises a ``LuodiError`` before its first change or not at all.
        future: of its result.
        n_bytes: that it takes, about.
        context: of whoever wants it: the language of its errors.
    """

    rows: Sequence[Row]
    act: Callable[[Connection], Any] | None
    future: Future[Any]
    n_bytes: int
    context: Context

    @property
    def weight(self) -> int:
        """How many rows it counts for."""
        return max(1, len(self.rows))


class Writer:
    """One thread that writes what many ask it to.

    Args:
        database: is written to.
        insert: puts answers in, given their rows.
    """

    def __init__(self, database: Database, insert: Insert) -> None:
        self._database, self._insert = database, insert
        self._waiting: deque[Job] = deque()
        self._n_rows = self._n_bytes = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._write, name="luodi-store", daemon=True)
        self._thread.start()

    def put(
        self, rows: Sequence[Row] = (), *, act: Callable[[Connection], Any] | None = None, n_bytes: int = 0
    ) -> Future[Any]:
        """Ask for rows to be inserted or for something else to be done; its result comes when it is on the disk.

        Raises:
            Overloaded: too much is waiting.
            LuodiError: the store is closed.
        """
        job = Job(rows, act, Future(), n_bytes, copy_context())
        with self._changed:
            if self._is_closed:
                raise LuodiError(t("the store is closed"))
            is_full = self._n_rows + job.weight > WAITING_ROWS or self._n_bytes + n_bytes > WAITING_BYTES
            if is_full and self._waiting:
                raise Overloaded(t("the store is behind: {n:,} rows wait to be written", n=self._n_rows))
            self._waiting.append(job)
            self._n_rows += job.weight
            self._n_bytes += n_bytes
            self._changed.notify()
        return job.future

    def waiting(self) -> int:
        """Count the rows that wait."""
        return self._n_rows

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _write(self) -> None:
        while group := self._next():
            self._commit([job for job in group if job.future.set_running_or_notify_cancel()])

    def _next(self) -> list[Job]:
        """Wait for work; take what is there, up to the size of a transaction. Nothing: the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            group: list[Job] = []
            n_rows = n_bytes = 0
            while self._waiting and (not group or (n_rows < _GROUP_ROWS and n_bytes < _GROUP_BYTES)):
                job = self._waiting.popleft()
                group.append(job)
                n_rows, n_bytes = n_rows + job.weight, n_bytes + job.n_bytes
            self._n_rows -= n_rows
            self._n_bytes -= n_bytes
            return group

    def _commit(self, jobs: Sequence[Job]) -> None:
        """Do jobs in one transaction; where one of them spoils it, the others go without it."""
        from sqlalchemy.exc import OperationalError, SQLAlchemyError

        if not jobs:
            return
        try:
            results = self._patiently(jobs)
        except OperationalError as failed:  # the disk or the server: nobody's own fault
            self._database.writer.dispose()
            for job in jobs:
                job.future.set_exception(job.context.run(self._not_written, failed))
        except Exception as failed:
            if len(jobs) == 1:
                is_theirs = isinstance(failed, SQLAlchemyError)
                jobs[0].future.set_exception(jobs[0].context.run(self._not_written, failed) if is_theirs else failed)
            else:
                half = len(jobs) // 2
                self._commit(jobs[:half])
                self._commit(jobs[half:])
        else:
            for job, result in zip(jobs, results, strict=True):
                if isinstance(result, LuodiError):
                    job.future.set_exception(result)
                else:
                    job.future.set_result(result)

    def _patiently(self, jobs: Sequence[Job]) -> list[Any]:
        """Do jobs; again where a server went away, for all of them may be done twice without harm."""
        from sqlalchemy.exc import OperationalError

        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                with self._database.writer.begin() as connection:
                    return self._do(jobs, connection)
            except OperationalError as failed:
                if self._database.file is not None or not _is_passing(failed) or time.monotonic() > until:
                    raise
                self._database.writer.dispose()
                time.sleep(0.2)

    def _do(self, jobs: Sequence[Job], connection: Connection) -> list[Any]:
        results: list[Any] = []
        for has_act, group in groupby(jobs, key=lambda job: job.act is not None):
            same = list(group)
            if not has_act:
                results += insert_rows(connection, [job.rows for job in same], insert=self._insert)
                continue
            for job in same:
                try:
                    results.append(job.context.run(job.act, connection))  # type: ignore[arg-type]
                except LuodiError as refused:
                    results.append(refused)
        return results

    def _not_written(self, failed: Exception) -> LuodiError:
        said = first_line(getattr(failed, "orig", None) or failed)
        if "full" in said or "No space left" in said:
            return LuodiError(
                t("the disk is full: {where}", where=self._database.place), found=said,
                fix=t("make room, or keep answers for fewer days"),
            )  # fmt: skip
        return LuodiError(t("the store {place} could not be written", place=self._database.place), found=said)


def _is_passing(failed: Exception) -> bool:
    """Tell whether a server went away, or two stood in each other's way: the same may go well a moment later."""
    code = getattr(getattr(failed, "orig", None), "sqlstate", None)
    return code is None or code.startswith(("08", "40", "57P"))
