"""What is exported is what ``luodi.read`` takes; a person's word replaces the model's."""

import csv
import json

import pytest

import luodi
from luodi.data.pair import pair
from luodi.errors import DataError, RecipeError
from luodi.store import Correction, Wanted, export
from luodi.store.export import export as write_table

AT = 1_000_000.0
KINDS = (".csv", ".tsv", ".jsonl")


def correct(store, name, head, label, at=AT):
    store.correct(Correction(name, at, head, label, "me")).result()


@pytest.mark.parametrize("kind", KINDS)
def test_luodi_reads_it_with_the_corrected_labels(store, answer, tmp_path, kind):
    texts = ["很好", '他说:"好",\n然后走了', "tab\there", "-5 度", "a\r\nb", "字" * 5000, "😀"]
    store.keep([answer(n, text=text) for n, text in enumerate(texts)]).result()
    store.keep([answer(90, text=None), answer(91, text="  ")]).result()
    correct(store, "r-1", "情感", "中性", at=AT)
    correct(store, "r-1", "情感", "负面", at=AT + 1)
    out = tmp_path / f"answers{kind}"
    done = write_table(store, out, wanted=Wanted())
    assert (done.rows, done.corrected, done.textless, done.heads) == (8, 1, 1, ("情感",))
    data = luodi.read(out, text="text", labels="情感")
    plain = {label for text, label in zip(data.texts, data.labels["情感"], strict=True) if "然后走了" not in text}
    assert plain == {"正面"}
    assert len(data) == 7  # a text that says nothing is none to read
    assert data.labels["情感"][data.texts.index(next(text for text in data.texts if "然后走了" in text))] == "负面"
    if kind == ".jsonl":
        assert list(data.texts) == [text.strip() for text in reversed(texts)]


def test_every_kind_of_label_is_read_back(store, answer, tmp_path):
    answers = {
        "类": {"label": "a", "probability": 0.9},
        "题": [{"label": "x", "probability": 0.9}, {"label": "y", "probability": 0.8}],
        "位": [{"label": "名", "probability": 0.9, "start": 0, "end": 2, "text": "物流"}],
        "分": {"label": "4", "probability": 0.9, "value": 4.0, "low": 3.0, "high": 5.0},
    }
    store.keep([answer(n, answers=answers) for n in range(3)]).result()
    for head, label in (("类", "b"), ("题", ["y"]), ("位", [[2, 3, "速"]]), ("分", 3)):
        correct(store, "r-1", head, label)
    for kind in KINDS:
        out = tmp_path / f"out{kind}"
        write_table(store, out, wanted=Wanted())
        data = luodi.read(out, text="text", labels={"类": "one", "题": "several", "位": "spans", "分": "number"})
        assert data.labels["类"] == ("a", "b", "a")
        assert [json.loads(cell) for cell in data.labels["题"]] == [["x", "y"], ["y"], ["x", "y"]]
        assert [json.loads(cell) for cell in data.labels["位"]] == [[[0, 2, "名"]], [[2, 3, "速"]], [[0, 2, "名"]]]
        assert [float(cell) for cell in data.labels["分"]] == [4, 3, 4]


def test_a_pair_is_two_columns(store, answer, tmp_path):
    fits = {"dup": {"label": "1", "probability": 0.9, "score": 0.9}}
    store.keep([answer(n, text=pair(f"问{n}", f"答\t{n}"), answers=fits) for n in range(3)]).result()
    correct(store, "r-0", "dup", "0")
    write_table(store, tmp_path / "out.csv", wanted=Wanted())
    data = luodi.read(tmp_path / "out.csv", labels={"dup": "likeness"})
    assert data.texts[0] == pair("问2", "答\t2")
    assert data.labels["dup"] == ("1", "1", "0")
    store.keep([answer(9)]).result()
    with pytest.raises(DataError, match="of pairs and some of single texts"):
        write_table(store, tmp_path / "out.csv", wanted=Wanted())


def test_a_head_may_bear_any_name(store, answer, tmp_path):
    heads = {name: {"label": name.upper()} for name in ("text", "id", "corrected", "a,b")}
    store.keep([answer(answers=heads)]).result()
    done = write_table(store, tmp_path / "out.csv", wanted=Wanted())
    assert done.heads == ("text", "id", "corrected", "a,b")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["text"] == "物流很快"
    assert {row["text_"], row["id"], row["corrected"], row["a,b"]} == {"TEXT", "ID", "CORRECTED", "A,B"}
    assert (row["id_"], row["corrected_"]) == ("r-0", "false")


def test_a_formula_is_not_run_by_a_spreadsheet(store, answer, tmp_path):
    store.keep([answer(text="=1+1", answers={"情感": {"label": "@SUM(A1)"}})]).result()
    assert write_table(store, tmp_path / "out.csv", wanted=Wanted()).neutralised == 2
    assert "'=1+1,'@SUM(A1)" in (tmp_path / "out.csv").read_text("utf-8")


def test_only_a_page_is_in_memory_and_what_comes_meanwhile_is_not_in_it(store, answer, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_PAGE", 7)
    store.keep([answer(n, at=AT + n // 3) for n in range(50)]).result()
    asked = []
    look = store.look

    def looking(wanted):
        asked.append(look(wanted))
        store.keep([answer(1000 + len(asked), answers={"new": {"label": "x"}})]).result()
        return asked[-1]

    monkeypatch.setattr(store, "look", looking)
    done = write_table(store, tmp_path / "out.jsonl", wanted=Wanted(limit=3))
    assert max(map(len, asked)) == 7
    assert (done.rows, done.heads) == (50, ("情感",))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == 50
    assert set(rows[0]) == {"text", "情感", *export._BESIDE}


def test_what_cannot_be_exported_is_said(store, answer, tmp_path):
    with pytest.raises(RecipeError, match=r"\.csv, \.tsv, \.jsonl"):
        write_table(store, tmp_path / "out.xlsx", wanted=Wanted())
    store.keep([answer(text=None)]).result()
    with pytest.raises(DataError, match="kept with its text"):
        write_table(store, tmp_path / "out.csv", wanted=Wanted())
    assert list(tmp_path.glob("out*")) == []
