"""Rows in another language than the rest are named; bilingual sets are left alone."""

import pytest

from luodi.auditing.checks.tongue import foreign_texts
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read

CHINESE = [f"味道不错，{sign}师傅很准时" for sign in "甲乙丙丁戊己庚辛壬癸"] * 50


def findings(texts):
    return list(foreign_texts(Evidence({"train": Dataset.of(texts)})))


def test_another_script_is_named_with_its_rows():
    texts = [*CHINESE, "the food was really cold", "とても美味しかったです", "Еда была холодная"]
    (one,) = findings(texts)
    assert (one.severity, one.count) == ("note", 3)
    assert {suspect.row: suspect.facts["found"] for suspect in one.suspects} == {
        500: "Latin letters", 501: "Japanese", 502: "Cyrillic letters",
    }  # fmt: skip
    assert ": 3 of 503" in one.what


def test_more_than_a_few_are_a_warning():
    (one,) = findings([*CHINESE, *(["the food was really cold"] * 10)])
    assert one.severity == "warning"


def test_a_few_latin_words_are_no_other_language():
    assert findings([*CHINESE, "点了 KFC 和 iPhone", "OK", "good", "666", ""]) == []


def test_two_languages_may_both_be_at_home():
    assert findings([*CHINESE, *(f"the soup of table {row} was lovely" for row in range(200))]) == []


def test_nothing_to_look_at():
    assert findings([]) == findings(["", "。"]) == []


@pytest.mark.shared
def test_the_real_sets_are_of_one_language(shared_data):
    for name in ("waimai_10k.csv", "finance_news_seed.xlsx", "banking77_test.csv"):
        assert findings(read(shared_data / name).texts) == []


@pytest.mark.shared
def test_another_language_in_the_same_letters_is_found(shared_data):
    texts = read(shared_data / "banking77_test.csv").texts
    german = ("Wie kann ich meine neue Karte aktivieren?", "Das Geld ist noch nicht auf meinem Konto")
    (one,) = findings([*texts, *german])
    assert [suspect.row for suspect in one.suspects] == [len(texts), len(texts) + 1]
    assert "another language" in one.what
