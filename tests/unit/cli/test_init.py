"""A recipe that `init` writes can be obeyed as it tells one to."""

import csv

import pytest

from luodi.cli import init as verb
from luodi.job.recipe import read_recipe


@pytest.fixture
def table(tmp_path, toy_data):
    place = tmp_path / "reviews.csv"
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        writer.writerows(zip(toy_data.texts, toy_data.labels["情感"], strict=True))
    return place


@pytest.mark.parametrize("language", ["en", "zh"])
def test_its_example_is_a_budget_once_the_marks_are_gone(luodi, table, language):
    place = table.with_suffix(".yaml")
    assert luodi("init", str(table), "-o", str(place), "--quiet", "--lang", language).code == 0
    assert not read_recipe(place).budget
    text = place.read_text("utf-8")
    lines = text.splitlines()
    start = lines.index("# budget:")
    assert "budget: {}" not in text
    assert lines[0].startswith("# ")
    place.write_text("\n".join([*lines[:start], *(line[2:] for line in lines[start:])]), encoding="utf-8")
    assert set(read_recipe(place).budget.limits) == {"macro_f1", "latency_p95_ms", "size_mib"}


@pytest.mark.parametrize(
    ("place", "code", "said"), [(".", 2, "is a folder"), ("no/such/r.yaml", 1, "no/such/r.yaml cannot be written")]
)
def test_a_place_that_cannot_take_the_recipe_is_named(luodi, table, monkeypatch, place, code, said):
    monkeypatch.chdir(table.parent)
    ended = luodi("init", str(table), "-o", place, "--force", "--quiet")
    assert ended.code == code
    assert said in ended.err


def test_what_is_there_is_not_overwritten_and_the_rows_are_not_read_for_it(luodi, table, monkeypatch):
    place = table.with_suffix(".yaml")
    place.write_text("mine", encoding="utf-8")

    def read(*_, **__):
        raise AssertionError("the rows were read")

    with monkeypatch.context() as patched:
        patched.setattr(verb, "divide", read)
        ended = luodi("init", str(table), "-o", str(place))
    assert ended.code == 2
    assert "is there already" in ended.err
    assert place.read_text("utf-8") == "mine"
    assert luodi("init", str(table), "-o", str(place), "--force", "--quiet").code == 0
    assert read_recipe(place).data.path == str(table)
