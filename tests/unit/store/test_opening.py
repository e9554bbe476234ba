"""A store is opened safely or not at all, and what it says names no password."""

import sqlite3
import stat
from types import SimpleNamespace

import pytest

from luodi import runtime
from luodi.errors import LuodiError, MissingExtra, RecipeError
from luodi.store import open_store, sqlite, store_place
from luodi.store.opening import open_database
from luodi.store.sqlite import SOUND, driver


def pragma(database, name, side="writer"):
    with getattr(database, side).connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "new" / "folder" / "store.db"


def test_a_file_of_sqlite_is_opened_safely(file):
    database = open_database(file)
    for side in ("writer", "reader"):
        assert pragma(database, "journal_mode", side) == "wal"
        assert pragma(database, "synchronous", side) == 2  # FULL
        assert pragma(database, "foreign_keys", side) == 1
        assert pragma(database, "busy_timeout", side) == 10_000
    assert pragma(database, "query_only", "reader") == 1
    assert pragma(database, "auto_vacuum") == 2  # incremental
    database.close()


def test_only_its_owner_reads_it(file):
    store = open_store(file)
    store.keep([]).result()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    files = list(file.parent.iterdir())
    assert {one.name for one in files} == {"store.db", "store.db-wal", "store.db-shm"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    store.close()


def test_a_folder_that_was_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o755)
    open_store(tmp_path / "store.db").close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_one_file_has_several_names(file):
    open_store(file).close()
    for name in (str(file), f"sqlite:///{file}"):
        store = open_store(name)
        assert store.place == str(file)
        store.close()


def test_the_safe_sqlite_is_taken():
    assert driver().sqlite_version_info >= SOUND
    assert driver().__name__.startswith("pysqlite3")


def test_an_sqlite_that_may_damage_a_store_is_refused(monkeypatch, file):
    old = SimpleNamespace(sqlite_version_info=(3, 51, 2), sqlite_version="3.51.2")
    monkeypatch.setattr(runtime, "need", lambda name, extra: old)
    monkeypatch.setattr(sqlite, "sqlite3", old)
    with pytest.raises(MissingExtra, match=r"3\.51\.2 may damage a store .* 3\.51\.3 and newer") as refused:
        open_store(file)
    assert "luodi[serve]" in refused.value.fix
    assert not file.exists()


def test_without_a_package_of_its_own_the_sqlite_of_python_has_to_be_safe(monkeypatch):
    monkeypatch.setattr(runtime, "has", lambda name: False)
    if sqlite3.sqlite_version_info < SOUND:
        with pytest.raises(MissingExtra, match="may damage"):
            driver()
    else:
        assert driver() is sqlite3


@pytest.mark.parametrize("url", ["mysql://me:secret@host/x", "http://x", "postgres+asyncpg://me:secret@host/x"])
def test_other_databases_are_refused(url):
    with pytest.raises(RecipeError, match="a file or a database of PostgreSQL") as refused:
        open_store(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("port", ["1", "nonsense"])
def test_a_server_that_does_not_answer_is_named_without_its_password(port):
    with pytest.raises(LuodiError, match="cannot be opened") as refused:
        open_store(f"postgresql://me:s3cret@127.0.0.1:{port}/x")
    assert "s3cret" not in str(refused.value)


def test_a_server_of_another_encoding_is_refused(server):
    server.query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(LuodiError, match="does not hold every text") as refused:
        open_store(f"postgresql://luodi@/latin?host={server.folder}")
    assert "LATIN1" in refused.value.found


def test_the_server_is_told_to_wait_for_its_disk(server):
    server.query("ALTER ROLE luodi SET synchronous_commit = off")
    database = open_database(server.new())
    with database.writer.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()
    server.query("ALTER ROLE luodi RESET synchronous_commit")


def test_what_is_no_database_is_refused_and_left_as_it_is(file):
    file.parent.mkdir(parents=True)
    file.write_text("text,label\n" * 1000)
    with pytest.raises(LuodiError, match="cannot be opened") as refused:
        open_store(file)
    assert "not a database" in refused.value.found
    assert file.read_text() == "text,label\n" * 1000


def test_a_damaged_file_is_refused(file, answer):
    store = open_store(file)
    store.keep([answer(n) for n in range(2000)]).result()
    store.close()
    raw = bytearray(file.read_bytes())
    raw[20 * 4096 : 60 * 4096] = b"\x5a" * (40 * 4096)
    file.write_bytes(raw)
    with pytest.raises(LuodiError, match=r"is damaged|could not be read"):
        open_store(file)
    open_store(file, check=False).close()


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(LuodiError, match="cannot be opened"):
        open_store(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(LuodiError, match="cannot be opened"):
        open_store(tmp_path / "a" / "store.db")


def test_the_store_lies_where_the_state_is(monkeypatch, tmp_path):
    monkeypatch.setenv("LUODI_HOME", str(tmp_path))
    assert store_place() == tmp_path / "store.db"


def test_a_url_that_lacks_a_slash_makes_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError) as caught:
        open_store("postgresql:/u:s3cret@h/db")
    assert "s3cret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_no_password_behind_a_question_mark_is_shown():
    from sqlalchemy import make_url

    from luodi.store.database import shown

    assert "s3cret" not in shown(make_url("postgresql://h/db?user=u&password=s3cret"))


def test_who_opens_a_file_that_is_being_opened_waits(monkeypatch):
    """SQLite itself does not wait where another turns the file to WAL."""
    said = iter([sqlite3.OperationalError("database is locked"), sqlite3.OperationalError("database is locked"), None])

    class Raw:
        def execute(self, _):
            if (error := next(said)) is not None:
                raise error
            return self

        def fetchone(self):
            return ("wal",)

    assert sqlite._patiently(Raw(), "journal_mode = wal", place="a") == "wal"
    said = iter([sqlite3.OperationalError("disk I/O error")])
    with pytest.raises(sqlite3.OperationalError, match="disk"):
        sqlite._patiently(Raw(), "journal_mode = wal", place="a")
    monkeypatch.setattr(sqlite, "PATIENCE_MS", -1)
    said = iter([sqlite3.OperationalError("database is locked")] * 2)
    with pytest.raises(LuodiError, match="cannot be opened"):
        sqlite._patiently(Raw(), "journal_mode = wal", place="a")
