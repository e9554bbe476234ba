"""One text, several labels: all of its rows are named, the majority is proposed, a tie proposes to drop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.checks.conflicts import conflicts
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read


def found(texts, labels, **heads):
    return list(conflicts(Evidence({"train": Dataset.of(texts, {"label": labels, **heads})})))


def test_every_row_is_named_and_the_majority_proposed():
    (one,) = found(["很好", "很 好", "很好", "坏", "坏"], ["a", "b", "a", "b", "b"])
    assert one.severity == "error"
    assert one.count == 3
    assert [suspect.row for suspect in one.suspects] == [0, 1, 2]
    assert one.suspects[1].facts == {"found": "'a' x 2", "twin": "memory:1", "proposed": "a"}
    assert "proposed" not in one.suspects[0].facts
    (fix,) = one.fixes
    assert (fix.row, fix.action, fix.head, fix.label, fix.is_safe) == (1, "label", "label", "a", False)
    assert fix.sureness == pytest.approx(2 / 3)
    assert "different labels: 1, in 3 rows" in one.what
    assert "at least 1 " in one.effect


def test_a_tie_proposes_to_drop_all():
    (one,) = found(["x", "x", "x", "x", "x"], ["a", "b", "b", "a", "c"])
    assert [(fix.row, fix.action, fix.is_safe) for fix in one.fixes] == [(row, "drop", False) for row in range(5)]


def test_the_text_with_most_rows_comes_first():
    (one,) = found(["x", "x", "y", "y", "y"], ["a", "b", "a", "b", "b"])
    assert [suspect.row for suspect in one.suspects] == [2, 3, 4, 0, 1]


def test_unlabelled_rows_and_blank_texts_are_no_conflict():
    assert found(["x", "x", "x", "", " "], ["a", None, "a", "a", "b"]) == []
    assert found([], []) == []
    assert found(["x"], ["a"]) == []


def test_each_head_is_looked_at_by_itself():
    (one,) = found(["x", "x"], ["a", "a"], other=["c", "d"])
    assert one.what.startswith("column 'other': ")
    assert {fix.head for fix in one.fixes} == {"other"}


@pytest.mark.parametrize(("n", "severity"), [(100, "error"), (300, "warning"), (3000, "note")])
def test_the_fewer_the_milder(n, severity):
    texts = ["x", "x", *map(str, range(n))]
    (one,) = found(texts, ["a", "b", *["a"] * n])
    assert one.severity == severity


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["a", "b", None])), max_size=20))
def test_the_fixes_leave_no_conflict(rows):
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    dropped = set()
    for one in found(texts, labels):
        for fix in one.fixes:
            if fix.action == "drop":
                dropped.add(fix.row)
            else:
                labels[fix.row] = fix.label
    kept = [row for row in range(len(rows)) if row not in dropped]
    assert found([texts[row] for row in kept], [labels[row] for row in kept]) == []


@pytest.mark.shared
def test_a_real_set_has_a_few(shared_data):
    data = read(shared_data / "waimai_10k.csv")
    (one,) = conflicts(Evidence({"train": data}))
    labels = {}
    for text, label in zip(data.texts, data.labels["label"], strict=True):
        labels.setdefault(text, set()).add(label)
    assert one.severity == "warning"
    assert one.count >= 2 * sum(len(of) > 1 for of in labels.values()) >= 2
