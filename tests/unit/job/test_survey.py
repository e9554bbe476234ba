"""A build looks at its rows first: the worst is said at once, and stands in the report."""

import pytest

from luodi import registry
from luodi.auditing import Finding, Suspect, check
from luodi.auditing.check import KIND
from luodi.data import Dataset, Split
from luodi.data.leaks import Leaks
from luodi.errors import MissingExtra
from luodi.job.recipe import make_recipe, write_recipe
from luodi.job.survey import survey
from luodi.language import speak
from luodi.progress import Silent


class Heard(Silent):
    """Keeps what it is told."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def split():
    parts = [Dataset.of([f"{name} {row}" for row in range(4)], {"kind": list("abab")}) for name in ("x", "y", "z")]
    return Split(*parts, Leaks())


@pytest.fixture
def only(monkeypatch):
    """Leave no check but the one that the test enters."""
    monkeypatch.setitem(registry._parts, KIND, {})

    def enter(look):
        look.__doc__ = "Say what the test wants."
        check("a_check")(look)

    return enter


def finding(severity, what, **more):
    return Finding(severity, 0.5, 9, what, "effect", "advice", **more)


RECIPE = make_recipe({"data": {"path": "a.csv"}})


def test_the_worst_three_are_said_and_all_are_kept(split, only):
    found = [finding("error", "worst"), *(finding("warning", f"bad {n}") for n in range(4)), finding("note", "fine")]
    only(lambda evidence: iter(found))
    heard = Heard()
    with speak("en"):
        made = survey(split, RECIPE, progress=heard)
    assert heard.notes == [
        "error: worst", "warning: bad 0", "warning: bad 1", "2 more findings in the data: luodi audit shows them all",
    ]  # fmt: skip
    assert made.split is split
    assert made.audit["n"] == 12
    assert [one["what"] for one in made.audit["findings"]] == ["worst", *(f"bad {n}" for n in range(4)), "fine"]


def test_all_parts_are_looked_at(split, only):
    seen = []

    def look(evidence):
        seen.append((evidence.parts, len(evidence.data)))
        return iter(())

    only(look)
    assert survey(split, RECIPE, progress=Silent()).audit == {"n": 12, "findings": []}
    assert seen == [(("train", "validation", "test"), 12)]


def test_the_report_gets_few_rows_and_no_text_that_must_not_be_shown(only):
    part = Dataset.of(["秘密 13912345678", *("长" * 9000 for _ in range(20))], {"kind": ["a"] * 21})
    rows = tuple(Suspect(row) for row in range(21))
    only(lambda evidence: iter([finding("error", "rows 13912345678", suspects=rows)]))
    made = survey(Split(part, part, part, Leaks()), RECIPE, progress=Silent())
    examples = made.audit["findings"][0]["examples"]
    assert [row["text"][:12] for row in examples] == ["秘密 [PHONE]", *["长" * 12] * 4]
    assert all(len(row["text"]) <= 201 for row in examples)
    assert "13912345678" not in str(made.audit)


def test_what_is_not_installed_stops_no_build(split, only):
    def look(evidence):
        raise MissingExtra("this needs a package", fix="pip install it")

    only(look)
    heard = Heard()
    with speak("en"):
        assert survey(split, RECIPE, progress=heard).audit is None
    assert heard.notes == ["the data were not audited: this needs a package"]


def test_an_error_of_a_check_is_not_hidden(split, only):
    only(lambda evidence: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        survey(split, RECIPE, progress=Silent())


def test_a_recipe_may_leave_it_out(split, only):
    only(lambda evidence: 1 / 0)
    recipe = make_recipe({"data": {"path": "a.csv"}}, overrides=["audit=false"])
    assert survey(split, recipe, progress=Silent()).audit is None
    assert "\naudit: false\n" in write_recipe(recipe)
    assert "\naudit: true\n" in write_recipe(RECIPE)
