"""The store: answers and what was said of them, written safely by one thread and read by many."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.errors import DataError
from luodi.language import t
from luodi.store.database import Database, cannot_open, is_refusal, telling
from luodi.store.glance import Glance
from luodi.store.opening import open_database
from luodi.store.retention import Retention, Tidied
from luodi.store.rows import answer_row, correction_row, row_bytes
from luodi.store.schema import bring_up
from luodi.store.sqlite import require_whole
from luodi.store.tidier import Tidier
from luodi.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection, Select

    from luodi.store.answered import Answered, Correction, Kept
    from luodi.store.tally import Tally
    from luodi.store.wanted import Wanted


#: So often one answer may be corrected: more is no correcting, and would fill the disk.
_MOST_CORRECTIONS = 100


def store_place() -> Path:
    """Give the file that is the store unless another is named."""
    return runtime.home() / "store.db"


def open_store(url: str | Path, *, retention: Retention | None = None, check: bool = True) -> Store:
    """Open a store, and make it where there is none.

    Args:
        url: a file of SQLite, or ``postgresql://USER:PASSWORD@HOST/NAME``.
        retention: what goes by itself while the store is open; nothing unless given.
        check: read a whole file of SQLite for damage first, 1 GiB in a few seconds.

    Raises:
        MissingExtra: a package is not installed, or brings an SQLite that is not safe.
        LuodiError: the database cannot be opened, is damaged, or was made by a newer luodi.
    """
    database = open_database(url)
    try:
        bring_up(database)
        if check:
            require_whole(database)
        return Store(database, retention=retention)
    except BaseException as failed:
        database.close()
        if is_refusal(failed):
            raise cannot_open(database.place, failed) from failed
        raise


class Store:
    """Answers and what was said of them; any thread may ask it anything.

    Attributes:
        database: where they lie.
    """

    def __init__(self, database: Database, *, retention: Retention | None = None) -> None:
        self.database, self._retention = database, retention
        self._writer, self._glance = Writer(database, _insert(database)), Glance(database)
        self._tidier = Tidier(self.tidy) if retention is not None else None

    @property
    def place(self) -> str:
        """What people call it: a file, or a URL without its password."""
        return self.database.place

    def keep(self, rows: Sequence[Answered]) -> Future[None]:
        """Keep answers, all of them or none; the future is done when they lie on the disk.

        To keep the same answer twice does no harm. The future fails with a ``DataError``, and none of the rows is kept,
        where another answer bears one of the ids.

        Raises:
            Overloaded: too much is waiting to be written.
        """
        self.database.require_there()
        written = [answer_row(one) for one in rows]
        return self._writer.put(written, n_bytes=sum(row["n_bytes"] for row in written))

    def correct(self, *corrections: Correction) -> Future[None]:
        """Keep what an answer should have been, all of its heads or none; the future is done when it lies on the disk.

        The future fails with a ``DataError`` where no answer bears the id, or it has been corrected too often.

        Args:
            corrections: of one answer, one at least.

        Raises:
            Overloaded: too much is waiting to be written.
        """
        from sqlalchemy import func, select

        from luodi.store.tables import ANSWERS, FEEDBACK

        self.database.require_there()
        rows = [correction_row(one) for one in corrections]
        name = rows[0]["answer"]
        n_bytes = sum(row_bytes(row) for row in rows)

        def act(connection: Connection) -> None:
            n = connection.execute(select(func.count()).where(FEEDBACK.c.answer == name)).scalar_one()
            if n >= _MOST_CORRECTIONS:
                raise DataError(t("the answer {id!r} has been corrected {n} times", id=corrections[0].answer[:80], n=n))
            changed = {"corrected": 1, "n_bytes": ANSWERS.c.n_bytes + n_bytes}
            if not connection.execute(ANSWERS.update().where(ANSWERS.c.id == name).values(changed)).rowcount:
                raise DataError(t("no answer is kept under the id {id!r}", id=corrections[0].answer[:80]))
            connection.execute(FEEDBACK.insert(), rows)

        return self.write(act, n_bytes=n_bytes)

    def look(self, wanted: Wanted) -> list[Kept]:
        """Give the answers that are wanted, the newest first, with what was said of them."""
        from luodi.store import asking

        with self.reading() as connection:
            return asking.look(connection, wanted)

    def one(self, name: str) -> Kept | None:
        """Give the answer of an id with what was said of it; None: none is kept."""
        from luodi.store import asking

        with self.reading() as connection:
            return asking.one(connection, name)

    def tallies(self, since: float, until: float, every_s: float, model: str | None = None) -> list[Tally]:
        """Count what was answered in each stretch of ``every_s`` seconds from ``since`` to ``until``."""
        from luodi.store import asking

        with self.reading() as connection:
            return asking.tallies(connection, since=since, until=until, every_s=every_s, model=model)

    def tidy(self, retention: Retention | None = None) -> Tidied:
        """Let go of what is older, or more, than should be kept; in small steps, and others write meanwhile.

        Args:
            retention: what should be; that of the store unless given.
        """
        from luodi.store.tidy import tidy, used_bytes

        def used() -> int:
            with self.reading() as connection:
                return used_bytes(connection)

        def is_stopped() -> bool:
            return self._tidier is not None and self._tidier.is_stopped()

        kept = retention or self._retention or Retention()
        return tidy(kept, write=self.write, used=used, is_stopped=is_stopped)

    def waiting(self) -> int:
        """Count the rows that wait to be written."""
        return self._writer.waiting()

    def write(self, act: Callable[[Connection], Any], *, n_bytes: int = 0) -> Future[Any]:
        """Have something else written, in its turn; ``act`` refuses before its first change or not at all."""
        return self._writer.put(act=act, n_bytes=n_bytes)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads.

        Raises:
            LuodiError: the database cannot be read.
        """
        with telling(self.database), self.database.reader.connect() as connection:
            yield connection

    def glance(self, query: Select[Any], value: str) -> Sequence[Any] | None:
        """Give the first row of a query for the parameter ``value``, quickly.

        Raises:
            LuodiError: the database cannot be read.
        """
        with telling(self.database):
            return self._glance.row(query, value)

    def close(self) -> None:
        """Write what waits, then let the database go."""
        if self._tidier is not None:
            self._tidier.close()
        self._writer.close()
        self._glance.close()
        self.database.close()


def _insert(database: Database) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    from luodi.store.tables import ANSWERS

    insert = sqlite.insert if database.file is not None else postgresql.insert
    return insert(ANSWERS).on_conflict_do_nothing(index_elements=["id"])
