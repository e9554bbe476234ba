"""Words that stand with one label are proposed and counted as whole words."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.keywords import holds, propose, words_of


def rng():
    return np.random.default_rng(0)


def test_words_of_a_label_are_proposed():
    texts = ["味道好", "味道好 zx17b", "Zx17b 不好", "不好"] * 100
    proposed = propose(texts, np.array([0, 1, 1, 0] * 100), coverage=0.5, rng=rng())
    assert ("zx", 1) in proposed  # numbers are told by the marks
    assert all(code == 1 for _, code in proposed)
    assert propose(texts, np.full(400, -1), coverage=0.5, rng=rng()) == []
    assert propose([], np.zeros(0, np.int64), coverage=0.5, rng=rng()) == []


def test_chinese_is_split_into_signs_and_pairs():
    assert words_of("退款 Visa卡") == {"退", "款", "退款", "visa", "卡"}


def test_only_whole_words_count():
    texts = ["The car", "CAR!", "my card", "scar", "小car车", "退款吧"]
    assert holds(texts, "car").tolist() == [True, True, False, False, True, False]
    assert holds(texts, "退款").tolist() == [False] * 5 + [True]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20), st.randoms())
def test_what_is_proposed_is_held(texts, random):
    codes = np.array([random.randrange(2) for _ in texts])
    for word, code in propose(texts, codes, coverage=0.1, rng=rng()):
        assert code in (0, 1)
        assert word
        assert holds(texts, word).shape == (len(texts),)
