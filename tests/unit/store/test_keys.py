"""Keys: shown once, known by their digests alone, gone at once when they are revoked."""

import re

import pytest

from luodi.errors import DataError, RecipeError
from luodi.store import SCOPES, KeyRing, open_store


@pytest.fixture
def ring(store):
    return KeyRing(store)


def test_a_key_is_found_by_its_secret_alone(ring):
    assert not ring.any()
    secret = ring.add("手机", frozenset({"predict", "feedback"}), 60)
    assert re.fullmatch(r"luodi_[A-Za-z0-9_-]{43}", secret)
    (key,) = ring.list()
    assert (key.name, key.scopes, key.per_minute, key.revoked) == ("手机", frozenset({"predict", "feedback"}), 60, None)
    assert key.prefix == secret[:12]
    assert ring.find(secret) == key
    assert ring.any()
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), key.prefix, "luodi_\ud800", "' OR 1=1 --", "a\0"):
        assert ring.find(wrong) is None


def test_two_keys_are_never_alike(ring):
    secrets = {ring.add(f"k{n}", frozenset({"predict"})) for n in range(10)}
    assert len(secrets) == 10
    assert [key.name for key in ring.list()] == [f"k{n}" for n in range(10)]
    assert {ring.find(secret).name for secret in secrets} == {f"k{n}" for n in range(10)}


def test_the_secret_is_nowhere_in_the_file(tmp_path):
    store = open_store(tmp_path / "store.db")
    secret = KeyRing(store).add("a", frozenset({"admin"}))
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    store.close()
    raw += (tmp_path / "store.db").read_bytes()
    assert secret[:12].encode() in raw
    assert secret[6:].encode() not in raw
    assert secret[13:].encode() not in raw


def test_a_revoked_key_is_good_for_nothing_wherever_it_was_revoked(url, ring):
    secret = ring.add("a", frozenset({"predict"}))
    assert ring.find(secret).name == "a"
    other = open_store(url)
    KeyRing(other).revoke("a")
    assert ring.find(secret) is None
    assert not ring.any()
    assert ring.list()[0].revoked > 0
    again = KeyRing(other).add("a", frozenset({"admin"}))
    other.close()
    assert ring.find(again).scopes == frozenset({"admin"})
    assert ring.find(secret) is None
    assert len(ring.list()) == 2


def test_a_name_bears_one_key_at_a_time(ring):
    ring.add("a", frozenset({"predict"}))
    with pytest.raises(DataError, match="'a' is in use"):
        ring.add("a", frozenset({"admin"}))
    with pytest.raises(DataError, match="no key in use is named 'b'"):
        ring.revoke("b")
    ring.revoke("a")
    with pytest.raises(DataError, match="no key in use"):
        ring.revoke("a")


@pytest.mark.parametrize(
    ("name", "scopes", "rate", "says"),
    [("", {"predict"}, None, "name"), (" ", {"predict"}, None, "name"), ("a" * 201, {"predict"}, None, "name"),
     ("a", set(), None, "opens nothing"), ("a", {"predcit"}, None, "did you mean 'predict'"),
     ("a", {"admin"}, 0, "1 request")],
)  # fmt: skip
def test_what_is_no_key_is_refused(ring, name, scopes, rate, says):
    with pytest.raises(RecipeError, match=says):
        ring.add(name, frozenset(scopes), rate)
    assert ring.list() == ()


def test_the_scopes_are_those_of_the_service():
    assert SCOPES == ("predict", "feedback", "admin")
