"""Parts come to the registry under a kind and a name, and are found or proposed by it."""

from dataclasses import dataclass

import pytest

from luodi import registry
from luodi.language import speak
from luodi.registry import Unknown, did_you_mean, find, kinds, parts, register

KIND = "stage"


@dataclass(frozen=True)
class Second:
    """Comes second."""


@dataclass(frozen=True)
class First:
    """Comes first."""


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    """Two parts in a registry of their own; the real one is back afterwards."""
    monkeypatch.setattr(registry, "_parts", {})
    register(KIND, "second")(Second)
    register(KIND, "first")(First)


def test_parts_are_found_by_name_and_listed_in_order():
    assert find(KIND, "first") is First
    assert list(parts(KIND).items()) == [("first", First), ("second", Second)]
    assert kinds() == (KIND,)


def test_the_list_given_out_is_a_copy():
    parts(KIND)["third"] = First
    assert list(parts(KIND)) == ["first", "second"]


def test_a_name_bears_one_part():
    with pytest.raises(ValueError, match="'first' is already First"):
        register(KIND, "first")(Second)
    assert register(KIND, "first")(First) is First  # a module that is imported again


def test_an_unknown_name_proposes_the_nearest():
    with speak("en"), pytest.raises(Unknown) as caught:
        find(KIND, "frist")
    assert str(caught.value) == f"no {KIND} is named 'frist'; did you mean 'first'?"
    assert caught.value.known == ("first", "second")


def test_an_unknown_kind_has_no_parts():
    assert parts("no such kind") == {}
    with speak("en"), pytest.raises(Unknown, match=r"no no such kind is named 'x'$"):
        find("no such kind", "x")


@pytest.mark.parametrize(
    ("name", "said"),
    [("lroa", "; did you mean 'lora'?"), ("", "; known: adalora, full, lora"), ("全", "; known: adalora, full, lora")],
)
def test_what_was_meant_is_guessed_or_all_is_listed(name, said):
    with speak("en"):
        assert did_you_mean(name, ("adalora", "full", "lora")) == said
        assert did_you_mean(name, ()) == ""
