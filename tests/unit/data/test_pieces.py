"""Words of a text, whatever its tokens are: every sign that is no blank stands in one word at the most."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.pieces import pieces_of


def words(text, offsets):
    made = pieces_of(text, offsets)
    return [text[start:end] for start, end in made.spans.tolist()], made.tokens.tolist()


def test_word_pieces_are_put_together_and_chinese_is_not():
    assert words("playing 北京 now", [(0, 0), (0, 4), (4, 7), (8, 9), (9, 10), (11, 14), (0, 0)]) == (
        ["playing", "北", "京", "now"], [1, 3, 4, 5],
    )  # fmt: skip


def test_the_blank_before_a_word_belongs_to_no_word():
    assert words("a  bc", [(0, 1), (1, 5)])[0] == ["a", "bc"]
    assert words("a  b", [(0, 1), (1, 3), (3, 4)])[0] == ["a", "b"]


def test_signs_emoji_and_thai_stand_alone():
    assert words("5.30pm🙂", [(0, 1), (1, 2), (2, 4), (4, 6), (6, 7)])[0] == ["5", ".", "30pm", "🙂"]
    assert words("ภาษาไทย", [(0, 4), (4, 7)])[0] == ["ภาษา", "ไทย"]


def test_scripts_do_not_join():
    assert words("iPhone手机", [(0, 6), (6, 7), (7, 8)])[0] == ["iPhone", "手", "机"]


@given(st.text(max_size=40), st.lists(st.integers(0, 40), max_size=8))
def test_words_rise_and_hold_no_blank_ends(text, cuts):
    edges = sorted({0, len(text), *(cut for cut in cuts if cut <= len(text))})
    offsets = list(pairwise(edges))
    made = pieces_of(text, offsets)
    assert made.n_tokens == len(offsets)
    flat = made.spans.ravel()
    assert (np.diff(flat) >= 0).all()
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in made.spans.tolist())
    assert (np.diff(made.tokens) > 0).all()


def test_marks_belong_to_their_letters():
    assert words("हिन्दी है", [(0, 1), (1, 3), (3, 6), (7, 9)])[0] == ["हिन्दी", "है"]
    assert words("cafe\u0301 noir", [(0, 4), (4, 5), (6, 10)])[0] == ["cafe\u0301", "noir"]
