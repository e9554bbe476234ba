"""The verb without its page: the answers merged in, agreement told, each wrong wish refused in one sentence."""

import csv
import json
import subprocess
import sys

import pytest

from luodi.cli.label import _place
from luodi.labelling import Answer, open_journal, text_key

ROWS = [("很好吃", "正面"), ("太慢了", "正面"), ("还行", ""), ("难吃", "负面")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Stand in a folder with a table."""
    monkeypatch.chdir(tmp_path)
    with open("reviews.csv", "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("评论", "情感"), *ROWS])
    return tmp_path


@pytest.fixture
def answered(folder):
    """Write a journal as the page does."""

    def write(name, labels, who=None):
        with open_journal(folder / name) as journal:
            for (text, given), label in zip(ROWS, labels, strict=False):
                action = "skip" if label is None else "label"
                journal.append(
                    Answer(action, text_key(text), "情感", label, given or None, "reviews.csv:2", who, "").to_json()
                )

    return write


def test_export_writes_the_table_with_the_answers(luodi, folder, answered):
    answered("reviews.labels.jsonl", [None, "负面", "正面"])
    ended = luodi("label", "reviews.csv", "--export", "out.csv", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "2 of them with a new label" in ended.out
    with open("out.csv", encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1:] == [
            list(row) for row in [ROWS[0], ("太慢了", "负面"), ("还行", "正面"), ROWS[3]]
        ]


def test_export_as_json(luodi, folder, answered):
    answered("mine.jsonl", ["负面"])
    ended = luodi("label", "reviews.csv", "-o", "mine.jsonl", "--export", "out.tsv", "--json", "--quiet")
    assert json.loads(ended.out) == {
        "output": "out.tsv", "rows": 4, "answers": 1, "changed": 1, "added": 0, "elsewhere": 0, "neutralised": 0,
    }  # fmt: skip


def test_export_takes_the_answers_of_the_one_who_is_named(luodi, folder, answered):
    answered("reviews.anna.labels.jsonl", ["负面"], who="anna")
    assert luodi("label", "reviews.csv", "--who", "anna", "--export", "out.csv", "--quiet").code == 0
    assert luodi("label", "reviews.csv", "--export", "out.csv", "--quiet").code == 3


def test_agreement_is_told_with_the_texts_on_which_two_part(luodi, folder, answered):
    answered("a.labels.jsonl", ["正面", "负面", "正面", "负面"], who="anna")
    answered("b.labels.jsonl", ["正面", "正面", "正面", "负面"], who="ben")
    ended = luodi("label", "reviews.csv", "--agree", "a.labels.jsonl", "b.labels.jsonl", "--quiet")
    assert ended.code == 0
    assert "agreed: 0.750" in ended.out
    assert "Cohen's kappa: 0.500" in ended.out
    assert "负面 / 正面  太慢了" in ended.out
    raw = json.loads(luodi("label", "--agree", "a.labels.jsonl", "b.labels.jsonl", "--json").out)
    assert (raw["n"], raw["kappa"]["value"], raw["per_label"]["正面"]["both"]) == (4, 0.5, 2)
    assert raw["differences"] == [
        {"text_sha256": text_key("太慢了"), "origin": "reviews.csv:2", "first": "负面", "second": "正面", "text": None}
    ]  # fmt: skip


def test_labels_are_printed_as_they_are(luodi, folder, answered):
    """Neither taken for markup, nor beyond what a terminal can be told."""
    answered("a.labels.jsonl", ["[/b]", "\ud800"], who="anna")
    answered("b.labels.jsonl", ["[red]x", "\ud800"], who="ben")
    ended = luodi("label", "--agree", "a.labels.jsonl", "b.labels.jsonl")
    assert (ended.code, ended.err) == (0, "")
    assert "[/b] / [red]x" in ended.out
    assert ended.out.count("[/b]") == 2


def test_two_people_in_one_file(luodi, folder, answered):
    answered("both.labels.jsonl", ["正面", "负面"], who="anna")
    answered("both.labels.jsonl", ["正面", "负面"], who="ben")
    assert "kappa: 1.000\n" in luodi("label", "--agree", "both.labels.jsonl", "both.labels.jsonl").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "luodi label needs DATA"),
        (("none.csv",), 3, "there is no file"),
        (("reviews.csv", "--n", "0"), 2, "--n 0"),
        (("reviews.csv", "--label", "情感", "--label", "评论"), 2, "one column at a time"),
        (("reviews.csv", "--labels", "good"), 3, "two labels at least, here are 1"),
        (("reviews.csv", "--export", "out.csv"), 3, "cannot be read"),
        (("reviews.csv", "-o", "reviews.csv"), 2, "is the table itself"),
        (("reviews.csv", "-o", "./reviews.csv", "--export", "out.csv"), 2, "is the table itself"),
        (("reviews.csv", "--export", "out.csv", "--n", "5", "--port", "1"), 2, "--n, --port has no meaning beside it"),
        (("--agree", "a.jsonl", "b.jsonl", "--export", "out.csv"), 2, "--export has no meaning beside it"),
        (("--agree", "a.jsonl", "b.jsonl", "--who", "x"), 2, "--who has no meaning beside it"),
        (("reviews.csv", "-o", "none/x.jsonl"), 1, "cannot be written"),
        (("reviews.csv", "--port", "70000"), 2, "port 70000 cannot be had"),
        (("--agree", "a.jsonl", "b.jsonl"), 3, "cannot be read"),
        (("--agree", "reviews.csv"), 2, "luodi label"),
    ],
)
def test_a_wrong_wish_is_refused_in_one_sentence(luodi, folder, words, code, said):
    ended = luodi("label", *words)
    assert ended.code == code
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_nothing_left_to_ask_ends_well(luodi, folder, answered):
    answered("reviews.labels.jsonl", ["正面"] * 4)
    ended = luodi("label", "reviews.csv")
    assert (ended.code, ended.out) == (0, "")
    assert "nothing left to ask" in ended.err


def test_without_the_package_it_says_what_to_install(luodi, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "nicegui", None)
    ended = luodi("label", "reviews.csv")
    assert ended.code == 5
    assert 'pip install "luodi[console]"' in ended.err
    assert not (folder / "reviews.labels.jsonl").exists()


@pytest.mark.parametrize("who", ["anna", "小王", "../../x", "a b/c", "\U0001f600", "..", "x" * 300, "\udcff"])
def test_any_name_makes_a_file_in_this_folder(tmp_path, who):
    place = _place(tmp_path / "reviews.csv", who)
    assert place.parent == place.parent.parent / "."
    assert len(place.parts) == 1
    assert place.name.startswith("reviews.")
    assert place.name.endswith(".labels.jsonl")
    assert len(place.name.encode()) < 256


def test_the_verb_is_described_without_what_its_page_needs():
    """Journals, orders and agreement need no page; the page's packages are loaded when it opens."""
    heavy = ("nicegui", "uvicorn", "fastapi", "torch", "transformers", "sklearn")
    script = f"import sys, luodi.labelling, luodi.cli.label\nprint([name for name in {heavy!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
