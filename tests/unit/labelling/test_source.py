"""What can be labelled is found in every table that a user may have, and said what is missing where it is."""

import pytest

from luodi.errors import DataError, RecipeError
from luodi.labelling import read_source

ROWS = [["评论", "情感"], ["很好吃", "正面"], ["太慢了", "负面"], ["还行", ""], ["不错", "正面"]]


def test_a_labelled_table_offers_its_labels(table):
    source = read_source(table("a.csv", ROWS))
    assert (source.head, source.labels, source.n_own) == ("情感", ("正面", "负面"), 4)
    assert source.data.labels["情感"] == ("正面", "负面", None, "正面")
    assert source.data.origin(1) == "a.csv:3"


def test_labels_that_are_named_are_offered_in_their_order(table):
    source = read_source(table("a.csv", ROWS), offered=("负面", "中性", "正面", "负面"))
    assert source.labels == ("负面", "中性", "正面")
    assert source.data.labels["情感"] == ("正面", "负面", None, "正面")


def test_labels_that_are_named_are_written_as_those_of_the_table_are_read(table):
    source = read_source(table("a.csv", [["评论", "情感"], ["好", "TRUE"], ["差", "False"]]), offered=("True", "False"))
    assert source.labels == ("true", "false") == source.data.labels["情感"]
    assert read_source(table("b.csv", ROWS), offered=("1.0", "nan", "2.5", "1")).labels == ("1", "2.5")


def test_cleaned_rows_keep_their_own_labels(table):
    """The second row is left without a text by the cleaner."""
    place = table("a.csv", [["评论", "情感"], ["<b>好</b>", "正面"], ["<br>", "负面"], ["差", "负面"]])
    pool = table("pool.csv", [["评论"], ["<i>新</i>"]])
    for offered in ((), ("正面", "负面")):
        source = read_source(place, offered=offered, unlabelled=pool, clean=("strip_html",))
        assert source.data.texts == ("好", "差", "新")
        assert source.data.labels["情感"] == ("正面", "负面", None)


def test_a_table_without_labels_gets_a_column(table):
    texts = [[row[0]] for row in ROWS]
    source = read_source(table("a.csv", texts), offered=("a", "b"))
    assert (source.head, source.data.labels) == ("label", {"label": (None,) * 4})
    named = read_source(table("a.csv", texts), offered=("a", "b"), labels=("情感",))
    assert (named.head, named.data.labels) == ("情感", {"情感": (None,) * 4})


def test_a_column_that_is_named_like_a_label_may_be_empty(table):
    source = read_source(table("a.csv", [[row[0], ""] if i else row for i, row in enumerate(ROWS)]), offered=("a", "b"))
    assert (source.head, set(source.data.labels["情感"])) == ("情感", {None})


def test_another_column_is_not_taken_for_labels_where_labels_are_named(table):
    rows = [["content", "score"], ["good", "3.2"], ["bad", "1.7"]]
    source = read_source(table("a.csv", rows), offered=("a", "b"))
    assert (source.head, set(source.data.labels["label"])) == ("label", {None})


def test_a_table_without_labels_and_nothing_named_says_what_to_name(table):
    with pytest.raises(DataError) as refused:
        read_source(table("a.csv", [["content"], ["good"], ["bad"]]))
    assert "--labels good,bad" in str(refused.value)


def test_a_fault_of_its_own_is_told_as_everywhere(table, tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read_source(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_source(tmp_path)
    with pytest.raises(DataError, match="no column is named"):
        read_source(table("a.csv", ROWS), labels=("label",))


def test_one_label_leaves_no_choice(table):
    with pytest.raises(DataError, match="two labels at least, here are 1") as refused:
        read_source(table("a.csv", [["评论", "情感"], ["很好吃", "正面"], ["不错", "正面"]]))
    assert "--labels" in refused.value.fix


def test_one_column_at_a_time(table):
    with pytest.raises(RecipeError, match="one column at a time"):
        read_source(table("a.csv", ROWS), labels=("情感", "意图"))


def test_a_second_table_stands_behind_the_first(table):
    pool = table("pool.csv", [["id", "评论"], ["1", "新的"], ["2", "很好吃"]])
    source = read_source(table("a.csv", ROWS), unlabelled=pool)
    assert source.n_own == 4
    assert source.data.texts[4:] == ("新的", "很好吃")
    assert source.data.labels["情感"][4:] == (None, None)
    assert source.data.origin(4) == "pool.csv:2"
    assert sorted(map(list, source.rows_of.values())) == [[0, 5], [1], [2], [3], [4]]


def test_a_table_without_a_header_works_too(table):
    source = read_source(table("a.tsv", [["很好吃，下次还来"], ["太慢了，等了很久"]]), offered=("a", "b"))
    assert source.data.texts == ("很好吃，下次还来", "太慢了，等了很久")


def test_joined_columns_make_one_text(table):
    rows = [["标题", "内容", "情感"], ["好", "很好", "正面"], ["差", "很差", "负面"]]
    for offered in ((), ("a", "b")):
        source = read_source(table("a.csv", rows), offered=offered, text=("标题", "内容"))
        assert source.data.texts == ("好\n很好", "差\n很差")
