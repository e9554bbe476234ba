"""Whole files answered: values as they stood, no column lost in silence, a fault named for what it is."""

import csv
import errno
import io
import json
from dataclasses import replace

import pytest

from luodi.bundle import answers, open_predictor, read_bundle
from luodi.bundle.answers import answer_file, answer_lines
from luodi.errors import LuodiError
from luodi.progress import Silent


@pytest.fixture(scope="module")
def predictor(written):
    with open_predictor(read_bundle(written), workers=1) as opened:
        yield opened


@pytest.fixture
def answer(predictor, tmp_path):
    """Answer a file of this name and content, and read what was written."""

    def run(name, content, output="out.jsonl", **how):
        given = tmp_path / name
        given.write_text(content, encoding="utf-8")
        answer_file(predictor, given, tmp_path / output, as_json=False, progress=Silent(), **how)
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted({name, output})
        if output.endswith(".jsonl"):
            return [json.loads(line) for line in (tmp_path / output).read_text("utf-8").splitlines()]
        with (tmp_path / output).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    return run


def test_values_of_json_are_carried_as_they_stood(answer):
    first = {"text": "物流很快", "n": 1, "x": 0.5, "ok": True, "none": None, "empty": "", "tags": ["a", {"b": 2}]}
    second = {"text": "太慢", "n": 2.0}
    late = {"text": "差", "late": 3, "tier": "gold", "情感": 5}
    rows = answer("rows.jsonl", "".join(json.dumps(row) + "\n" for row in [first, second] * 3000 + [late]))
    assert len(rows) == 6001
    assert {key: rows[0][key] for key in first} == first
    assert rows[0]["n"] == 1
    assert rows[0]["ok"] is True
    assert set(rows[1]) == {"text", "n", "情感", "abstained", "tier"}
    assert (rows[-1]["late"], rows[-1]["tier_given"], rows[-1]["情感_given"]) == (3, "gold", 5)
    assert rows[-1]["tier"] == "model"


def test_an_array_of_json_is_carried_too(answer):
    rows = answer("rows.json", json.dumps([{"text": "好", "n": 7}, {"text": "差", "n": None}]))
    assert [row["n"] for row in rows] == [7, None]


def test_a_column_named_text_that_is_not_answered_keeps_its_values(answer):
    rows = answer("rows.csv", "text,短信,tier\n甲,物流很快,1\n乙,太慢,2\n", text=("短信",))
    assert [(row["text"], row["text_given"], row["tier_given"]) for row in rows] == [
        ("物流很快", "甲", "1"), ("太慢", "乙", "2")
    ]  # fmt: skip
    joined = answer("rows.csv", "text,短信\n甲,物流很快\n乙,太慢\n", text=("text", "短信"))
    assert [(row["text"], row["text_given"]) for row in joined] == [("甲\n物流很快", "甲"), ("乙\n太慢", "乙")]
    alone = answer("rows.csv", "text,b\n甲,1\n乙,2\n")
    assert all("text_given" not in row for row in alone)


def test_two_columns_of_one_name_are_both_kept(answer):
    rows = answer("rows.csv", "text,b,b\n甲,1,2\n乙,3,4\n")
    assert [(row["b"], row["b_given"]) for row in rows] == [("1", "2"), ("3", "4")]


def test_csv_has_the_answers_beside_the_columns(answer):
    rows = answer("rows.csv", "text,情感\n甲,=1+1\n乙,-3\n", output="out.csv")
    assert list(rows[0]) == ["text", "情感", "情感_answer", "情感_probability"]
    assert [row["情感"] for row in rows] == ["'=1+1", "-3"]


def failing(*_, **__):
    raise OSError(errno.EIO, "Input/output error")


def test_a_failure_to_read_is_not_called_one_to_write(predictor, tmp_path, monkeypatch):
    given, output = tmp_path / "rows.csv", tmp_path / "out.csv"
    given.write_text("text,b\n甲,1\n乙,2\n", encoding="utf-8")
    output.write_text("before", encoding="utf-8")
    real = answers.open_texts

    def opened(*words, **how):
        table, columns = real(*words, **how)
        return replace(table, stream=failing), columns

    monkeypatch.setattr(answers, "open_texts", opened)
    with pytest.raises(OSError, match="Input/output error"):
        answer_file(predictor, given, output, as_json=False, progress=Silent())
    assert output.read_text("utf-8") == "before"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failure_to_write_names_the_output(predictor, tmp_path):
    given = tmp_path / "rows.csv"
    given.write_text("text,b\n甲,1\n乙,2\n", encoding="utf-8")
    for output in (tmp_path / "nowhere" / "out.csv", tmp_path / "folder.csv"):
        (tmp_path / "folder.csv").mkdir(exist_ok=True)
        with pytest.raises(LuodiError, match=f"{output.name} cannot be written"):
            answer_file(predictor, given, output, as_json=False, progress=Silent())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder.csv", "rows.csv"]


def test_a_full_disk_names_the_output(predictor, tmp_path, monkeypatch):
    given = tmp_path / "rows.csv"
    given.write_text("text,b\n甲,1\n乙,2\n", encoding="utf-8")
    monkeypatch.setattr("luodi.data.whole.os.fsync", failing)
    with pytest.raises(LuodiError, match=r"out\.csv cannot be written"):
        answer_file(predictor, given, tmp_path / "out.csv", as_json=False, progress=Silent())
    assert [one.name for one in tmp_path.iterdir()] == ["rows.csv"]


def test_lines_are_answered_and_flushed_as_they_come(predictor):
    seen = []

    class Out(io.StringIO):
        def flush(self):
            seen.append(self.getvalue().count("\n"))

    out = Out()
    answer_lines(predictor, iter([["物流很快"], ["差", ""]]), out, as_json=True)
    assert seen == [1, 3]
    assert [json.loads(line)["text"] for line in out.getvalue().splitlines()] == ["物流很快", "差", ""]


def test_a_lone_return_in_a_cell_comes_back(predictor, tmp_path):
    given = tmp_path / "rows.csv"
    given.write_bytes('text,b\n"甲\r",1\n"a\rb","\r"\n'.encode())
    answer_file(predictor, given, tmp_path / "out.csv", as_json=False, progress=Silent())
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [row[:2] for row in rows[1:]] == [["甲\r", "1"], ["a\rb", "\r"]]


def test_a_bundle_that_may_abstain_says_where_it_does(written, tmp_path):
    bundle = read_bundle(written)
    sure = replace(bundle, manifest=bundle.manifest.model_copy(update={"thresholds": {"情感": 1.0}}))
    given = tmp_path / "rows.csv"
    given.write_text("text,abstained\n甲,1\n", encoding="utf-8")
    with open_predictor(sure, workers=1) as opened:
        answer_file(opened, given, tmp_path / "out.csv", as_json=False, progress=Silent())
        answer_lines(opened, [["甲"]], lines := io.StringIO(), as_json=False)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["abstained"], row["abstained_answer"]) == ("1", "true")
    assert lines.getvalue().startswith("? ")


def test_joined_columns_are_answered_as_the_training_read_them(predictor, tmp_path):
    given = tmp_path / "rows.csv"
    given.write_text("标题,内容\n,物流很快\nNaN,太慢\n", encoding="utf-8")
    answer_file(predictor, given, tmp_path / "out.jsonl", as_json=False, progress=Silent(), text=("标题", "内容"))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    alone = predictor.predict(["物流很快", "太慢"])
    assert [row["情感"]["probability"] for row in rows] == pytest.approx([one.probability for one in alone], abs=1e-5)
    assert [row["text"] for row in rows] == ["\n物流很快", "NaN\n太慢"]
