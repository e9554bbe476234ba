"""Of all the fixes that are proposed each row gets one, and nothing goes that stays in the place of another."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing import Finding, Fix
from luodi.auditing.audit import Audited
from luodi.auditing.remedies import remedies
from luodi.data import Dataset


def audited(*fixes, labels="abcabcabc", **heads):
    texts = [f"text {row}" for row in range(len(labels))]
    data = Dataset.of(texts, heads or {"kind": list(labels)})
    return Audited(data, {"train": len(data)}, (Finding("note", 0.5, 1, "what", "effect", "advice", fixes=fixes),))


def drop(row, kept=None, **more):
    return Fix(row, "drop", "why", kept=kept, is_safe=True, **more)


def label(row, new, sureness=0.95, **more):
    return Fix(row, "label", "why", head="kind", label=new, sureness=sureness, **more)


def gone(found):
    return {row: fix.kept for row, fix in found.drops.items()}


def test_only_safe_fixes_are_done_unless_labels_are_asked_for():
    found = audited(drop(0), Fix(1, "drop", "why"), label(2, "z"), label(3, "z", is_safe=True))
    assert gone(remedies(found)) == {0: None}
    assert set(remedies(found).labels) == {(3, "kind")}
    assert set(remedies(found, labels_above=0.9).labels) == {(2, "kind"), (3, "kind")}
    assert set(remedies(found, labels_above=0.96).labels) == {(3, "kind")}


def test_of_the_unsafe_drops_only_those_of_a_label_are_done_on_request():
    found = audited(Fix(0, "drop", "why", sureness=0.95), Fix(1, "drop", "why", head="kind", sureness=0.6))
    assert gone(remedies(found)) == {}
    assert gone(remedies(found, labels_above=0.7)) == {}
    assert gone(remedies(found, labels_above=0.5)) == {1: None}


def test_copies_of_rows_that_prove_go_on_request():
    found = audited(drop(5, kept=3))
    leaks = Finding("error", 1.0, 1, "what", "effect", "advice", check="leaks",
                    fixes=(Fix(3, "drop", "why", kept=7, sureness=0.8), Fix(4, "drop", "why", kept=8)))  # fmt: skip
    found = replace(found, findings=(*found.findings, leaks))
    assert gone(remedies(found)) == {5: 3}
    assert gone(remedies(found, labels_above=0.1)) == {5: 3}
    assert gone(remedies(found, without_leaks=True)) == {3: 7, 4: 8, 5: 7}


def test_a_drop_wins_over_a_label():
    found = remedies(audited(label(0, "z"), drop(0)), labels_above=0.5)
    assert gone(found) == {0: None}
    assert found.labels == {}


def test_the_row_that_stays_in_the_place_of_another_is_never_dropped():
    assert gone(remedies(audited(drop(3), drop(5, kept=3)))) == {5: 3}


def test_a_chain_of_doubles_ends_at_the_row_that_stays():
    assert gone(remedies(audited(drop(5, kept=3), drop(3, kept=1), drop(1, kept=0)))) == {1: 0, 3: 0, 5: 0}


def test_of_a_ring_of_doubles_the_first_row_stays():
    assert gone(remedies(audited(drop(5, kept=3), drop(3, kept=5), drop(8, kept=5)))) == {5: 3, 8: 3}
    assert gone(remedies(audited(drop(2, kept=2)))) == {}


def test_a_double_that_is_to_go_for_its_own_sake_needs_no_other_row():
    assert gone(remedies(audited(drop(3), drop(5, kept=3), drop(5)))) == {3: None, 5: None}


def test_of_two_labels_the_surer_one_is_taken_and_no_label_is_given_twice():
    assert remedies(audited(label(0, "y", 0.9), label(0, "z", 0.99)), labels_above=0.9).labels[0, "kind"].label == "z"
    assert remedies(audited(label(0, "a", 0.99)), labels_above=0.9).labels == {}


def test_a_proposed_label_that_is_renamed_throughout_gets_its_new_name():
    renaming = [label(1, "B", is_safe=True), label(4, "B", is_safe=True), label(7, "B", is_safe=True)]
    found = remedies(audited(*renaming, label(0, "b", 0.95)), labels_above=0.9)
    assert {cell: fix.label for cell, fix in found.labels.items()} == {(row, "kind"): "B" for row in (0, 1, 4, 7)}
    chain = remedies(audited(label(0, "b", is_safe=True), label(1, "c", is_safe=True)))
    assert {cell: fix.label for cell, fix in chain.labels.items()} == {(0, "kind"): "c", (1, "kind"): "c"}


def test_labels_that_are_renamed_to_each_other_stay():
    assert remedies(audited(label(0, "b", is_safe=True), label(1, "a", is_safe=True))).labels == {}


def test_a_row_that_repeats_another_with_its_new_label_goes():
    data = Dataset.of(["好 吃", "好吃", "好吃", "难吃"], {"kind": ["a", "a", "b", "b"]})
    fixes = (drop(0, kept=2), label(2, "a"), label(3, "a"))
    found = Audited(data, {"train": 4}, (Finding("note", 0.5, 1, "", "", "", fixes=fixes),))
    assert gone(remedies(found)) == {0: 2}
    sure = remedies(found, labels_above=0.9)
    assert gone(sure) == {0: 1, 2: 1}
    assert set(sure.labels) == {(3, "kind")}


def test_a_test_that_came_as_a_file_keeps_its_rows():
    data = Dataset.of(["好吃", "好吃", "好吃"], {"kind": ["a", "a", "b"]})
    found = Audited(data, {"train": 1, "test": 2}, (Finding("note", 0.5, 1, "", "", "", fixes=(label(2, "a"),)),))
    sure = remedies(found, labels_above=0.9)
    assert gone(sure) == {}
    assert set(sure.labels) == {(2, "kind")}


def test_heads_are_mended_one_by_one():
    fixes = (label(0, "z"), Fix(0, "label", "why", head="mood", label="glad", sureness=0.95))
    found = remedies(audited(*fixes, kind=["a"] * 9, mood=["sad"] * 9), labels_above=0.9)
    assert {cell: fix.label for cell, fix in found.labels.items()} == {(0, "kind"): "z", (0, "mood"): "glad"}


@given(st.lists(st.tuples(st.integers(0, 8), st.none() | st.integers(0, 8)), max_size=20))
def test_whatever_is_proposed_a_kept_row_stays(pairs):
    found = remedies(audited(*(drop(row, kept=kept) for row, kept in pairs))).drops
    assert not {fix.kept for fix in found.values()} & set(found)
    assert all(fix.kept != row for row, fix in found.items())
