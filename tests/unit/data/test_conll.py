"""Files of tagged words: texts and spans, for every way of tagging and of writing."""

import pytest

from luodi.data import read
from luodi.data.spans import read_spans
from luodi.errors import DataError
from luodi.language import speak


def taken(tmp_path, content, name="rows.conll"):
    place = tmp_path / name
    place.write_text(content, encoding="utf-8")
    data = read(place)
    found = [
        [(text[one.start : one.end], one.label) for one in read_spans(cell)]
        for text, cell in zip(data.texts, data.labels["label"], strict=True)
    ]
    return data, found


def test_english_words_have_blanks_and_chinese_signs_none(tmp_path):
    data, found = taken(
        tmp_path, "-DOCSTART- -X- O\n\nplay VB O\njazz NN B-genre\n!  . O\n\n北\tB-LOC\n京\tI-LOC\n很\tO\nhot\tO\n"
    )
    assert data.texts == ("play jazz !", "北京很hot")
    assert found == [[("jazz", "genre")], [("北京", "LOC")]]
    assert data.kind("label") == "spans"
    assert [data.origin(row) for row in range(2)] == ["rows.conll:3", "rows.conll:7"]


@pytest.mark.parametrize(
    "tags",
    [("B-x", "I-x", "B-x", "O"), ("B-x", "E-x", "S-x", "O"), ("B_x", "L_x", "U_x", "o"), ("b-x", "m-x", "B-x", "O")],
)
def test_every_way_of_tagging(tmp_path, tags):
    content = "".join(f"{word} {tag}\n" for word, tag in zip("abcd", tags, strict=True))
    assert taken(tmp_path, content, "rows.bio")[1] == [[("a b", "x"), ("c", "x")]]


def test_a_span_that_goes_on_from_nothing_begins(tmp_path):
    assert taken(tmp_path, "a I-x\nb I-x\nc I-y\n")[1] == [[("a b", "x"), ("c", "y")]]


@pytest.mark.parametrize("line", ["word", "word X-y", "word B", "word B-"])
def test_a_line_without_a_tag_is_named(tmp_path, line):
    with speak("en"), pytest.raises(DataError, match="line 2: a word and its tag"):
        taken(tmp_path, f"a O\n{line}\n")


def test_scripts_with_blanks_get_them_back(tmp_path):
    data, found = taken(
        tmp_path, "서울\tB-LOC\n에서\tO\n학교\tO\n\nदिल्ली\tB-LOC\nकी\tO\n\nsaid\tO\n“\tO\nLondon\tB-LOC\n"
    )
    assert data.texts == ("서울 에서 학교", "दिल्ली की", "said “ London")
    assert [row[0][0] for row in found] == ["서울", "दिल्ली", "London"]


def test_a_word_that_is_a_blank_is_one(tmp_path):
    data, found = taken(tmp_path, "北\tB-LOC\n\u3000\tO\n京\tB-LOC\n \tO\n好\tO\n")
    assert data.texts == ("北 京 好",)
    assert found == [[("北", "LOC"), ("京", "LOC")]]


def test_comments_before_a_sentence_are_passed_over(tmp_path):
    assert taken(tmp_path, "# id 7\nplay O\njazz B-genre\n")[0].texts == ("play jazz",)
