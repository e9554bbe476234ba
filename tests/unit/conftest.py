"""A store of its own for each test, and the keys in it."""

import pytest


@pytest.fixture
def store(tmp_path):
    from luodi.store import open_store

    opened = open_store(tmp_path / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def keys(store):
    from luodi.store import KeyRing

    return KeyRing(store)
