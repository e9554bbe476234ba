"""The audit from the command line: what it prints, what it writes, what it refuses."""

import csv
import json

import pytest

ROWS = [(f"第 {n} 条评论，味道很{'好' if n % 2 else '差'}", "正" if n % 2 else "负") for n in range(80)]


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table in which a row stands twice and a text under two labels, in a folder where the user stands."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "reviews.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        writer.writerows([*ROWS, ROWS[3], (ROWS[4][0], "正"), ("=SUM(1)太好了", "正")])
    return "reviews.csv"


def files(folder):
    return sorted(one.name for one in folder.iterdir())


def test_findings_come_with_their_rows_and_the_place_of_the_page(luodi, table, tmp_path):
    ended = luodi("audit", table, "--quiet")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("83 rows: ")
    assert "repeat the text and the label" in ended.out
    assert "reviews.csv:82  正  = reviews.csv:5  第 3 条评论" in ended.out
    assert "  → " in ended.out
    assert ended.out.rstrip().endswith("page:    reviews.audit.html")
    assert files(tmp_path) == ["reviews.audit.html", "reviews.csv"]
    assert luodi("audit", table, "--quiet").code == 0, "a page of ours is written anew"


def test_it_speaks_chinese(luodi, table, tmp_path):
    ended = luodi("audit", table, "--quiet", "--lang", "zh")
    assert "页面：  reviews.audit.html" in ended.out
    assert "最要紧的问题" in (tmp_path / "reviews.audit.html").read_text("utf-8")
    assert "What to do" not in (tmp_path / "reviews.audit.html").read_text("utf-8")


def test_json_prints_the_object_and_writes_no_page_unasked(luodi, table, tmp_path):
    raw = json.loads(luodi("audit", table, "--json").out)
    assert set(raw) == {"n", "findings"}
    assert raw["n"] == 83
    for one in raw["findings"]:
        assert set(one) == {"check", "severity", "score", "count", "what", "effect", "advice", "examples"}
        assert one["severity"] in ("error", "warning", "note")
        assert 0 <= one["score"] <= 1
        assert all({"origin", "text", "label"} <= set(row) for row in one["examples"])
    assert files(tmp_path) == ["reviews.csv"]
    more = json.loads(luodi("audit", table, "--json", "--report", "p.html", "--fix", "clean.csv").out)
    assert set(more) == {"n", "findings", "report", "fixed"}
    assert set(more["fixed"]) == {"output", "log", "n_rows", "n_dropped", "n_relabelled"}


def test_a_fixed_copy_is_written_and_told(luodi, table, tmp_path):
    ended = luodi("audit", table, "--fix", "clean.csv")
    assert ended.code == 0
    assert "copy:    clean.csv, 82 rows: 1 dropped, 0 labels changed" in ended.out
    assert "log:     clean.csv.log.csv" in ended.out
    assert "1 cells that a spreadsheet would run as formulas" in ended.err
    again = json.loads(luodi("audit", "clean.csv", "--json").out)
    assert again["n"] == 82
    assert "exact_doubles" not in {one["check"] for one in again["findings"]}


def test_labels_are_taken_over_from_the_sureness_that_is_asked_for(luodi, table):
    assert "labels changed" in luodi("audit", table, "--fix", "clean.csv", "--fix-labels").out
    assert luodi("audit", table, "--fix", "clean.csv", "--fix-labels", "0.5").code == 0
    for wish in ("0", "1.5", "-1"):
        ended = luodi("audit", table, "--fix", "clean.csv", f"--fix-labels={wish}")
        assert ended.code == 2
        assert "above 0, at most 1" in ended.err


def test_strict_exits_with_three_where_an_error_stands(luodi, table, tmp_path):
    assert luodi("audit", table, "--quiet").code == 0
    found = json.loads(luodi("audit", table, "--json", "--strict").out)
    wanted = 3 if any(one["severity"] == "error" for one in found["findings"]) else 0
    ended = luodi("audit", table, "--strict")
    assert ended.code == wanted == 3, "a text under two labels in so few rows is an error"
    assert ended.err.rstrip().splitlines()[-2].startswith("luodi: the audit found: ")
    with (tmp_path / "good.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("评论", "情感"), *ROWS])
    assert luodi("audit", "good.csv", "--strict").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fix-labels",), "the copy of --fix, and none is given"),
        (("--model", "minilm-en"), "names the encoder of a deep audit"),
        (("--fix", "reviews.csv"), "is the original"),
        (("--fix", "clean.xlsx"), "is written as"),
        (("--report", "mine.html"), "is no page of an audit"),
        (("--report", "reviews.csv"), "is no page of an audit"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_read(luodi, table, tmp_path, monkeypatch, words, said):
    (tmp_path / "mine.html").write_text("<html>mine</html>")
    before = (tmp_path / table).read_bytes()
    from luodi.cli import audit as verb

    monkeypatch.setattr(verb, "audit_rows", None)
    ended = luodi("audit", table, *words)
    assert ended.code == 2
    assert said in ended.err
    assert files(tmp_path) == ["mine.html", "reviews.csv"]
    assert (tmp_path / table).read_bytes() == before


def test_a_folder_of_parts_is_audited_whole(luodi, table, tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "train.csv").write_bytes((tmp_path / table).read_bytes())
    (tmp_path / "parts" / "test.csv").write_bytes((tmp_path / table).read_bytes())
    ended = luodi("audit", "parts", "--fix", "clean")
    assert ended.code == 0, ended.err
    assert "166 rows: " in ended.out
    assert files(tmp_path / "clean") == ["test.csv", "train.csv"]
    assert "parts.audit.html" in files(tmp_path)


def test_a_table_that_is_not_there_is_told_in_a_sentence(luodi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = luodi("audit", "no.csv")
    assert ended.code == 3
    assert "there is no file no.csv" in ended.err
    assert files(tmp_path) == []
