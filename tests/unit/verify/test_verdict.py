"""The sentence that is read before anything else."""

import pytest

from luodi.budget import Quantity
from luodi.language import speak
from luodi.verify import Comparison, verdict


def compared(value, low, high, *, n=2395, rows_needed=None):
    return Comparison(
        n, "macro_f1", Quantity(value, low, high), Quantity(value, low, high), 0.5, max(0.0, -low), rows_needed
    )


CASES = {
    "worth it": compared(0.049, 0.021, 0.077),
    "slight": compared(0.008, 0.002, 0.014),
    "not shown": compared(0.005, -0.004, 0.014, rows_needed=18_765),
    "worse": compared(-0.02, -0.031, -0.009),
}


@pytest.mark.parametrize("word", CASES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_case_has_its_word_and_its_numbers(word, language):
    with speak(language):
        found, sentence = verdict(CASES[word])
    gain, sign = CASES[word].gain, -1 if word == "worse" else 1
    assert found == word
    shown = "{:+.1f}" if word == "not shown" else "{:.1f}"  # where the sentence says better or worse, no sign is needed
    assert all(shown.format(100 * sign * side) in sentence for side in (gain.value, gain.low, gain.high))
    assert "2,395" in sentence
    assert ("测试数据" in sentence) == (language == "zh")


def test_no_shown_gain_and_no_room_for_one_is_enough_for_the_cheap_model():
    with speak("en"):
        _, sentence = verdict(CASES["not shown"])
    assert "The cheap model is enough here." in sentence
    assert "About 19,000 test rows" in sentence


def test_few_rows_do_not_say_enough():
    with speak("en"):
        word, sentence = verdict(compared(0.06, -0.04, 0.16, n=50, rows_needed=139))
    assert word == "not shown"
    assert "cannot tell" in sentence
    assert "enough" not in sentence


def test_a_loss_asks_for_no_more_rows():
    with speak("en"):
        _, sentence = verdict(compared(-0.002, -0.01, 0.006, rows_needed=90_000))
    assert "90,000" not in sentence


def test_a_row_or_two_tell_nothing():
    with speak("en"):
        word, sentence = verdict(compared(1.0, 1.0, 1.0, n=3))
    assert word == "not shown"
    assert "Only 3 test rows" in sentence


def test_nothing_labelled_shows_nothing():
    nan = Quantity(float("nan"))
    with speak("en"):
        word, sentence = verdict(Comparison(0, "macro_f1", nan, nan, 1.0, 1.0, None))
    assert word == "not shown"
    assert "nan" not in sentence


def test_a_loss_is_said_without_a_sign_twice():
    with speak("zh"):
        _, sentence = verdict(CASES["worse"])
    assert "低 2.0 个百分点（95 % 区间 0.9 至 3.1）" in sentence
