"""The new table: every column and row of the original, the labels in their places, whole or not at all."""

import csv
import json
from dataclasses import replace

import pytest

from luodi.data import read
from luodi.errors import DataError, LuodiError, RecipeError
from luodi.labelling import Answer, merge, read_source, text_key

ROWS = [
    ["id", "评论", "情感", "客户"],
    ["1", "很好吃", "正面", "a"],
    ["2", "太慢了", "正面", "b"],
    ["3", "还行", "", "=1+1"],
    ["4", "太慢了", "负面", ""],
]


def answers(**labels):
    return {
        text_key(text): Answer("skip" if label is None else "label", text_key(text), "情感", label, None, "", None, "")
        for text, label in labels.items()
    }


def answers_under(head, **labels):
    """Answers to texts under another label column."""
    return {key: replace(one, head=head) for key, one in answers(**labels).items()}


def rows_of(place, delimiter=","):
    with place.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter=delimiter))


@pytest.fixture
def merged(table, tmp_path):
    def run(given, rows=ROWS, out="out.csv", pool=None, **reading):
        place = table("a.csv", rows)
        pool = table("pool.csv", pool) if pool else None
        source = read_source(place, offered=("正面", "负面"), unlabelled=pool, **reading)
        opening = {"text": reading.get("text")}
        return merge(
            place,
            tmp_path / out,
            source=source,
            answers=given,
            journal=tmp_path / "a.labels.jsonl",
            unlabelled=pool,
            **opening,
        )

    return run


def test_labels_go_to_every_row_of_their_text(merged, tmp_path):
    done = merged(answers(太慢了="负面", 还行="正面", 别处="正面"))
    assert (done.rows, done.answers, done.changed, done.added, done.elsewhere, done.neutralised) == (4, 2, 2, 0, 1, 1)
    assert rows_of(tmp_path / "out.csv") == [
        ROWS[0], ROWS[1], ["2", "太慢了", "负面", "b"], ["3", "还行", "正面", "'=1+1"], ROWS[4],
    ]  # fmt: skip
    assert rows_of(tmp_path / "a.csv") == ROWS


def test_what_was_passed_over_stays(merged, tmp_path):
    merged(answers(太慢了=None, 很好吃="负面"))
    assert [row[2] for row in rows_of(tmp_path / "out.csv")[1:]] == ["负面", "正面", "", "负面"]


def test_a_table_without_a_label_column_gets_one_at_its_end(merged, tmp_path):
    merged(answers(很好吃="正面"), rows=[[row[0], row[1]] for row in ROWS])
    assert rows_of(tmp_path / "out.csv")[:3] == [["id", "评论", "label"], ["1", "很好吃", "正面"], ["2", "太慢了", ""]]


def test_tabs_where_the_name_says_so(merged, tmp_path):
    merged(answers(很好吃="负面"), out="out.tsv")
    assert rows_of(tmp_path / "out.tsv", "\t")[1] == ["1", "很好吃", "负面", "a"]


def test_labelled_rows_of_the_second_table_are_added(merged, tmp_path):
    pool = [
        ["内容", "日期", "客户"],
        ["新的一条", "2026-11-01", "c"],
        ["没看的", "2026-11-02", "d"],
        ["很好吃", "", "e"],
    ]
    done = merged(answers(新的一条="负面", 很好吃="正面"), pool=pool)
    assert (done.rows, done.added, done.changed) == (6, 2, 2)
    assert rows_of(tmp_path / "out.csv") == [
        [*ROWS[0], "日期"],
        *([*row[:3], row[3].replace("=", "'="), ""] for row in ROWS[1:]),
        ["", "新的一条", "负面", "c", "2026-11-01"],
        ["", "很好吃", "正面", "e", ""],
    ]


def test_columns_of_one_name_stay_apart(merged, tmp_path):
    rows = [["评论", "x", "x", "情感"], ["很好吃", "1", "2", "正面"], ["太慢了", "3", "4", "负面"]]
    merged(answers(很好吃="负面"), rows=rows)
    assert rows_of(tmp_path / "out.csv") == [["评论", "x", "x_2", "情感"], ["很好吃", "1", "2", "负面"], rows[2]]


def test_what_comes_out_can_be_read(merged, tmp_path):
    merged(answers(还行="负面"))
    data = read(tmp_path / "out.csv")
    assert data.texts == ("很好吃", "太慢了", "还行", "太慢了")
    assert data.labels["情感"] == ("正面", "正面", "负面", "负面")


def test_texts_with_line_breaks_and_quotes_survive(merged, tmp_path):
    text = '他说："好"\n第二行, 还有'
    rows = [["评论", "情感"], [text, "正面"], ["太慢了", "负面"]]
    done = merged(answers(**{text: "负面"}), rows=rows)
    assert done.changed == 1
    assert rows_of(tmp_path / "out.csv")[1] == [text, "负面"]


def test_joined_columns_are_written_apart(merged, tmp_path):
    rows = [["标题", "内容", "情感"], ["好", "很好", "正面"], ["差", "很差", "负面"]]
    merged(answers(**{"好\n很好": "负面"}), rows=rows, text=("标题", "内容"))
    assert rows_of(tmp_path / "out.csv") == [rows[0], ["好", "很好", "负面"], rows[2]]


def test_objects_keep_their_values(merged, tmp_path):
    """In jsonl a value stays what it is, whether the table was JSON or not."""
    place = tmp_path / "b.jsonl"
    lines = [{"text": "很好吃", "n": 1, "more": ["x"], "label": "正面"}, {"text": "太慢了", "label": "=1", "n": None}]
    place.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    source = read_source(place)
    out = tmp_path / "out.jsonl"
    assert merge(place, out, source=source, answers=answers(太慢了="正面"), journal=tmp_path / "j").changed == 1
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert written == [lines[0], {**lines[1], "label": "正面"}]
    merged(answers(很好吃="负面"), out="other.jsonl")
    first = json.loads((tmp_path / "other.jsonl").read_text("utf-8").splitlines()[0])
    assert first == {"id": "1", "评论": "很好吃", "情感": "负面", "客户": "a"}


@pytest.mark.parametrize("out", ["out.csv", "out.tsv", "out.jsonl"])
def test_quotes_tabs_and_line_breaks_come_back_as_they_were(merged, tmp_path, out):
    texts = ['"quoted" and, more', "a\ttab", "two\nlines", '"', "plain"]
    merged(answers(plain="负面"), rows=[["text", "label"], *([text, "正面"] for text in texts)], out=out)
    data = read(tmp_path / out)
    assert data.texts == tuple(texts)
    assert data.labels["label"] == ("正面",) * 4 + ("负面",)


def test_a_quote_far_below_comes_back_from_tabs(merged, tmp_path):
    """Whether quotes are signs of the text is told by the first rows: they must show it."""
    texts = [*(f"plain {row}" for row in range(1200)), '"quoted" words', "two\nlines"]
    merged(answers(**{"plain 0": "负面"}), rows=[["text", "label"], *([text, "正面"] for text in texts)], out="out.tsv")
    assert read(tmp_path / "out.tsv").texts == tuple(texts)


@pytest.mark.parametrize("out", ["a.csv", "pool.csv", "link.csv"])
def test_the_originals_are_never_written_to(merged, tmp_path, out):
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(RecipeError, match="is the original"):
        merged(answers(很好吃="负面"), pool=[["内容"], ["新的一条"]], out=out)
    assert rows_of(tmp_path / "a.csv") == ROWS


def test_other_kinds_are_refused(merged):
    with pytest.raises(RecipeError, match=r"\.csv, \.tsv, \.jsonl"):
        merged(answers(很好吃="负面"), out="out.xlsx")


def test_nothing_answered_is_told(merged, tmp_path):
    with pytest.raises(DataError, match="no answer"):
        merged(answers(别处="正面", 很好吃=None))
    assert not (tmp_path / "out.csv").exists()


def test_a_failure_leaves_nothing_and_spoils_nothing(merged, tmp_path):
    (tmp_path / "out.csv").write_text("before")
    rows = [*ROWS, ["ragged", "x"]]
    with pytest.raises(DataError):
        merged(answers(很好吃="负面"), rows=rows)
    with pytest.raises(LuodiError, match="cannot be written"):
        merged(answers(很好吃="负面"), out="none/out.csv")
    assert (tmp_path / "out.csv").read_text() == "before"
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "out.csv"}


def test_the_answers_themselves_are_never_written_over(merged, tmp_path):
    journal = tmp_path / "a.labels.jsonl"
    journal.write_text("{}\n", "utf-8")
    with pytest.raises(RecipeError, match="is the original"):
        merged(answers(很好吃="负面"), out="a.labels.jsonl")
    assert journal.read_text("utf-8") == "{}\n"


def test_rows_that_share_a_line_keep_their_own_labels(tmp_path):
    """All objects of a list in one line begin on line 1; one of them has no text."""
    place, out = tmp_path / "one.json", tmp_path / "out.jsonl"
    rows = [
        {"text": "好", "label": 1},
        {"text": "", "label": 0},
        {"text": "差", "label": 0},
        {"text": "慢", "label": 0},
    ]
    place.write_text(json.dumps(rows), "utf-8")
    source = read_source(place, offered=("0", "1"))
    assert source.data.labels["label"] == ("1", "0", "0")
    given = {text_key(text): Answer("label", text_key(text), "label", label, None, "", None, "")
             for text, label in (("好", "0"), ("慢", "1"))}  # fmt: skip
    merge(place, out, source=source, answers=given, journal=tmp_path / "j")
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["label"] for row in written] == [0, 0, 0, 1]  # numbers stay numbers


def test_a_lone_return_comes_back(merged, tmp_path):
    texts = ["a\rb", "plain", "x\r"]
    merged(answers(plain="负面"), rows=[["text", "label"], *([text, "正面"] for text in texts)])
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row[0] for row in csv.reader(stream)][1:] == texts


def test_a_field_without_a_column_is_told_of_not_lost(tmp_path):
    place, out = tmp_path / "late.jsonl", tmp_path / "out.csv"
    rows = [{"text": f"t{n}", "label": "x" if n % 2 else "y"} for n in range(5100)]
    rows[5050]["more"] = "1"
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    given = {text_key("t1"): Answer("label", text_key("t1"), "label", "y", None, "", None, "")}
    with pytest.raises(DataError, match="'more' has no column") as told:
        merge(place, out, source=read_source(place), answers=given, journal=tmp_path / "j")
    assert told.value.fix == "--export OUT.jsonl"
    assert not out.exists()


def labelled(**labels):
    return {
        text_key(text): Answer("label", text_key(text), "label", label, None, "", None, "")
        for text, label in labels.items()
    }


def test_new_labels_are_of_the_kind_of_the_old_ones(table, tmp_path):
    """Also in rows that had none, and in those of a second table; what was confirmed stays as it stood."""
    place, pool, out = tmp_path / "n.jsonl", table("pool.csv", [["text"], ["e"]]), tmp_path / "out.jsonl"
    rows = [{"text": "a"}, {"text": "b", "label": 1.0}, {"text": "c", "label": 0}, {"text": "d", "label": None}]
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = read_source(place, offered=("0", "1"), unlabelled=pool)
    given = labelled(a="1", b="1", c="1", d="0", e="1")
    done = merge(place, out, source=source, answers=given, journal=tmp_path / "j", unlabelled=pool)
    written = [json.loads(line)["label"] for line in out.read_text("utf-8").splitlines()]
    assert [repr(label) for label in written] == ["1.0", "1.0", "1", "0.0", "1.0"]
    assert done.changed == 4


def test_a_label_that_was_confirmed_is_not_written_another_way(table, tmp_path):
    rows = [["text", "label"], ["a", "TRUE"], ["b", "False"]]
    place, out = table("a.csv", rows), tmp_path / "out.csv"
    done = merge(place, out, source=read_source(place), answers=labelled(a="true", b="true"), journal=tmp_path / "j")
    assert rows_of(out) == [rows[0], ["a", "TRUE"], ["b", "true"]]
    assert (done.answers, done.changed) == (2, 1)


def test_answers_to_cleaned_texts_find_their_rows(table, tmp_path):
    place, out = table("a.csv", [["text", "label"], ["<b>a</b>", "x"], ["<br>", "x"], ["b", "y"]]), tmp_path / "out.csv"
    source = read_source(place, clean=("strip_html",))
    assert merge(place, out, source=source, answers=labelled(a="y"), journal=tmp_path / "j").changed == 1
    assert rows_of(out)[1:] == [["<b>a</b>", "y"], ["<br>", "x"], ["b", "y"]]


def test_no_column_of_the_second_table_is_lost_to_a_name(merged, tmp_path):
    rows = [["review", "label"], ["很好吃", "正面"], ["太慢了", "负面"]]
    pool = [["content", "review", "review_2"], ["新的一条", "x1", "x2"]]
    merged(answers_under("label", 新的一条="负面"), rows=rows, pool=pool)
    written = rows_of(tmp_path / "out.csv")
    assert len(set(written[0])) == len(written[0])
    assert {"x1", "x2", "新的一条", "负面"} <= set(written[-1])
