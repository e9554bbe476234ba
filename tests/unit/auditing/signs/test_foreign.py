"""Texts in another language are told from the rest by script, and within one script by the company of their words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.foreign import at_home, has_words, script_of, strangeness
from luodi.data import read

GERMAN = [
    "Wie kann ich meine neue Karte aktivieren?",
    "Warum wurde meine Überweisung abgelehnt?",
    "Ich habe meine Karte verloren und brauche eine neue",
    "Wann kommt das Geld auf meinem Konto an?",
    "Bitte sperren Sie sofort meine Karte",
    "Das ist nicht die richtige Summe auf dem Auszug",
    "Wo finde ich die Nummer von meinem Konto?",
    "Kann ich auch mit dem Handy bezahlen?",
]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("物流很快", "CJK"),
        ("物流 OK 很快", "CJK"),
        ("the driver was late", "LATIN"),
        ("Ｔｈｅ　ｄｒｉｖｅｒ　ｗａｓ　ｌａｔｅ", "LATIN"),
        ("Водитель опоздал", "CYRILLIC"),
        ("運転手が遅れました。とても残念です", "KANA"),
        ("배송이 너무 늦었어요", "HANGUL"),
        ("SONY手机", None),
        ("OK", None),
        ("666", None),
        ("", None),
        ("我是の粉丝很喜欢", "CJK"),
    ],
)
def test_the_script_of_most_of_a_text(text, script):
    assert script_of(text) == script


def test_scripts_of_a_tenth_of_the_texts_are_at_home():
    assert at_home(["CJK"] * 80 + ["LATIN"] * 15 + ["KANA"] * 5 + [None] * 100) == {"CJK", "LATIN"}
    assert at_home([]) == frozenset()
    assert has_words("LATIN")
    assert not has_words("CJK")
    assert not has_words(None)


@pytest.mark.shared
@pytest.mark.parametrize("n", [1, 3, 8])
def test_german_among_english_is_told(shared_data, n):
    texts = list(read(shared_data / "banking77_test.csv").texts)
    strange = strangeness([*texts, *GERMAN[:n]])
    assert np.flatnonzero(strange).tolist() == list(range(len(texts), len(texts) + n))


@pytest.mark.shared
def test_english_is_no_stranger_to_english(shared_data):
    assert not strangeness(read(shared_data / "banking77_train.csv").texts).any()


@pytest.mark.shared
def test_half_of_the_texts_are_no_strangers(shared_data):
    texts = list(read(shared_data / "banking77_test.csv").texts[:60])
    assert not strangeness(texts + GERMAN * 7).any()


def test_few_or_odd_texts_are_survived():
    assert strangeness([]).tolist() == []
    assert not strangeness(["a b c d e"] * 50).any()
    assert not strangeness([""] * 200).any()


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_text_is_survived(texts):
    assert strangeness(texts * 30).shape == (len(texts) * 30,)
    assert at_home([script_of(text) for text in texts]) is not None
