"""The audit from the command line: what it prints, what it writes, what it refuses."""

import csv
import json
import random

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
    assert "a spreadsheet would run as formulas, which got a ' in front: 1;" in ended.err
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
        (("--fix-labels",), "--fix-labels says what goes into the copy of --fix, and none is given"),
        (("--fix-leaks",), "--fix-leaks says what goes into the copy of --fix, and none is given"),
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


def test_rows_of_train_that_stand_in_the_test_go_on_request(luodi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts").mkdir()
    for name, rows in (("train", ROWS), ("test", [ROWS[3], ("别处没有的一句话，写得长一点", "正")])):
        with (tmp_path / "parts" / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("评论", "情感"), *rows])
    assert "0 dropped" in luodi("audit", "parts", "--fix", "kept").out
    ended = luodi("audit", "parts", "--fix", "clean", "--fix-leaks")
    assert ended.code == 0, ended.err
    assert ROWS[3][0] not in (tmp_path / "clean" / "train.csv").read_text("utf-8")
    assert ROWS[3][0] in (tmp_path / "clean" / "test.csv").read_text("utf-8")
    log = [*csv.DictReader((tmp_path / "clean.log.csv").read_text("utf-8-sig").splitlines())]
    assert ("train.csv:5", "dropped", "test.csv:2") in {(one["origin"], one["action"], one["kept"]) for one in log}
    again = json.loads(luodi("audit", "clean", "--json").out)
    assert "leaks" not in {one["check"] for one in again["findings"]}


@pytest.mark.zoo
def test_a_deep_audit_asks_an_encoder_and_names_it(luodi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng, dishes = random.Random(0), ["披萨", "汉堡", "米饭", "炒面", "牛肉", "奶茶", "水饺", "烤鸭", "沙拉", "豆浆"]
    said = {
        "正": ["味道很好", "送餐很快", "很喜欢", "包装精美", "服务热情", "价格实惠"],
        "负": ["太难吃了", "送餐太慢", "很失望", "包装破了", "态度恶劣", "价格太贵"],
    }
    with (tmp_path / "deep.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        for row in range(240):
            mood, other = ("正", "负") if row % 2 else ("负", "正")
            text = "，".join([rng.choice(dishes), *rng.sample(said[mood], 2), rng.choice(dishes)])
            writer.writerow([text, mood if row % 9 else other])
    ended = luodi("audit", "deep.csv", "--deep", "--json", "--report", "deep.html", "--lang", "zh")
    assert ended.code == 0, ended.err
    (wrong,) = [one for one in json.loads(ended.out)["findings"] if one["check"] == "wrong_labels"]
    assert "编码器“e5-multilingual”" in wrong["what"]
    rows = {int(one["origin"].partition(":")[2]) - 2 for one in wrong["examples"]}
    assert len(rows & {*range(0, 240, 9)}) >= 20
    assert "编码器“e5-multilingual”" in (tmp_path / "deep.html").read_text("utf-8")


def test_lines_that_keep_a_number_apart_do_not_show_it(luodi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "calls.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([["评论", "情感"], *ROWS, *[("138\n0013\n8000 的电话", "正")] * 2])
    ended = luodi("audit", "calls.csv", "--quiet")
    assert ended.code == 0, ended.err
    assert "[PHONE] 的电话" in ended.out
    assert "138 0013 8000" not in ended.out


def test_a_table_that_is_not_there_is_told_in_a_sentence(luodi, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = luodi("audit", "no.csv")
    assert ended.code == 3
    assert "there is no file no.csv" in ended.err
    assert files(tmp_path) == []
