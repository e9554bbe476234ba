"""What stands of many answers."""

import json

from hypothesis import given
from hypothesis import strategies as st

from luodi.labelling import Answer, answers_of, my_answers, standing, text_key


def answer(action, key="a", label=None, **other):
    return Answer(action, key, "情感", label, None, "x.csv:1", other.get("who"), "")


def test_the_last_word_stands():
    given = standing([answer("label", label="1"), answer("label", label="2")])
    assert [one.label for one in given.values()] == ["2"]


def test_undo_brings_back_what_stood_before():
    said = [answer("skip"), answer("label", label="1"), answer("undo")]
    assert standing(said)["a"].action == "skip"
    assert standing([*said, answer("undo")]) == {}
    assert standing([*said, answer("undo"), answer("undo"), answer("label", label="2")])["a"].label == "2"


def test_the_order_is_that_of_the_last_word():
    said = [answer("label", key, label="1") for key in "abc"] + [answer("label", "a", label="2")]
    assert list(standing(said)) == ["b", "c", "a"]


def test_each_has_their_own():
    entries = [answer("label", label="1", who=who).to_json() for who in ("anna", "ben", None)]
    assert [one.who for one in my_answers(entries, head="情感", who="ben")] == ["ben"]
    assert [one.who for one in my_answers(entries, head="情感", who=None)] == [None]
    assert my_answers(entries, head="other", who="ben") == []


def test_entries_of_other_kinds_are_passed_over():
    assert answers_of([{"action": "batch", "texts": []}, {"action": "label", "text_sha256": "a"}, {"action": "?"}]) == [
        Answer("label", "a", "", None, None, "", None, "")
    ]


@given(label=st.text(), text=st.text(), who=st.none() | st.text())
def test_an_answer_survives_its_line(label, text, who):
    one = Answer("label", text_key(text), "情感", label, None, "x.csv:1", who, "2026-11-25T00:00:00+00:00")
    assert answers_of([json.loads(json.dumps(one.to_json()))]) == [one]


@given(st.text(alphabet=st.characters()), st.text())
def test_different_texts_have_different_keys(one, other):
    assert (text_key(one) == text_key(other)) == (one == other)


def test_half_characters_have_keys_too():
    assert text_key("\ud800") != text_key("\ufffd")
