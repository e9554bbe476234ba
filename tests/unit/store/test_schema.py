"""A fresh database has the tables of the code; steps go both ways; what a newer luodi made is refused."""

import ast
import threading
import tomllib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

import luodi.store
from luodi.errors import LuodiError
from luodi.store import open_store
from luodi.store.opening import open_database
from luodi.store.schema import HEAD, VERSION_TABLE, bring_up, move, version_of
from luodi.store.tables import METADATA

FOLDER = Path(luodi.store.__file__).parent / "migrations"


@pytest.fixture
def database(url):
    opened = open_database(url)
    yield opened
    opened.close()


def differences(connection):
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)


def test_a_fresh_database_has_the_tables_of_the_code(database):
    bring_up(database)
    with database.writer.connect() as connection:
        assert differences(connection) == []
        assert version_of(connection) == HEAD
        found = inspect(connection)
        for name, table in METADATA.tables.items():
            assert {one["name"] for one in found.get_indexes(name)} >= {index.name for index in table.indexes}
        assert found.get_foreign_keys("feedback")[0]["options"]["ondelete"] == "CASCADE"


def test_a_table_of_the_code_that_no_step_makes_is_seen(database):
    bring_up(database)
    with database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE keys ADD COLUMN strange INTEGER")
    with database.writer.connect() as connection:
        assert differences(connection)


def test_the_last_step_is_the_one_that_the_code_names():
    script = ScriptDirectory(str(FOLDER))
    assert script.get_heads() == [HEAD]
    assert len(list(script.walk_revisions())) == len(list(FOLDER.glob("versions/step_*.py"))) >= 1


def test_every_step_has_its_way_back(database, answer):
    bring_up(database)
    with database.writer.begin() as connection:
        move(connection, "base", place="x")
    with database.writer.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE}
        assert version_of(connection) is None
    bring_up(database)
    bring_up(database)
    with database.writer.connect() as connection:
        assert differences(connection) == []


def test_what_a_newer_luodi_made_is_refused_and_left_as_it_is(url):
    open_store(url).close()
    database = open_database(url)
    with database.writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(LuodiError, match="newer luodi") as refused:
        open_store(url)
    assert "9999" in refused.value.found
    assert "pip install" in refused.value.fix
    with database.writer.connect() as connection:
        assert version_of(connection) == "9999"
        assert inspect(connection).has_table("answers")
    database.close()


def test_two_that_open_a_new_store_at_once_make_it_once(url):
    opened, failed = [], []

    def open_it():
        try:
            opened.append(open_store(url))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for one in opened:
        one.close()
    assert not failed
    assert len(opened) == 4


def test_the_steps_are_shipped():
    """They are folders of Python files, each with its face: setuptools finds them as packages."""
    root = Path(__file__).parents[3]
    config = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    assert config["tool"]["setuptools"]["packages"]["find"]["include"] == ["luodi*"]
    files = sorted(FOLDER.rglob("*.py"))
    assert {file.parent for file in files} == {FOLDER, FOLDER / "versions"}
    assert all((folder / "__init__.py").is_file() for folder in {file.parent for file in files})
    steps = [ast.parse(file.read_text("utf-8")) for file in files if file.name.startswith("step_")]
    assert all({"upgrade", "downgrade"} <= {getattr(node, "name", "") for node in step.body} for step in steps)
