"""What the cells of a column hold, told by the cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import Dataset
from luodi.data.kinds import NUMBER, ONE, SEVERAL, SPANS, kind_of, labels_in


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
