"""Rows that stand there twice: the right ones are named, the right ones stay, distinct rows are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.checks.doubles import exact_doubles, near_doubles
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read

LONG = "the parcel came two days late and the box was open on one side"


def evidence(texts, labels=None, **parts):
    data = Dataset.of(texts, {"label": labels} if labels is not None else {})
    return Evidence({"train": data, **parts})


def test_copies_are_found_width_case_and_space_aside():
    found = list(
        exact_doubles(evidence(["很好！", "坏", "很 好!", "Ｇood", "gooD", ""], ["a", "b", "a", "a", "a", "a"]))
    )
    assert len(found) == 1
    assert [(fix.row, fix.kept, fix.is_safe) for fix in found[0].fixes] == [(2, 0, True), (4, 3, True)]
    assert found[0].count == 2
    assert found[0].suspects[0].facts == {"twin": "memory:1"}
    assert ": 2 (33%)" in found[0].what


def test_the_same_text_with_another_label_is_no_double():
    assert list(exact_doubles(evidence(["好", "好"], ["a", "b"]))) == []


def test_the_better_labelled_row_stays():
    found = list(exact_doubles(evidence(["好", "好", "好", "好"], [None, "a", "b", None])))
    assert [(fix.row, fix.kept) for fix in found[0].fixes] == [(0, 1), (3, 1)]


def test_of_several_heads_a_row_with_fewer_labels_goes():
    data = Dataset.of(["好"] * 4, {"x": ["a", "a", None, "c"], "y": ["b", None, "b", None]})
    found = list(exact_doubles(Evidence({"train": data})))
    assert [(fix.row, fix.kept) for fix in found[0].fixes] == [(1, 0), (2, 0)]


def test_the_most_repeated_come_first_and_are_counted():
    found = list(exact_doubles(evidence(["x", "x", "y", "y", "y"], ["a"] * 5)))
    assert [one.row for one in found[0].suspects] == [3, 4, 1]
    assert "3 times" in found[0].what


def test_copies_in_two_parts_are_leaks_not_doubles_and_a_given_test_stays_whole():
    test = Dataset.of(["甲", "乙", "乙"], {"label": ["a", "b", "b"]})
    found = list(exact_doubles(evidence(["甲", "丙"], ["a", "b"], test=test)))
    assert [(fix.row, fix.kept, fix.is_safe) for fix in found[0].fixes] == [(4, 3, False)]


def test_many_are_a_warning_few_a_note():
    many = list(exact_doubles(evidence(["x"] * 2 + [str(i) for i in range(20)], ["a"] * 22)))
    few = list(exact_doubles(evidence(["x"] * 2 + [str(i) for i in range(200)], ["a"] * 202)))
    assert [one[0].severity for one in (many, few)] == ["warning", "note"]
    assert many[0].score > few[0].score


@given(st.lists(st.text(max_size=4), max_size=12), st.integers(1, 3))
def test_after_the_fixes_no_double_is_left(texts, n_labels):
    labels = [str(i % n_labels) for i in range(len(texts))]
    one = evidence(texts, labels)
    dropped = {fix.row for finding in exact_doubles(one) for fix in finding.fixes}
    kept = [row for row in range(len(texts)) if row not in dropped]
    pairs = [(one.forms[row], labels[row]) for row in kept if one.forms[row]]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(form, label) for form, label in zip(one.forms, labels, strict=True) if form}


def test_near_copies_with_one_label_are_a_note_beside_their_twin():
    texts = [LONG, "quite another text of some length here", LONG + "!!", LONG.replace("late", "lately")]
    found = list(near_doubles(evidence(texts, ["a", "a", "a", "a"])))
    assert [one.severity for one in found] == ["warning"]  # half of the rows
    assert [(fix.row, fix.kept, fix.is_safe) for fix in found[0].fixes] == [(2, 0, False), (3, 0, False)]
    assert {one.row: one.facts["twin"] for one in found[0].suspects} == {2: "memory:1", 3: "memory:1"}
    assert all("% alike" in one.facts["found"] for one in found[0].suspects)


def test_a_near_copy_is_dropped_only_for_a_row_that_stays():
    steps = [LONG, LONG[4:], LONG[8:], LONG[12:]]  # each near the next, the first not near the last
    found = list(near_doubles(evidence(steps, ["a"] * 4)))
    dropped = {fix.row: fix.kept for fix in found[0].fixes}
    assert dropped
    assert not set(dropped) & set(dropped.values())


def test_near_copies_with_different_labels_name_the_other_label():
    found = list(near_doubles(evidence([LONG, LONG + " again"], ["a", "b"])))
    assert len(found) == 1
    assert found[0].fixes == ()
    assert found[0].suspects[0].facts["twin"] == "memory:1"
    assert found[0].suspects[0].facts["found"].endswith("labelled 'a'")


def test_near_copies_in_two_parts_are_leaks():
    test = Dataset.of([LONG + "!!"], {"label": ["a"]})
    assert list(near_doubles(evidence([LONG], ["a"], test=test))) == []


def test_distinct_rows_and_hard_ones_are_left_alone():
    texts = ["", " ", "😀", "a\ud800b", "好" * 100_000, "坏" * 100_000, "x"]
    for check in (exact_doubles, near_doubles):
        assert list(check(evidence(texts, ["a", "b"] * 3 + ["a"]))) == []
        assert list(check(evidence([]))) == []
        assert list(check(evidence(["one"]))) == []


def test_near_groups_hang_together_by_pairs():
    texts = [LONG, "other words of a certain length", LONG[4:], LONG[8:], LONG[8:].upper()]
    np.testing.assert_array_equal(evidence(texts).near, [0, 1, 0, 0, 0])


@pytest.mark.shared
def test_a_real_set_has_few(shared_data):
    one = Evidence({"train": read(shared_data / "waimai_10k.csv")})
    assert [finding.severity for check in (exact_doubles, near_doubles) for finding in check(one)] == ["note", "note"]
