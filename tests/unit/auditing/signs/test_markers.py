"""What texts show beside their content is listed; a label named in the text is seen, the word in a sentence is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.markers import MARKS, named_labels, traits_of


def rows_with(texts, kind, value):
    (one,) = (trait for trait in traits_of(texts) if (trait.kind, trait.value) == (kind, value))
    return np.flatnonzero(one.has).tolist()


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("web address", "看这里 https://a.cn"), ("e-mail address", "写信给 a@b.cn"), ("date", "于2026年1月5日"),
        ("long number", "单号 1234567"), ("digit first", "3 个"), ("digit last", "一共 3"), ("digit", "第3个"),
        ("capital first", "Good"), ("capitals", "买了 SONY"), ("Latin letter", "买了 a"), ("sign last", "好！"),
        ("line break", "一\n二"), ("spaces", "一  二"), ("emoji", "好👍"),
    ],
)  # fmt: skip
def test_each_mark_is_seen_and_its_absence_too(mark, text):
    texts = ["味道不错", text]
    assert rows_with(texts, "mark", mark) == [1]
    assert rows_with(texts, "no mark", mark) == [0]
    assert mark in MARKS


def test_signs_and_pieces_at_either_end_are_traits_when_frequent():
    texts = ["【甲】好~", "[甲] 坏", "甲：中"] * 20 + ["好 #乙", "坏（乙）"] * 15
    assert rows_with(texts, "sign", "~") == list(range(0, 60, 3))
    assert rows_with(texts, "first", "甲") == list(range(60))
    assert rows_with(texts, "last", "乙") == list(range(60, 90))


def test_lengths_are_traits():
    texts = ["一" * n for n in range(1, 101)]
    assert rows_with(texts, "short", "10") == list(range(10))
    assert rows_with(texts, "long", "90") == list(range(90, 100))


@pytest.mark.parametrize(
    "text",
    [
        "[退款] 钱没到", "【退款】钱没到", "退款：钱没到", "退款|钱没到", "钱没到（退款）", "钱没到,退款",
        "钱没到\t退款", "__label__退款 钱没到", "标签：退款 钱没到", "钱没到 label=退款", "[ 退 款 ] 钱没到",
    ],
)  # fmt: skip
def test_a_text_that_names_its_label(text):
    assert named_labels([text, "好"], ["退款", "咨询"]) == ([0], 0)
    assert named_labels([text, "好"], ["咨询", "退款"]) == ([], 1)


def test_a_label_in_a_sentence_is_no_name():
    texts = ["我要退款，钱没到", "退款", "要求退款", "退款什么时候到", "(不退款) 生气"]
    assert named_labels(texts, ["退款"] * 5) == ([], 0)
    assert named_labels(texts, [None] * 5) == ([], 0)


@given(st.lists(st.text(max_size=40), max_size=30))
def test_any_text_is_survived(texts):
    for trait in traits_of(texts):
        assert trait.has.shape == (len(texts),)
    own, others = named_labels(texts, texts)
    assert len(own) + others <= len(texts)


def test_hostile_text_takes_no_time():
    traits_of(["[" * 100_000, "：" * 100_000, "a@" * 50_000, "2026年" * 20_000, " " * 100_000, "(" + "a" * 100_000])
