"""Labels with few rows: told from where it matters, with the rare ones named, silent on even sets."""

import pytest

from luodi.auditing.checks.balance import imbalance, small_classes
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read


def evidence(counts, test=None):
    def part(counts, start):
        labels = [label for label, n in counts.items() for _ in range(n)]
        return Dataset.of([f"{start}{row}" for row in range(len(labels))], {"label": labels})

    return Evidence({"train": part(counts, "t"), **({"test": part(test, "p")} if test else {})})


@pytest.mark.parametrize(
    ("counts", "severity"),
    [
        ({"a": 90, "b": 10}, None),
        ({"a": 100, "b": 10}, "note"),
        ({"a": 110, "b": 10}, "warning"),  # one label has more than nine tenths of the rows
        ({"a": 100, "b": 90, "c": 10}, "note"),
        ({"a": 500, "b": 400, "c": 10}, "warning"),
        ({"a": 10}, None),
        ({}, None),
    ],
)
def test_uneven_labels_are_told(counts, severity):
    found = list(imbalance(evidence(counts)))
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_the_rare_labels_are_named_rarest_first():
    (one,) = imbalance(evidence({"a": 500, "b": 400, "c": 10, "d": 5}))
    assert "'d: 5', 'c: 10'" in one.what
    assert one.count == 15
    assert "55% of the rows" in one.effect


def test_labels_that_cannot_be_divided_are_an_error():
    (one,) = small_classes(evidence({"a": 50, "b": 50, "c": 2}))
    assert one.severity == "error"
    assert "'c: 2'" in one.what
    assert [suspect.row for suspect in one.suspects] == [100, 101]
    assert "luodi build refuses" in one.effect


def test_labels_with_few_texts_are_a_warning_and_copies_do_not_count():
    data = Dataset.of([f"t{row}" for row in range(60)] + ["x"] * 30, {"label": ["a"] * 55 + ["b"] * 35})
    (one,) = small_classes(Evidence({"train": data}))
    assert one.severity == "warning"
    assert "'b: 6'" in one.what
    assert one.count == 35


def test_labels_that_the_test_hardly_has_are_a_note():
    (one,) = small_classes(evidence({"a": 50, "b": 12}))
    assert one.severity == "note"
    assert "'b: 2'" in one.what
    assert "38% to 96%" in one.effect


def test_a_given_test_is_counted_as_it_is():
    assert list(small_classes(evidence({"a": 50, "b": 20}, test={"a": 10, "b": 5}))) == []
    (few,) = small_classes(evidence({"a": 50, "b": 20}, test={"a": 10, "b": 4}))
    assert (few.severity, few.count) == ("note", 24)
    (unseen,) = small_classes(evidence({"a": 50, "b": 20}, test={"a": 10, "b": 5, "c": 5}))
    assert unseen.severity == "error"
    assert "'c: 0'" in unseen.what
    assert "never answered" in unseen.effect


def test_sets_without_labels_to_compare_are_left_alone():
    for labels in ({}, {"label": [None, None]}, {"label": ["a", "a"]}):
        one = Evidence({"train": Dataset.of(["x", "y"], labels)})
        assert [*imbalance(one), *small_classes(one)] == []


def test_five_thousand_labels_make_one_sentence():
    (one,) = small_classes(evidence({str(i): 2 for i in range(5000)}))
    assert len(one.what) < 300
    assert one.count == 10_000


@pytest.mark.shared
@pytest.mark.parametrize("name", ["waimai_10k.csv", "finance_news_seed.xlsx", "banking77_train.csv"])
def test_real_sets_are_even_enough(shared_data, name):
    one = Evidence({"train": read(shared_data / name)})
    assert [*imbalance(one), *small_classes(one)] == []
