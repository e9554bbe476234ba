"""Pairs are read where a column says how well two texts fit, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import Dataset, cleaned, halves, pair, read, split
from luodi.data.likeness import likeness
from luodi.errors import DataError


@given(first=st.text(), second=st.text())
def test_a_pair_comes_apart_again(first, second):
    assert halves(pair(first, second)) == (first.replace("\x1f", " "), second.replace("\x1f", " "))


@pytest.fixture
def table(tmp_path):
    def write(text):
        (tmp_path / "a.csv").write_text(text, encoding="utf-8")
        return tmp_path / "a.csv"

    return write


def test_columns_are_recognised(table):
    data = read(table("id,question1,question2,is_duplicate\n1,a\x1fb,c d,1\n2,e,f,0\n3,g,,1\n"))
    assert data.texts == (pair("a b", "c d"), pair("e", "f"))
    assert data.kind("is_duplicate") == "likeness"
    assert data.text_columns == ("question1", "question2")


def test_other_labels_beside_two_texts_are_joined(table):
    data = read(table("sentence1,sentence2,label\na,b,entails\nc,d,contradicts\n"))
    assert data.texts == ("a\nb", "c\nd")
    assert data.kind("label") == "one"


def test_columns_are_named(table):
    place = table("问,答,分\n甲,乙,2\n丙,丁,0\n")
    assert read(place, text=["答", "问"], labels={"分": "likeness"}).texts == (pair("乙", "甲"), pair("丁", "丙"))
    for text in ("问", None, ["问", "答", "分"]):
        with pytest.raises(DataError, match="two text columns"):
            read(place, text=text, labels={"分": "likeness"})


def test_a_cell_that_says_neither_is_refused(table):
    with pytest.raises(DataError, match="line 3: 'perhaps'"):
        read(table("a,b,y\na,b,1\nc,d,perhaps\n"), text=["a", "b"], labels={"y": "likeness"})


def test_each_text_is_cleaned_alone(table):
    data = read(table("text1,text2,label\n<b>a</b> ,13800138000,1\nb,c,0\n"), clean=["strip_html", "mask_personal"])
    assert data.texts[0] == pair("a", "[PHONE]")
    assert cleaned(data, ["strip_html", "mask_personal"]) is data
    assert cleaned(Dataset.of([pair(" a  b", " ")]), "collapse_space").texts == (pair("a b", ""),)


def test_candidates_stay_with_their_question():
    texts = [pair(f"如何办理第 {row // 3} 种业务的手续", f"候选 {row * 7919 % 1000}") for row in range(300)]
    parts = split(Dataset.of(texts, {"y": [str(row % 2) for row in range(300)]}))
    sides = [{halves(text)[0] for text in part.texts} for part in (parts.train, parts.validation, parts.test)]
    assert all(sides)
    assert np.sum([len(side) for side in sides]) == 100


@pytest.mark.parametrize("cell", ["Yes", "TRUE", "是", "duplicate", "相似", "1", "1.0"])
def test_yes(cell):
    assert likeness(cell) == 1.0


@pytest.mark.parametrize(
    "cell", ["no", "False", "否", "not duplicate", "not_duplicate", "non-duplicate", "不相似", "0"]
)
def test_no(cell):
    assert likeness(cell) == 0.0


@pytest.mark.parametrize("cell", ["", "maybe", "-2", "nan", "1e999", "unyes?", "b"])
def test_neither(cell):
    assert likeness(cell) is None


def test_named_columns_keep_the_order_they_were_named_in(tmp_path):
    """Whatever names they bear, and whether the label's kind is told or found."""
    path = tmp_path / "a.csv"
    path.write_text("query,candidate,dup\nq,c,1\nr,d,0\n", encoding="utf-8")
    for labels in (["dup"], {"dup": None}, {"dup": "likeness"}):
        assert read(path, text=["candidate", "query"], labels=labels).texts == (pair("c", "q"), pair("d", "r"))


def test_two_columns_that_are_no_pair_are_joined_as_ever(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("query,document,topic\nq,,sport\n,d,news\nr,e,sport\n", encoding="utf-8")
    assert read(path, text=["document", "query"], labels=["topic"]).texts == ("q", "d", "e\nr")
    assert read(path, labels=["topic"]).texts == ("q", "d", "r\ne")
