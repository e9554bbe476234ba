"""Reading: every format, encoding and habit ends in the same rows, or in one sentence."""

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data.read import read
from luodi.errors import DataError, MissingExtra
from luodi.language import speak

ROWS = [("很好吃，\n还会再来", "1"), ("太慢 \U0001f622", "0"), ('他说"还行"', "1"), ("a, b; c|d", "0")]


def as_csv(rows, header=("评论", "标签"), delimiter=","):
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([header, *rows] if header else rows)
    return out.getvalue()


def as_parquet(path, columns):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(columns), str(path))
    return path


def pairs(data):
    return list(zip(data.texts, next(iter(data.labels.values())), strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_in_every_encoding_and_delimiter(write, encoding, delimiter):
    data = read(write("a.csv", as_csv(ROWS, delimiter=delimiter), encoding))
    assert pairs(data) == ROWS
    assert list(data.labels) == ["标签"]
    assert list(data.line_of) == [2, 4, 5, 6]  # the first text holds a line break
    assert data.origin(1) == "a.csv:4"


def test_every_format_ends_in_the_same_rows(write, spreadsheet, tmp_path):
    objects = [{"text": text, "label": float(label)} for text, label in ROWS]
    files = [
        write("a.tsv", as_csv(ROWS, header=("text", "label"), delimiter="\t")),
        write("a.jsonl", "\n".join(json.dumps(one) for one in objects)),
        write("b.jsonl", "\n\n".join(json.dumps(one, ensure_ascii=False) for one in objects) + "\n"),
        write("a.json", json.dumps(objects, indent=1)),
        write("b.json", json.dumps({"version": [1, 2], "data": objects}, ensure_ascii=False)),
        write("c.json", "\n".join(json.dumps(one) for one in objects)),
        write("d.csv", json.dumps(objects)),
        spreadsheet({"一月": [("text", "label"), *((text, int(label)) for text, label in ROWS)]}),
        as_parquet(tmp_path / "a.parquet", {"text": [r[0] for r in ROWS], "label": [float(r[1]) for r in ROWS]}),
    ]
    for path in files:
        assert pairs(read(path)) == ROWS, path.name


def test_a_suffix_may_lie(write, spreadsheet, tmp_path):
    book = spreadsheet({"s": [("text", "label"), ("好", "1"), ("坏", "0")]}, "book.csv")
    assert len(read(book)) == 2
    assert len(read(write("not.xlsx", "text,label\n好,1\n坏,0\n"))) == 2
    assert len(read(as_parquet(tmp_path / "p.csv", {"text": ["a", "b"], "label": ["x", "y"]}))) == 2


def test_the_chinese_habit_without_a_header(write):
    data = read(write("a.txt", "很好吃\t正面\n太慢了\t负面\n\n还可以\t正面\n"))
    assert pairs(data) == [("很好吃", "正面"), ("太慢了", "负面"), ("还可以", "正面")]
    assert list(data.line_of) == [1, 2, 4]
    other_way_round = read(write("b.csv", "1,这家店很好吃\n0,这家店太慢了\n"))
    assert pairs(other_way_round) == [("这家店很好吃", "1"), ("这家店太慢了", "0")]


def test_quotes_of_the_text_are_kept_where_they_close_nothing(write):
    data = read(write("a.tsv", 'text\tlabel\n"还行"吧\t1\n"不好\t0\n说"好"\t1\n'))
    assert data.texts == ('"还行"吧', '"不好', '说"好"')


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["1.0", "0.0", "1"], ["1", "0", "1"]),
        (["True", "false", "TRUE"], ["true", "false", "true"]),
        (["4.5", "5.0", " 5 "], ["4.5", "5", "5"]),
        (["none", "", "nan"], ["none", None, None]),
    ],
)
def test_labels_of_every_kind(write, cells, labels):
    rows = "".join(f"文本{i},{cell}\n" for i, cell in enumerate(cells))
    assert list(read(write("a.csv", "text,label\n" + rows)).labels["label"]) == labels


def test_typed_booleans_and_integers(tmp_path):
    path = as_parquet(tmp_path / "a.parquet", {"text": ["a", "b"], "label": [True, False], "intent": [3, None]})
    data = read(path, labels=["label", "intent"])
    assert data.labels == {"label": ("true", "false"), "intent": ("3", None)}


def test_several_heads_and_joined_texts_and_group_and_time(write):
    path = write(
        "a.csv",
        "title,content,Label,意图,customer,day\nA,a,1,x,c1,2024/1/5\nB,,0,y,,2023年12月1日\n,c,1,,c1,20240301\n",
    )
    data = read(path, text=["title", "content"], labels={"label": "one", "意图": None}, group="customer", time="DAY")
    assert data.texts == ("A\na", "B", "c")
    assert data.labels == {"label": ("1", "0", "1"), "意图": ("x", "y", None)}
    assert data.groups == ("c1", "a.csv:3", "c1")
    assert sorted(data.times) == [data.times[1], data.times[0], data.times[2]]


def test_texts_alone(write):
    assert read(write("a.txt", "第一行, 好\n第二行\n"), labels=()).texts == ("第一行, 好", "第二行")
    assert read(write("b.jsonl", '"一"\n"二"\n'), labels=()).texts == ("一", "二")


def test_rows_without_a_text_are_left_out_and_told(write, listener):
    data = read(write("a.csv", "text,label\na,1\n,1\nNaN,0\nb,0\n c ,\n"), progress=listener)
    assert data.texts == ("a", "b", "c")
    assert any("2 rows without a text (lines 3, 4)" in note for note in listener.notes)
    assert any("1 rows have no label" in note for note in listener.notes)
    assert listener.done["reading a.csv"] == (33, 33)


def test_lone_surrogates_and_nulls_are_survived(write):
    data = read(write("a.jsonl", '{"text": "a\\ud800b", "label": "x"}\n{"text": "a\\u0000b", "label": "y"}\n'))
    assert data.texts[0] == "a\ufffdb"
    data.fingerprint()


def test_a_huge_text_is_read(write):
    assert len(read(write("a.csv", "text,label\n" + "长" * 300_000 + ",1\nb,0\n")).texts[0]) == 300_000


FAULTS = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n \n\n", "holds no rows"),
    "header.csv": (b"text,label\n", "holds no rows"),
    "junk.csv": (bytes(range(256)) * 20, "no text and no kind of table"),
    "zip.csv": (b"\x1f\x8b\x08" + b"x" * 50, "is compressed"),
    "page.xls": (b"<html><table><tr><td>a</td></tr></table></html>", "web page"),
    "broken.xlsx": (b"PK\x03\x04" + b"\x00" * 300, "damaged"),
    "broken.parquet": (b"PAR1" + b"x" * 300, "damaged"),
    "ragged.csv": (b"text,label\na,1\nb,c,0\n", "line 3: 3 cells where the first line has 2"),
    "short.csv": (b"text,label\na,1\nb\n", "line 3: 1 cells where the first line has 2"),
    "quote.csv": (b'text,label\n"a\nb",1\n"b,0\nc,1\n', "line 4: a double quote opens here"),
    "twice.csv": (b"text,label,label\na,1,2\n", "2 columns are named 'label'"),
    "bad.jsonl": (b'{"text": "a", "label": "1"}\n{"text": }\n', "line 2 is no JSON"),
    "number.jsonl": (b'{"text": "a", "label": "1"}\n5\n', "line 2: a row is an object"),
    "bad.json": (b'[{"text": "a"},\n {"text": "b"},\n {"text": }]', "line 3 is no JSON"),
    "cut.json": (b'[{"text": "a"},\n {"text": "b"', "line 2 is no JSON"),
    "scalar.json": (b"3\n", "no column is named like a label"),
    "ids.csv": (
        "text,label\n" + "".join(f"t{i},id{i}\n" for i in range(5000)),
        "5000 different values in 5000 rows: these are no labels",
    ),
    "unlabelled.csv": (b"text,label\na,\nb,\n", "column 'label' is empty in every row"),
    "textless.csv": (b"text,label\n,1\n,0\nb,1\n", "2 of 3 rows have no text in column 'text'"),
    "columns.csv": (b"a1,b1,c1\n1,2,3\n4,5,6\n", "no column is named like a text"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_bad_files_end_in_one_sentence(write, name):
    content, sentence = FAULTS[name]
    with pytest.raises(DataError, match=r"^data: ") as error:
        read(write(name, content))
    assert sentence in error.value.what
    assert name.split(".")[0] in error.value.what
    with speak("zh"), pytest.raises(DataError) as chinese:
        read(write(name, content))
    assert chinese.value.what.startswith("数据：")


def test_a_bad_byte_is_named_by_its_line(write):
    rows = "".join(f"这是第{i}条评论,{i % 2}\n" for i in range(20_000)).encode()
    good = b"text,label\n" + rows
    bad = good + "坏".encode()[:2] + b",1\n"
    with pytest.raises(DataError, match=r"line 20002: a byte is not utf-8") as error:
        read(write("a.csv", bad))
    assert "--encoding" in error.value.fix
    assert "0xE5" in error.value.found


def test_another_encoding_is_refused_unless_named(write):
    latin = "text,label\n" + "".join(f"schöne Größe für Zürich {i},{i % 2}\n" for i in range(50))
    path = write("a.csv", latin, "cp1252")
    with pytest.raises(DataError, match="neither in UTF-8 nor in GB18030"):
        read(path)
    assert read(path, encoding="cp1252").texts[0] == "schöne Größe für Zürich 0"
    for name in ("utf-99", "base64", "rot13", "undefined", "utf\0", "\ud800"):
        with pytest.raises(DataError, match="no encoding is named"):
            read(path, encoding=name)


def test_missing_files_and_folders(tmp_path, write):
    write("reviews.csv", "text,label\na,1\n")
    with pytest.raises(DataError, match="there is no file") as error:
        read(tmp_path / "review.csv")
    assert error.value.fix == "did you mean reviews.csv?"
    with pytest.raises(DataError, match="is a folder") as error:
        read(tmp_path)
    assert error.value.found == "reviews.csv"
    with pytest.raises(DataError, match="there is no folder"):
        read(tmp_path / "none" / "a.csv")
    with pytest.raises(DataError):
        read("a\0b.csv")


def test_a_column_that_is_not_there(write):
    path = write("a.csv", "文本,类别,时间\na,1,2024\n")
    with pytest.raises(DataError) as error:
        read(path, labels="label")
    assert str(error.value).splitlines() == [
        "data: a.csv: no column is named 'label'", "  found: 文本, 类别, 时间", "  fix:   --label 类别",
    ]  # fmt: skip
    with pytest.raises(DataError, match="'texts', 'customer'") as error:
        read(path, text="texts", group="customer")


def test_dates_that_are_none(write):
    with pytest.raises(DataError, match=r"line 3: 1 rows have no date") as error:
        read(write("a.csv", "text,label,day\na,1,2024-01-02\nb,0,1/5/2024\n"), time="day")
    assert "1/5/2024" in error.value.found


def test_parquet_says_what_to_install(tmp_path, monkeypatch):
    path = as_parquet(tmp_path / "a.parquet", {"text": ["a"], "label": ["x"]})
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra):
        read(path)


# Cells as they come back: trimmed, without the sign that parts pairs, and no word that means "missing".
_SIGN = st.characters(exclude_categories=("Cs",), exclude_characters="\x1f")
_CELL = st.text(_SIGN, min_size=1, max_size=30).map(str.strip).filter(
    lambda cell: cell.strip("\ufeff") == cell and not cell.isdecimal() and any(map(str.isprintable, cell))
    and cell.casefold() not in ("nan", "nat", "<na>", "#n/a", "null", "none", "n/a")
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(_CELL, st.sampled_from("abc")), min_size=1, max_size=8), quoting=st.sampled_from([0, 1]))
def test_whatever_is_written_is_read_back(tmp_path_factory, rows, quoting):
    folder = tmp_path_factory.mktemp("any")
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=quoting)
        writer.writerows([("text", "label"), *rows])
    (folder / "a.jsonl").write_text("\n".join(json.dumps({"text": a, "label": b}) for a, b in rows), encoding="utf-8")
    for name in ("a.csv", "a.jsonl"):
        assert pairs(read(folder / name, delimiter="," if name == "a.csv" else None)) == rows


@settings(max_examples=150, deadline=None)
@given(junk=st.binary(max_size=300), suffix=st.sampled_from(["csv", "txt", "json", "jsonl", "xlsx", "parquet"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, junk, suffix):
    path = tmp_path_factory.mktemp("junk") / f"a.{suffix}"
    path.write_bytes(junk)
    texts, said = (), ""
    try:
        texts = read(path).texts
    except DataError as refused:
        said = refused.what
    assert (path.name in said) != bool(texts)
    assert all(texts)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "n", "labels"),
    [("waimai_10k.csv", 11987, 2), ("banking77_train.csv", 10003, 77), ("finance_news_seed.xlsx", 7046, 2)],
)
def test_real_files(shared_data, name, n, labels):
    data = read(shared_data / name)
    (column,) = data.labels.values()
    assert (len(data), len(set(column))) == (n, labels)
    assert sum(map(len, data.texts)) / n > 10


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content", [as_csv(ROWS * 5), "text,label\nplain words,1\nmore words,0\n"])
def test_utf16_without_a_mark(write, encoding, content):
    assert len(read(write("a.csv", content, encoding))) in (2, 20)
