"""Which texts are chosen: the doubtful ones, and never fifty copies of one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.labelling import informative
from luodi.labelling.order import margins

SUBJECTS = ("物流", "包装", "味道", "服务", "价格", "房间", "司机", "颜色", "尺码", "客服")


def copies(n):
    """n nearly equal texts."""
    return [f"物流太慢了，等了整整三天才送到，再也不会买了 {i}" for i in range(n)]


def different(n):
    """n texts that have little in common."""
    chance = np.random.default_rng(0)
    return ["".join(chr(0x4E00 + k) for k in chance.integers(0, 5000, 20)) for _ in range(n)]


def test_nearly_equal_texts_are_not_chosen_together():
    texts = [*copies(400), *different(100)]
    chosen = informative(texts, n=50)
    assert len(set(chosen)) == 50
    assert sum(place < 400 for place in chosen) == 1


def test_where_nothing_else_is_left_they_are():
    assert sorted(informative(copies(20), n=20)) == list(range(20))


def test_equal_texts_are_chosen_once():
    assert sorted(informative(["a b c", "a b c", "d e f"], n=3)) == [0, 2]


def test_doubt_decides_among_different_texts():
    """Of 3,000 texts the models are torn on 100: nearly all that is chosen comes from these."""
    texts = different(3000)
    margin = np.full(3000, 0.99, np.float32)
    torn = np.arange(0, 3000, 30)
    margin[torn] = 0.05
    chosen = informative(texts, n=40, margin=margin)
    assert len(set(chosen) & set(torn.tolist())) >= 30
    assert chosen[0] in torn


def test_the_same_seed_chooses_the_same():
    texts = different(300)
    assert informative(texts, n=20, seed=3) == informative(texts, n=20, seed=3)
    assert informative(texts, n=20, seed=3) != informative(texts, n=20, seed=4)


def test_of_very_many_texts_some_are_considered():
    """The work is bounded: no more than the candidates are ever compared."""
    texts = [f"text number {i}" for i in range(5000)]
    chosen = informative(texts, n=5, margin=np.linspace(0, 1, 5000, dtype=np.float32))
    assert max(chosen) < 2000


@pytest.mark.parametrize("n", [0, -1])
def test_none_are_chosen_where_none_are_wanted(n):
    assert informative(["a", "b"], n=n) == []


@settings(max_examples=40)
@given(st.lists(st.text(max_size=8), max_size=12), st.integers(1, 15))
def test_any_texts_can_be_chosen_from(texts, n):
    chosen = informative(texts, n=n)
    assert len(chosen) == min(n, len(set(texts)))
    assert len({texts[place] for place in chosen}) == len(chosen)


def test_long_texts_are_compared_by_their_beginning():
    assert len(informative(["好" * 100_000, "差" * 100_000, "\ud800" * 9], n=3)) == 3


def test_margins_are_the_lead_of_the_first_label():
    assert margins(np.array([[0.2, 0.5, 0.3], [1, 0, 0]], np.float32)).tolist() == pytest.approx([0.2, 1.0])
    assert margins(np.ones((2, 1), np.float32)).tolist() == [1, 1]
