"""Cleaners do what they are named for, once and for all, and rows remember them."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data import Dataset, concatenate, read, read_parts
from luodi.data.clean import CLEANERS, clean, cleaned, normalise_unicode
from luodi.errors import DataError, RecipeError

NAMES = tuple(CLEANERS)
BITS = st.sampled_from(
    ["<", ">", "＜", "＞", "&", "＆", "﹤", "amp;", "lt;", "#xFF1C;", "#xFF06;", "b", "/", "<b>", "<script>", " ",
     "\u3000", "\n", "\x00", "\u200b", "\u0301", "e", "１３８", "138", "0013", "8000", "13800138000", "@", "a.com",
     "Ａ", "[ID]", "\ud800", "ﷺ", "①", "好", "11010519491231002X", "-", "\u00a8", "\u2028", "\\", "＼", "\\u",
     "\\x", "\\n", "005c", "6e", "5C", "%E5%A5%BD", "=E5=A5=BD", "%", "=", "_x000", "D_", "＿"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(BITS, max_size=30).map("".join), st.text(st.characters(), max_size=100))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150)
@given(text=TEXTS)
def test_each_does_the_same_twice(name, text):
    once = CLEANERS[name](text)
    assert CLEANERS[name](once) == once


@settings(max_examples=400)
@given(TEXTS, st.lists(st.sampled_from(NAMES), max_size=5))
def test_a_chain_does_the_same_twice(text, names):
    once = clean(text, names)
    assert clean(once, names) == once


def test_a_chain_made_up_to_go_on_comes_to_an_end():
    text = "x"
    for _ in range(40):
        text = "".join(f"&#{ord(sign)};" if sign in "<&" else "＆" if sign == "&" else sign for sign in text)
        text = text.replace("&", "＆#xFF06;") + "＆#xFF1C;b>"
        if len(text) > 50_000:
            break
    names = ["strip_html", "normalise_unicode"]
    once = clean(text, names)
    assert clean(once, names) == once


@pytest.mark.parametrize(
    ("name", "written", "is_now"),
    [
        ("normalise_unicode", "Ｈｅｌｌｏ　①㎏ﬁ\u200b\u202e\x07\ufeff", "Hello 1kgfi"),
        ("normalise_unicode", "a\tb\nc\rd", "a\tb\nc\rd"),
        ("normalise_unicode", "e\u0301 \ud800", "é \ud800"),
        ("normalise_unicode", "👨\u200d👩", "👨👩"),
        ("collapse_space", " a\u3000\u00a0\n\n\tb\u2028c ", "a b c"),
        ("strip_html", "<p>好</p>", "好"),
        ("decode_escapes", "好\\n\\u5403", "好\n吃"),
        ("mask_personal", "打13800138000", "打[PHONE]"),
    ],
)
def test_each_does_what_it_is_named_for(name, written, is_now):
    assert clean(written, [name]) == is_now


def test_the_order_is_the_callers():
    written = "138   0013   8000"
    assert clean(written, ["collapse_space", "mask_personal"]) == "[PHONE]"
    assert clean(written, ["mask_personal", "collapse_space"]) == "[PHONE]"  # it goes on until nothing changes
    assert clean(written, ["mask_personal"]) == written
    assert clean(written, []) == written


def test_what_no_one_sees_is_gone_from_all_of_unicode():
    """Of every sign there is: no control sign is left, and its usual form stays what it is."""
    n = 0
    for code in range(sys.maxunicode + 1):
        usual = normalise_unicode(chr(code))
        if usual != chr(code):
            n += 1
            assert normalise_unicode(usual) == usual, hex(code)
    assert n > 4000


@pytest.mark.parametrize("names", [["strip_htm"], ["collapse_space", "strip_htm"]])
def test_an_unknown_name_is_refused_with_the_near_one(names):
    with pytest.raises(RecipeError, match=r"'strip_htm'.*did you mean 'strip_html'") as refused:
        clean("x", names)
    assert "mask_personal" in refused.value.fix


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n<p>好吃</p>,a\n<br>,b\n打 13800138000,a\n难 吃,b\n", encoding="utf-8")
    return path


def test_rows_are_read_clean_and_remember_it(table, listener):
    data = read(table, clean=("strip_html", "mask_personal"), progress=listener)
    assert data.texts == ("好吃", "打 [PHONE]", "难 吃")
    assert data.cleaned == ("strip_html", "mask_personal")
    assert [data.origin(row) for row in range(3)] == ["rows.csv:2", "rows.csv:4", "rows.csv:5"]
    assert any("1" in note and "3" in note for note in listener.notes)  # the row of which nothing is left
    assert data.take([1]).cleaned == concatenate([data, data]).cleaned == data.cleaned
    assert data.renamed({"label": "mood"}).cleaned == data.cleaned


def test_one_name_alone_is_enough_and_none_is_the_default(table):
    assert read(table, clean="strip_html").texts[0] == "好吃"
    assert read(table).cleaned == ()
    assert read(table).texts[1] == "<br>"
    assert read(table, clean="strip_html", keep_textless=True).texts[1] == ""


def test_an_unknown_name_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(RecipeError, match="no cleaner"):
        read(tmp_path / "not-there.csv", clean="strip")


def test_every_part_of_a_folder_is_cleaned(table, tmp_path):
    for part in ("train", "test"):
        (tmp_path / f"{part}.csv").write_bytes(table.read_bytes())
    table.unlink()
    parts = read_parts(tmp_path, clean="strip_html")
    assert {part.cleaned for part in parts.values()} == {("strip_html",)}
    assert parts["test"].texts[0] == "好吃"


def test_rows_in_memory_are_cleaned_by_one_list_of_cleaners():
    data = Dataset.of([" a  b "], {"label": ["x"]})
    made = cleaned(data, "collapse_space")
    assert (made.texts, made.cleaned, data.texts) == (("a b",), ("collapse_space",), (" a  b ",))
    assert cleaned(made, ["collapse_space"]) is made
    assert cleaned(made, ()) is made
    with pytest.raises(RecipeError, match="collapse_space already"):
        cleaned(made, "strip_html")


def test_rows_that_were_cleaned_otherwise_are_not_put_together():
    data = Dataset.of(["a"], {"label": ["x"]})
    with pytest.raises(DataError, match="not cleaned alike") as refused:
        concatenate([data, cleaned(data, "strip_html")])
    assert "strip_html" in refused.value.found
