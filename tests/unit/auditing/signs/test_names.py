"""Label names that are alike: symmetric, found without comparing all, never across a turn of meaning."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.names import bare_form, is_slip, plain_form, slips


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("退款", "退 款"),
        ("Refund", "refund "),
        ("Ｒｅｆｕｎｄ", "refund"),
        ("re_fund", "Re-Fund"),
        ("退款（已付）", "退款已付"),
    ],
)
def test_names_that_are_written_differently(one, other):
    assert bare_form(one) == bare_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("正面", "负面"), ("-1", "1"), ("C++", "C#"), ("A+", "A-"), ("1.5", "15"), ("好评", "差评"), ("!", "?")],
)
def test_names_that_are_not(one, other):
    assert bare_form(one) != bare_form(other)
    assert not is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("delivery", "delivrey"), ("delivery", "delivry"), ("delivery", "dellivery"), ("delivery", "delibery"),
        ("物流速度慢", "物流速度度慢"), ("物流速度慢", "物流度速慢"), ("card_arrival", "card arival"),
    ],
)  # fmt: skip
def test_slips_of_the_pen(one, other):
    assert is_slip(one, other)
    assert is_slip(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("class 1", "class 2"), ("level10", "level100"), ("国内新闻", "国际新闻"), ("可以使用", "不可以使用"),
        ("moral question", "amoral question"), ("sad", "mad"), ("delivery", "delivery"), ("delivery", "deliver it"),
    ],
)  # fmt: skip
def test_names_that_mean_something_else(one, other):
    assert not is_slip(one, other)


@given(st.lists(st.text(alphabet="abc1 不", min_size=4, max_size=9), max_size=12, unique=True))
def test_the_quick_search_finds_what_comparing_all_finds(names):
    assert {frozenset(pair) for pair in slips(names)} == {
        frozenset(pair) for pair in combinations(names, 2) if is_slip(*pair)
    }


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_texts_can_be_compared(one, other):
    assert is_slip(one, other) == is_slip(other, one)
    assert not is_slip(one, one)


def test_thousands_of_names_and_endless_ones():
    assert slips([f"label number {'abcdefghij'[i % 10]}{i}" for i in range(5000)]) == []
    assert slips(["x" * 100_000, "x" * 100_001]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pos", "pos-"), ("AA", "AA+"), ("不满意!", "不满意?"), ("好评/", "好评"), ("grade -", "grade"),
        ("class A+", "class A-"), ("satisfied!", "satisfied?"), (".NET 问题", "NET 问题"),
    ],
)  # fmt: skip
def test_signs_at_an_end_keep_names_apart(one, other):
    assert bare_form(one) != bare_form(other)
    assert not is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("版本1.5", "版本15"), ("3-5岁", "35岁"), ("10,000元以上", "10000元 以上"), ("类别1 1", "类别11"),
        ("1 1", "11"), ("评分-1", "评分1"),
        ("sentiment_-1", "sentiment_1"), ("score (-1)", "score (1)"), ("ratio .5", "ratio 5"),
    ],
)  # fmt: skip
def test_marks_that_make_another_number_keep_names_apart(one, other):
    assert bare_form(one) != bare_form(other)
    assert not is_slip(one, other)


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", "\u00ad", "\ufe0f", "\u202c", "\x07", "\u3000"])
def test_what_nobody_sees_does_not(unseen):
    assert plain_form(f"退{unseen}款") == plain_form("退款")
    assert plain_form(f"{unseen}good{unseen}") == plain_form("Good")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("re-fund", "refund"),
        ("退款、换货", "退款换货"),
        ("“退款”", "退款"),
        ("退款（售后）", "退款(售后)"),
        ("refund.", "Refund"),
        ("group(1)", "Group 1"),
        ("第（1）类", "第1类"),
    ],
)
def test_marks_between_and_around_words_do_not(one, other):
    assert bare_form(one) == bare_form(other)
