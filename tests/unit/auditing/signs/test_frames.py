"""Wording shared by many texts is found with its rows; what people write alike by themselves is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.frames import FEWEST, find_frames
from luodi.data import read

SUBJECTS = ("送餐", "味道", "包装", "价格", "份量", "服务", "环境", "口味", "面条", "米饭", "鸡腿", "汤")
VERDICTS = ("不错", "太慢", "一般", "失望", "满意", "太咸", "很香", "偏贵", "实惠", "凉了", "漏了", "还行")


def reviews(n, seed=0):
    rng = np.random.default_rng(seed)
    return ["，".join(f"{rng.choice(SUBJECTS)}{rng.choice(VERDICTS)}" for _ in range(4)) for _ in range(n)]


def test_a_shared_beginning_is_found_whatever_its_numbers():
    texts = reviews(1000)
    framed = range(100, 160)
    for row in framed:
        texts[row] = f"客户反馈 2026年{row % 12 + 1}月{row % 28 + 1}日：{texts[row]}"
    (one,) = find_frames(texts)
    assert (one.place, one.rows) == ("beginning", tuple(framed))
    assert one.text.startswith("客户反馈 2026年")


def test_a_shared_end_is_found_as_far_as_it_goes():
    texts = reviews(1000)
    for row in range(0, 1000, 20):
        texts[row] += "。本文仅代表作者个人观点，与本站无关"
    (one,) = find_frames(texts)
    assert (one.place, len(one.rows)) == ("end", 50)
    assert one.text.lstrip("。") == "本文仅代表作者个人观点，与本站无关"


def test_a_shared_line_is_found():
    texts = [f"{text}\n{other}" for text, other in zip(reviews(500), reviews(500, seed=1), strict=True)]
    for row in range(40):
        texts[row] = texts[row].replace("\n", "\n-----原始邮件 发件人：客服中心-----\n")
    (one,) = find_frames(texts)
    assert (one.place, one.rows, one.text) == ("line", tuple(range(40)), "-----原始邮件 发件人：客服中心-----")


def test_english_signatures_are_found():
    words = ("red", "blue", "green", "late", "early", "good", "bad", "soft", "hard", "cold", "warm", "new")
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(words, 6)) for _ in range(600)]
    for row in range(30):
        texts[row] += "\nBest regards, your friendly customer service team, room 12"
    (one,) = find_frames(texts)
    assert one.place == "end"
    assert one.rows == tuple(range(30))
    assert one.text.endswith("Best regards, your friendly customer service team, room 12")


def test_the_same_text_but_for_its_numbers_is_one_frame():
    texts = reviews(1000)
    texts[:30] = [f"您的订单{row}已发货" for row in range(30)]
    texts[30:55] = ["此用户没有填写评价"] * 25
    found = find_frames(texts)
    assert {(one.place, len(one.rows)) for one in found} == {("whole", 30), ("whole", 25)}


def test_short_texts_may_be_said_often():
    assert find_frames([*reviews(200), *(["好评"] * 50), *(["味道不错"] * 50)]) == []


def test_nothing_is_found_in_what_is_written_freely_or_too_little():
    assert find_frames(reviews(3000)) == []
    assert find_frames([]) == find_frames(["尊敬的客户您好，感谢惠顾"] * (FEWEST - 1)) == []


def test_one_word_is_never_split_into_letters():
    assert find_frames(["antidisestablishmentarianism"] * 50) == []


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_is_survived(texts):
    for one in find_frames(texts * 25):
        assert len(one.rows) >= FEWEST


def test_hostile_text_takes_no_time():
    find_frames(["a" * 100_000, "1" * 100_000, "。" * 100_000, "\n" * 100_000, "a1" * 50_000] * 20)


@pytest.mark.shared
def test_the_clean_real_sets_have_none(shared_data):
    for name in ("waimai_10k.csv", "finance_news_seed.xlsx", "banking77_train.csv"):
        assert find_frames(read(shared_data / name).texts) == []
