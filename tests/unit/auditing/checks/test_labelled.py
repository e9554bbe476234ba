"""Rows with labels, and more than one of them."""

import pytest

from luodi.auditing.checks.labelled import one_label, unlabelled
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset


def evidence(*labels, **heads):
    return Evidence({"train": Dataset.of([f"t{row}" for row in range(len(labels))], {"label": labels, **heads})})


@pytest.mark.parametrize(("labels", "said"), [(("a", None, "a"), "all 2 labelled rows"), ((None, None), "no row has")])
def test_a_column_with_one_label_or_none_is_an_error(labels, said):
    (one,) = one_label(evidence(*labels))
    assert one.severity == "error"
    assert one.what.startswith(said)


def test_two_labels_suffice():
    assert list(one_label(evidence("a", "b"))) == []
    assert list(one_label(Evidence({"train": Dataset.of([], {"label": []})}))) == []
    assert list(one_label(Evidence({"train": Dataset.of(["x"])}))) == []


def test_rows_without_a_label_are_shown():
    (few,) = unlabelled(evidence(*["a"] * 9, None))
    assert (few.severity, few.count, [one.row for one in few.suspects]) == ("note", 1, [9])
    (many,) = unlabelled(evidence("a", None))
    assert many.severity == "warning"
    assert list(unlabelled(evidence("a", "b"))) == []
    assert list(unlabelled(evidence(None, None))) == []  # that is the other check's


def test_the_head_is_named_where_there_are_several():
    (one,) = unlabelled(evidence("a", "b", topic=["c", None]))
    assert one.what == "column 'topic': rows without a label: 1 (50%)"
