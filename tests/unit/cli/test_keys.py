"""``luodi keys``: a secret alone on standard output, and what is revoked is refused."""

import json

import pytest

from luodi.store import KeyRing, open_store


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The store where it is unless another is named."""
    monkeypatch.setenv("LUODI_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "store.db"


def found(place, secret):
    store = open_store(place)
    key = KeyRing(store).find(secret)
    store.close()
    return key


def test_a_key_is_made_listed_and_revoked(luodi, place):
    made = luodi("keys", "add", "手机", "--scope", "predict", "--scope", "feedback", "--per-minute", "60")
    assert made.code == 0
    secret = made.out.removesuffix("\n")
    key = found(place, secret)
    assert (key.name, key.scopes, key.per_minute) == ("手机", frozenset({"predict", "feedback"}), 60)
    assert "shown this once" in made.err
    listed = luodi("keys", "list")
    assert all(part in listed.out for part in ("手机", secret[:12], "feedback, predict", "60"))
    assert secret not in listed.out
    revoked = luodi("keys", "revoke", "手机")
    assert (revoked.code, revoked.out) == (0, "")
    assert found(place, secret) is None


def test_what_programs_read(luodi, place):
    made = json.loads(luodi("keys", "add", "a", "--json").out)
    assert set(made) == {"name", "key", "scopes", "per_minute"}
    assert (made["scopes"], made["per_minute"]) == (["predict"], None)
    assert json.loads(luodi("keys", "revoke", "a", "--json").out) == {"name": "a", "revoked": True}
    (listed,) = json.loads(luodi("keys", "list", "--json").out)
    assert set(listed) == {"name", "prefix", "scopes", "per_minute", "created", "revoked"}
    assert listed["revoked"] >= listed["created"]


def test_another_store_may_be_named(luodi, place, tmp_path):
    secret = luodi("keys", "add", "a", "--store", str(tmp_path / "other.db")).out.strip()
    assert found(tmp_path / "other.db", secret).name == "a"
    assert not place.exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [(("add",), 2, "needs NAME"), (("revoke",), 2, "needs NAME"), (("list", "a"), 2, "takes no name"),
     (("add", "a", "--scope", "predcit"), 2, "did you mean 'predict'"),
     (("add", "a", "--per-minute", "0"), 2, "at least"),
     (("revoke", "a"), 2, "there is no store"),
     (("list", "--store", "none.db"), 2, "there is no store"), (("remove", "a"), 2, "add, list, revoke"),
     (("list", "--store", "mysql://me:s3cret@host/x"), 2, "PostgreSQL")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(luodi, place, words, code, says):
    ended = luodi("keys", *words)
    assert ended.code == code
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert "s3cret" not in ended.err


def test_without_keys_that_is_said(luodi, place):
    ended = luodi("keys", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "no key yet" in ended.err
    assert "还没有密钥" in luodi("keys", "list", "--lang", "zh").err


def test_a_key_that_is_not_there_is_no_key(luodi):
    luodi("keys", "add", "phone")
    ended = luodi("keys", "revoke", "phnoe")
    assert ended.code == 3
    assert "did you mean 'phone'" in ended.err
