"""What the cells of a column hold, told by the cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import Dataset, read
from luodi.data.kinds import NUMBER, ONE, SEVERAL, SPANS, kind_of, labels_in
from luodi.errors import DataError
from luodi.language import speak


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["好", None, "差"], ONE), (["1", "2"], ONE), ([], ONE), ([None], ONE), (["[]", "[]"], ONE),
        (['["a"]', "[]"], SEVERAL), (['["a"]', "b"], ONE), (['["a", 1]'], ONE), (["[x]", "[y]"], ONE),
        (['[[0, 2, "n"]]', "[]"], SPANS), (['[{"start": 0, "end": 2, "label": "n"}]'], SPANS),
        (['[[2, 0, "n"]]'], ONE), (['[[0, 2, ""]]'], ONE), (['[[0, true, "n"]]'], ONE), (['["a", [0, 2, "n"]]'], ONE),
    ],
)  # fmt: skip
def test_the_cells_tell(cells, kind):
    assert kind_of(cells) == kind


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=5))
def test_any_cells_are_of_some_kind(cells):
    assert kind_of(cells) in (ONE, SEVERAL, SPANS)


def test_separators_of_every_habit():
    assert labels_in("服务；味道；服务") == ("服务", "味道")
    assert labels_in("a|b c") == ("a", "b c")
    assert labels_in('["a, b"]') == ("a, b",)


def test_a_set_tells_what_sorts_its_rows():
    data = Dataset.of(["x"], {"a": ["好"], "b": ['["u"]'], "c": ["3.5"]})
    assert list(data.sorting()) == ["a", "c"]
    assert data.with_columns(data.sorting()).labels.keys() == {"a", "c"}
    from dataclasses import replace

    told = replace(data, kinds={"c": NUMBER})
    assert list(told.sorting()) == ["a"]
    assert told.renamed({"c": "d"}).kind("d") == NUMBER
    assert told.take([0]).kind("c") == NUMBER


def test_empty_lists_decide_nothing():
    """A file sorted by whether a row has spans begins with many rows of none."""
    assert kind_of(["[]"] * 500 + ['[[0, 2, "n"]]']) == SPANS
    assert kind_of(["[]"] * 500 + ['["a"]']) == SEVERAL
    assert kind_of(["[]"] * 500 + ["a"]) == ONE


def test_half_an_emoji_in_a_list_can_be_written():
    (label,) = labels_in('["\\ud83d"]')
    assert label.encode("utf-8")


def test_a_cell_that_is_no_number_is_named_with_its_line(tmp_path):
    place = tmp_path / "rows.csv"
    place.write_text("text,stars\n好,5\n坏,n/a\n快,x\n", encoding="utf-8")
    with speak("en"), pytest.raises(DataError, match="line 3: 'n/a' in column 'stars' is no number"):
        read(place, text="text", labels={"stars": NUMBER})
    assert read(place, text="text", labels=["stars"]).kind("stars") == ONE


def test_many_numbers_are_told_how_they_are_rated(tmp_path):
    place = tmp_path / "rows.csv"
    place.write_text("text,stars\n" + "".join(f"t{row},{row / 7}\n" for row in range(90)), encoding="utf-8")
    with speak("en"), pytest.raises(DataError) as caught:
        read(place, text="text", labels=["stars"])
    assert "--label stars:score" in caught.value.fix
