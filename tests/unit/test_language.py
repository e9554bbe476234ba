"""One sentence, two languages: the English template is the key."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.language import chosen, speak, t


def test_the_language_is_spoken_within_its_block():
    with speak("en"):
        assert t("{n} rows", n=3) == "3 rows"
        with speak("zh"):
            assert t("{n} rows", n=3) == "3 行"
        assert chosen() == "en"


def test_an_error_in_the_block_gives_the_language_back():
    with speak("en"):
        with pytest.raises(KeyError), speak("zh"):
            raise KeyError
        assert chosen() == "en"


def test_a_thread_does_not_change_what_another_speaks():
    heard = []
    with speak("zh"):
        thread = threading.Thread(target=lambda: heard.append(speak("en").__enter__()))
        thread.start()
        thread.join()
        assert chosen() == "zh"


def test_a_sentence_without_its_row_stays_english():
    with speak("zh"):
        assert t("no table holds this sentence {n}", n=1) == "no table holds this sentence 1"


@given(st.text())
def test_what_is_filled_in_is_taken_as_it_is(text):
    with speak("en"):
        assert t("found {value}", value=text) == f"found {text}"


def test_a_template_without_values_is_taken_as_it_is():
    with speak("en"):
        assert t("write {at_least: x}") == "write {at_least: x}"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "C"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_locale_decides_where_nothing_was_chosen(environment, language, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert chosen() == language
