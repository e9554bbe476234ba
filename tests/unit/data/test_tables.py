"""Opening a table: columns at once, rows as often as asked, in bounded memory."""

import tracemalloc

import pytest

from luodi.data.header import columns_of
from luodi.data.tables import open_table
from luodi.errors import DataError


def test_rows_flow_again_and_again(write):
    table = open_table(write("a.csv", "id,text\n1,a\n2,\n\n3,c\n"))
    assert table.columns == ("id", "text")
    for _ in range(2):
        assert [tuple(row) for row in table.rows()] == [(2, ("1", "a")), (3, ("2", None)), (5, ("3", "c"))]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_memory_is_bounded(write, name):
    line = '{"text": "%s", "label": "%d"}\n' if name.endswith("jsonl") else "%s,%d\n"
    path = write(
        name,
        ("" if name.endswith("jsonl") else "text,label\n") + "".join(line % ("好" * 30, i % 3) for i in range(30_000)),
    )
    table = open_table(path)
    tracemalloc.start()
    n = sum(1 for _ in table.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == 30_000
    assert peak < 1_000_000 < path.stat().st_size


@pytest.mark.parametrize(
    ("records", "names", "has_header"),
    [
        ([["utterance_text", "intent_name"], *[["How do I pay?", "pay"]] * 9], ("utterance_text", "intent_name"), True),
        ([["好吃", "正面"], ["难吃", "负面"], ["一般", "正面"], ["香", "负面"]], ("text", "label"), False),
        ([["正面", "这家店真的很好吃"], ["负面", "难吃得要命"]], ("label", "text"), False),
        ([["id", "a b", "score"], ["1", "x", "2"], ["2", "y", "3"]], ("id", "a b", "score"), True),
        ([["1", "x", "2"], ["2", "y", "3"]], ("column1", "column2", "column3"), False),
        ([["一句话"]], ("text",), False),
    ],
)
def test_headers_are_told_from_rows(records, names, has_header):
    assert columns_of(records) == (names, has_header)


def test_what_the_user_names_is_a_header(write):
    table = open_table(write("a.csv", "评语,好坏\n好吃,好\n难吃,坏\n"), known=["评语"])
    assert table.columns == ("评语", "好坏")


def test_delimiters_that_are_named(write):
    assert open_table(write("a.txt", "a~b\nc~d\n"), delimiter="~").columns == ("text", "label")
    assert open_table(write("b.csv", "sep=;\ntext;label\na, b;c\n")).columns == ("text", "label")
    with pytest.raises(DataError, match="one character"):
        open_table(write("c.csv", "a\n"), delimiter="ab")
    with pytest.raises(DataError, match="no sheets"):
        open_table(write("d.csv", "text\na\n"), sheet="1")


def test_old_line_ends_and_marks_inside(write):
    table = open_table(write("a.csv", "\ufefftext,label\ra,1\r\nb\u2028c,0\n", "utf-8"))
    assert [row.cells for row in table.rows()] == [("a", "1"), ("b\u2028c", "0")]


def test_running_text_is_not_cut_at_its_commas(write):
    table = open_table(write("a.txt", "Good, but slow\nBad, and cold\nFine, thanks\n"))
    assert [row.cells for row in table.rows()] == [("Good, but slow",), ("Bad, and cold",), ("Fine, thanks",)]
