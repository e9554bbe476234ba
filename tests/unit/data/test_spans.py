"""Spans in cells: read in either form, written always alike, moved with their texts, refused where they fit none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import read
from luodi.data.spans import Span, fault_of, moved, read_spans, write_spans
from luodi.errors import DataError, RecipeError
from luodi.language import speak

_ONE = st.tuples(st.integers(0, 50), st.integers(1, 9), st.text(min_size=1, max_size=5))
_SPANS = st.lists(_ONE.map(lambda one: Span(one[0], one[0] + one[1], one[2])), max_size=5)


@given(_SPANS)
def test_what_is_written_is_read(spans):
    assert read_spans(write_spans(spans)) == tuple(sorted(spans))
    assert write_spans(read_spans(write_spans(spans))) == write_spans(spans)


@pytest.mark.parametrize(
    "cell", ["", "x", "{}", "[1]", "[[0, 2]]", "[[0, 2, 3]]", '[[-1, 2, "a"]]', '[["0", 2, "a"]]', '[[0, 2, "a"]']
)
def test_what_is_no_list_of_spans_is_refused(cell):
    with pytest.raises(ValueError, match="spans"), speak("en"):
        read_spans(cell)


def test_faults_are_named():
    with speak("en"):
        assert fault_of([Span(0, 2, "a"), Span(2, 4, "b")], "四个字。") == ""
        assert "ends behind the text" in fault_of([Span(0, 5, "a")], "四个字。")
        assert "overlap" in fault_of([Span(0, 3, "a"), Span(2, 4, "b")], "四个字。")


def test_spans_move_with_their_text():
    assert moved('[[2, 4, "a"], [0, 1, "b"]]', by=-2, text="好的") == '[[0, 2, "a"]]'
    assert moved('[[1, 9, "a"]]', by=0, text="好的", n_blanks=1) == '[[1, 9, "a"]]'  # more than blanks: a fault
    assert moved("plain", by=-2, text="好的") == "plain"


def rows(tmp_path, *lines):
    place = tmp_path / "rows.jsonl"
    place.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return place


def test_a_file_of_spans_is_read_with_its_blanks_taken_off(tmp_path):
    place = rows(
        tmp_path,
        {"text": "  🙂打开客厅的灯", "slots": [{"start": 5, "end": 7, "label": "room"}]},
        {"text": "hello  ", "slots": [[0, 6, "word"]]},
    )
    data = read(place, text="text", labels=["slots"])
    assert data.kind("slots") == "spans"
    (span,) = read_spans(data.labels["slots"][0])
    assert data.texts[0][span.start : span.end] == "客厅"
    assert data.labels["slots"][1] == '[[0, 5, "word"]]'


def test_doccano_is_read(tmp_path):
    place = rows(
        tmp_path,
        {"id": 1, "text": "张三在北京", "label": [[0, 2, "PER"], [3, 5, "LOC"]]},
        {"id": 2, "text": "好", "label": []},
    )
    data = read(place)
    assert data.kind("label") == "spans"
    assert [span.label for span in read_spans(data.labels["label"][0])] == ["PER", "LOC"]


@pytest.mark.parametrize(
    ("slots", "said"),
    [([[0, 9, "a"]], "ends behind"), ([[0, 2, "a"], [1, 3, "b"]], "overlap"), (["a"], "no list of spans")],
)
def test_spans_that_fit_no_text_are_refused_with_their_line(tmp_path, slots, said):
    place = rows(tmp_path, {"text": "abcd", "slots": [[0, 1, "a"]]}, {"text": "efgh", "slots": slots})
    with speak("en"), pytest.raises(DataError, match=f"line 2.*{said}"):
        read(place, text="text", labels={"slots": "spans"})


def test_spans_and_cleaners_do_not_go_together(tmp_path):
    place = rows(tmp_path, {"text": "abcd", "slots": [[0, 1, "a"]]})
    with speak("en"), pytest.raises(RecipeError, match="neither joined nor cleaned"):
        read(place, text="text", labels=["slots"], clean="collapse_space")


def test_a_kind_of_cell_that_there_is_not_is_refused(tmp_path):
    place = rows(tmp_path, {"text": "abcd", "slots": [[0, 1, "a"]]})
    with speak("en"), pytest.raises(RecipeError, match="no cell holds 'span'"):
        read(place, text="text", labels={"slots": "span"})
