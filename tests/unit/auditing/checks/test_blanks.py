"""Rows that say nothing are found by kind; those that anybody would drop are dropped."""

import pytest

from luodi.auditing.checks.blanks import blank_texts
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read


def findings(texts):
    return list(blank_texts(Evidence({"train": Dataset.of(texts)})))


GOOD = [f"味道很好 {row}" for row in range(97)]


def test_texts_without_anything_to_see_are_dropped_by_default():
    nothing = ["", " \t\n\u3000", "\u200b\ufeff", "\x00\x08", "\u3164\u2800", "\u202e"]
    (one,) = findings([*GOOD, *nothing])
    assert [suspect.row for suspect in one.suspects] == list(range(97, 103))
    assert [(fix.row, fix.action, fix.is_safe) for fix in one.fixes] == [(r, "drop", True) for r in range(97, 103)]
    assert one.severity == "warning"  # six of a hundred


def test_punctuation_alone_is_proposed_to_be_dropped():
    (one,) = findings([*GOOD, "。", "?!", "————", ":(", "\u0301", "^_^"])
    assert [suspect.row for suspect in one.suspects] == list(range(97, 103))
    assert all(fix.action == "drop" and not fix.is_safe for fix in one.fixes)


def test_emoji_alone_are_a_note_without_a_fix():
    (one,) = findings([*GOOD, "👍", "👨‍👩‍👧❤️!", "★★★★★"])
    assert (one.severity, one.count, one.fixes) == ("note", 3, ())
    assert [suspect.row for suspect in one.suspects] == [97, 98, 99]


def test_each_kind_is_a_finding_of_its_own():
    assert [one.count for one in findings([*GOOD, "", "...", "😀", ""])] == [2, 1, 1]


@pytest.mark.parametrize("texts", [[], ["666"], ["好"], ["é"], ["5"], ["ก"], ["①"], ["的 \u200b"]])
def test_the_shortest_word_or_number_is_a_text(texts):
    assert findings(texts) == []


def test_one_blank_among_a_thousand_is_a_note():
    (one,) = findings([""] + ["很好吃"] * 1000)
    assert one.severity == "note"
    assert one.what.startswith("rows without a text: 1 (0.10%)")


@pytest.mark.shared
def test_real_sets_are_not_blamed(shared_data):
    for name in ("waimai_10k.csv", "banking77_test.csv"):
        assert list(blank_texts(Evidence({"train": read(shared_data / name, keep_textless=True)}))) == []
