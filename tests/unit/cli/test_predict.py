"""What predict is asked: any text is a text, nothing that was said is passed over in silence."""

import io
import sys

import pytest


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n好,1\n差,2\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("text", ["好" * 100, "a" * 300, "x" * 5000, "a/" * 3000, "好\ud800"])
def test_a_long_text_is_no_file_name(luodi, tmp_path, text):
    ended = luodi("predict", str(tmp_path / "none.luodi"), text)
    assert ended.code == 6  # it came as far as the bundle that is not there
    assert "is not a bundle" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("好", "-o", "out.csv"), "--output belongs to a file"),
        (("-", "-o", "out.csv"), "--output belongs to a file"),
        (("-o", "out.csv"), "--output belongs to a file"),
        (("好", "--text", "a", "--sheet", "b"), "--text, --sheet belongs to a file"),
        (("-", "--delimiter", "tab"), "--delimiter belongs to a file"),
        (("好", "--encoding", "gb18030"), "--encoding belongs to a file"),
    ],
)
def test_options_of_a_file_want_a_file(luodi, monkeypatch, tmp_path, words, said):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    ended = luodi("predict", str(tmp_path / "none.luodi"), *words)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize("words", [(), ("-",)])
def test_a_closed_standard_input_has_nothing_to_answer(luodi, monkeypatch, tmp_path, words):
    monkeypatch.setattr(sys, "stdin", None)
    ended = luodi("predict", str(tmp_path / "none.luodi"), *words)
    assert ended.code == 2
    assert "standard input is closed" in ended.err


@pytest.mark.parametrize("more", [("好",), ("-",), ("好", "差")])
def test_texts_and_a_file_are_one_too_many(luodi, tmp_path, table, more):
    ended = luodi("predict", str(tmp_path / "none.luodi"), "--file", table, *more)
    assert ended.code == 2
    assert "cannot both be answered" in ended.err


def test_a_file_takes_all_its_options(luodi, tmp_path, table):
    words = ["--text", "text", "--encoding", "utf-8", "--delimiter", ",", "-o", str(tmp_path / "out.csv")]
    assert luodi("predict", str(tmp_path / "none.luodi"), table, *words).code == 6
