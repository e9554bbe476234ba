"""The fixed copy: every column of the original, without what was mended; the original itself is safe."""

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.auditing import Finding, Fix, audit
from luodi.auditing.audit import Audited
from luodi.auditing.fix import require_writable, write_fixed
from luodi.data import Dataset, read, read_parts
from luodi.errors import DataError, LuodiError, RecipeError

ROWS = [
    {"评论": "好吃", "n": 1, "情感": "正", "tags": ["a"]},
    {"评论": "=好吃了", "n": 2.5, "情感": "负", "tags": None},
    {"评论": "好吃", "n": 3, "情感": "正"},
    {"评论": "很差", "n": True, "情感": "负"},
    {"评论": '他说"差",\n真差', "n": 5, "情感": "负"},
    {"评论": "", "n": 6, "情感": "负"},
]
FIXES = (
    Fix(2, "drop", "twice", kept=0, is_safe=True),
    Fix(5, "drop", "no text", is_safe=True),
    Fix(3, "label", "looks good", head="情感", label="正", sureness=0.95),
)


def found_in(data, *fixes, parts=None):
    return Audited(data, parts or {"train": len(data)}, (Finding("note", 0.1, 1, "what", "", "", fixes=fixes),))


def table(path, rows=ROWS, delimiter=","):
    columns = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(["" if row.get(name) is None else row[name] for name in columns] for row in rows)
    return path


def cells(path, delimiter=","):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter=delimiter))


def fixed(original, output, *fixes, **how):
    data = read(original, keep_textless=True)
    return write_fixed(found_in(data, *(fixes or FIXES)), original, output, **how)


@pytest.mark.parametrize(("suffix", "delimiter"), [(".csv", ","), (".tsv", "\t")])
def test_all_columns_and_their_order_stay(tmp_path, suffix, delimiter):
    original = table(tmp_path / "rows.csv")
    before = original.read_bytes()
    made = fixed(original, tmp_path / f"clean{suffix}", labels_above=0.9)
    assert cells(made.output, delimiter) == [
        ["评论", "n", "情感", "tags"], ["好吃", "1", "正", "['a']"], ["'=好吃了", "2.5", "负", ""],
        ["很差", "True", "正", ""], ['他说"差",\n真差', "5", "负", ""],
    ]  # fmt: skip
    assert (made.n_rows, made.n_dropped, made.n_relabelled) == (4, 2, 1)
    assert original.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        ["rows.csv", f"clean{suffix}", f"clean{suffix}.log.csv"]
    )


def test_labels_change_only_on_request(tmp_path):
    made = fixed(table(tmp_path / "rows.csv"), tmp_path / "clean.csv")
    assert made.n_relabelled == 0
    assert [row[2] for row in cells(made.output)[1:]] == ["正", "负", "负", "负"]


def test_the_log_tells_what_happened_to_every_row(tmp_path):
    made = fixed(table(tmp_path / "rows.csv"), tmp_path / "clean.csv", labels_above=0.9)
    assert cells(made.log) == [
        ["origin", "action", "column", "old_label", "new_label", "why", "kept"],
        ["rows.csv:4", "dropped", "", "正", "", "twice", "rows.csv:2"],
        ["rows.csv:5", "relabelled", "情感", "负", "正", "looks good", ""],
        ["rows.csv:8", "dropped", "", "负", "", "no text", ""],
    ]


def test_objects_keep_their_values_and_the_kind_of_their_labels(tmp_path):
    rows = [{**row, "情感": place % 2, "rest": {"deep": [1, None]}} for place, row in enumerate(ROWS)]
    original = tmp_path / "rows.jsonl"
    original.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = fixed(original, tmp_path / "clean.jsonl", *FIXES[:2], Fix(3, "label", "why", head="情感", label="0"),
                 labels_above=0.9)  # fmt: skip
    assert [json.loads(line) for line in made.output.read_text("utf-8").splitlines()] == [
        rows[0], rows[1], {**rows[3], "情感": 0}, rows[4],
    ]  # fmt: skip


def test_a_field_without_a_column_is_refused_rather_than_lost(tmp_path):
    original = tmp_path / "rows.jsonl"
    rows = [{"text": f"好吃 {n}", "label": "正"} for n in range(5001)] + [{"text": "a", "label": "b", "late": 1}]
    original.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(DataError, match="line 5002: the field 'late' has no column"):
        fixed(original, tmp_path / "clean.csv")
    assert [one.name for one in tmp_path.iterdir()] == ["rows.jsonl"]
    assert fixed(original, tmp_path / "clean.jsonl").n_rows == 5000


def test_the_copy_audits_clean_of_what_was_fixed(tmp_path):
    rows = [
        {"text": f"第 {n} 条评论，味道{'很好' if n % 2 else '很差'}", "label": "正" if n % 2 else "负"}
        for n in range(60)
    ]
    rows += [rows[3], rows[3], {**rows[4], "text": f" {rows[4]['text']}"}]
    original = table(tmp_path / "rows.csv", rows)
    found = audit(original)
    assert "exact_doubles" in {one.check for one in found.findings}
    made = write_fixed(found, original, tmp_path / "clean.csv")
    assert (made.n_rows, made.n_dropped) == (60, 3)
    again = audit(made.output)
    assert "exact_doubles" not in {one.check for one in again.findings}
    assert not [fix for one in again.findings for fix in one.fixes if fix.is_safe]


def test_a_folder_of_parts_becomes_a_folder_of_files(tmp_path):
    (tmp_path / "data").mkdir()
    table(tmp_path / "data" / "train.csv")
    table(tmp_path / "data" / "my_test.tsv", ROWS[:3], delimiter="\t")
    parts = read_parts(tmp_path / "data", keep_textless=True)
    from luodi.data import concatenate

    found = found_in(
        concatenate(list(parts.values())), *FIXES, Fix(8, "drop", "why", is_safe=True), parts={"train": 6, "test": 3}
    )
    made = write_fixed(found, tmp_path / "data", tmp_path / "clean")
    assert sorted(one.name for one in made.output.iterdir()) == ["my_test.tsv", "train.csv"]
    again = read_parts(made.output)
    assert {part: len(rows) for part, rows in again.items()} == {"train": 4, "test": 2}
    assert [row[0] for row in cells(made.log)[1:]] == ["train.csv:4", "train.csv:8", "my_test.tsv:4"]
    assert made.log == tmp_path / "clean.log.csv"
    assert write_fixed(found, tmp_path / "data", tmp_path / "clean").n_rows == 6


def test_a_sheet_and_a_table_without_a_header_are_copied(tmp_path, shared_data):
    plain = tmp_path / "rows.txt"
    plain.write_text("很好吃\t正\n难吃死了\t负\n很好吃\t正\n不错的店\t正\n", encoding="utf-8")
    made = fixed(plain, tmp_path / "clean.tsv", Fix(2, "drop", "why", is_safe=True))
    assert cells(made.output, "\t") == [["text", "label"], ["很好吃", "正"], ["难吃死了", "负"], ["不错的店", "正"]]


@pytest.mark.shared
def test_a_real_workbook_keeps_its_rows(tmp_path, shared_data):
    original = shared_data / "finance_news_seed.xlsx"
    data = read(original, keep_textless=True)
    made = write_fixed(found_in(data, Fix(7, "drop", "why", is_safe=True)), original, tmp_path / "clean.csv")
    again = read(made.output)
    assert len(again) == len(data) - 1
    assert set(again.texts) <= {text if text[0] not in "=+-@" else f"'{text}" for text in data.texts}


def test_the_original_is_never_written_to_by_whatever_name(tmp_path):
    original = table(tmp_path / "rows.csv")
    before = original.read_bytes()
    os.link(original, tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to(original)
    (tmp_path / "clean.csv.log.csv").symlink_to(original)
    for name in ("rows.csv", "hard.csv", "soft.csv", "clean.csv"):
        with pytest.raises(RecipeError, match="is the original, which is never written to"):
            fixed(original, tmp_path / name)
    assert original.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_folder_that_holds_other_files_is_no_place_for_parts(tmp_path):
    (tmp_path / "data").mkdir()
    table(tmp_path / "data" / "train.csv")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear diary")
    found = found_in(read(tmp_path / "data" / "train.csv", keep_textless=True), *FIXES)
    for place, said in (("mine", "holds other files"), ("data", "is the original"), ("clean.csv", "is a folder too")):
        with pytest.raises(RecipeError, match=said):
            write_fixed(found, tmp_path / "data", tmp_path / place)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data", "mine"]


@pytest.mark.parametrize("name", ["clean.xlsx", "clean", "clean.parquet"])
def test_other_kinds_are_refused_with_what_is_written(tmp_path, name):
    with pytest.raises(RecipeError, match=r"written as \.csv, \.tsv, \.jsonl"):
        fixed(table(tmp_path / "rows.csv"), tmp_path / name)


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_place_without_a_name_is_no_place(tmp_path, name):
    (tmp_path / "a.csv").write_text("text,label\n好吃,a\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="is a folder"):
        require_writable(tmp_path / "a.csv", Path(name))


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    original = table(tmp_path / "rows.csv")
    (tmp_path / "clean.csv").write_text("before")
    data = read(original, keep_textless=True)
    original.write_text(original.read_text("utf-8").replace("很差,True", "\n很差,True"), encoding="utf-8")
    longer = Dataset.of([*data.texts, "more"], {"情感": [*data.labels["情感"], "正"]})
    for changed in (data, longer):
        with pytest.raises(DataError, match=r"rows\.csv is no longer what was audited"):
            write_fixed(found_in(changed, *FIXES), original, tmp_path / "clean.csv")
    with pytest.raises(LuodiError, match="cannot be written"):
        fixed(original, tmp_path / "no" / "clean.csv")
    assert (tmp_path / "clean.csv").read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["clean.csv", "rows.csv"]


_CELL = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_CELL, min_size=2, max_size=6), st.sampled_from([".csv", ".tsv", ".jsonl"]))
def test_any_text_reads_back_as_it_was(tmp_path, typed, suffix):
    """But for the quote that disarms a formula."""
    original = tmp_path / "rows.jsonl"
    rows = [{"text": f"x {text} x", "label": "ab"[place % 2]} for place, text in enumerate(typed)]
    original.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = fixed(original, tmp_path / f"clean{suffix}", Fix(0, "drop", "why", is_safe=True))
    want, again = read(original), read(made.output, text="text", labels="label", encoding="utf-8")
    folded = [text.replace("\r\n", "\n").replace("\r", "\n") for text in want.texts[1:]]
    assert [text.replace("\r\n", "\n").replace("\r", "\n") for text in again.texts] == folded
    assert again.labels["label"] == want.labels["label"][1:]
