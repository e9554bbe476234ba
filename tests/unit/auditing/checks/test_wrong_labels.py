"""Planted wrong labels are found with the right proposal; clean sets raise no alarm."""

import numpy as np
import pytest

from luodi.auditing.checks.wrong_labels import wrong_labels
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read
from luodi.language import speak

SUBJECTS = {
    "ship": ("parcel", "courier", "delivery", "late", "address"),
    "pay": ("invoice", "card", "charged", "refund", "price"),
    "app": ("login", "password", "screen", "crash", "update"),
}


def texts_of(n, *, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.choice(list(SUBJECTS), n).tolist()
    extra = [f"w{number}" for number in range(80)]
    return [" ".join([*rng.choice(SUBJECTS[label], 2), *rng.choice(extra, 5)]) for label in labels], labels


def flip(labels, *, every):
    flipped = [*labels]
    for row in range(0, len(labels), every):
        flipped[row] = {"ship": "pay", "pay": "ship", "app": "pay"}[labels[row]]
    return flipped


def evidence(texts, **labels):
    return Evidence({"train": Dataset.of(texts, labels)})


def test_planted_labels_are_named_with_the_label_proposed():
    texts, labels = texts_of(1500)
    (found,) = wrong_labels(evidence(texts, label=flip(labels, every=15)))
    assert found.severity in ("warning", "error")
    rows = {one.row for one in found.suspects}
    assert len(rows & {*range(0, 1500, 15)}) >= 60
    assert len(rows - {*range(0, 1500, 15)}) <= 15
    assert found.count == len(found.suspects) == len(found.fixes)
    right = [fix.label == labels[fix.row] for fix in found.fixes if fix.row % 15 == 0]
    assert np.mean(right) > 0.9
    assert not any(fix.is_safe for fix in found.fixes)
    assert all(fix.action == "label" and fix.head == "label" and 0 <= fix.sureness <= 1 for fix in found.fixes)
    assert {"proposed", "probability", "own_probability", "sureness"} == set(found.suspects[0].facts)


def test_a_clean_set_is_clean():
    texts, labels = texts_of(1500)
    assert [one.severity for one in wrong_labels(evidence(texts, label=labels))] in ([], ["note"])
    assert not [fix for one in wrong_labels(evidence(texts, label=labels)) for fix in one.fixes]


def test_labels_by_chance_are_not_called_wrong():
    texts, labels = texts_of(900)
    shuffled = np.random.default_rng(1).permutation(labels).tolist()
    found = list(wrong_labels(evidence(texts, label=shuffled)))
    assert sum(one.count for one in found) < 45


def test_of_several_columns_the_one_with_the_errors_is_named():
    texts, labels = texts_of(1500)
    found = list(wrong_labels(evidence(texts, right=labels, wrong=flip(labels, every=15))))
    assert [one.severity for one in found if "'wrong'" in one.what] in (["warning"], ["error"])
    assert [one.severity for one in found if "'right'" in one.what] in ([], ["note"])


@pytest.mark.parametrize("labels", [[], ["a"], ["a", "b"], [None, None], ["a"] * 30])
def test_sets_that_tell_nothing_are_passed_over(labels):
    assert list(wrong_labels(evidence([f"text {row}" for row in range(len(labels))], label=labels))) == []
    assert list(wrong_labels(evidence(["text"]))) == []


def test_chinese_is_spoken():
    texts, labels = texts_of(1500)
    with speak("zh"):
        (found,) = wrong_labels(evidence(texts, label=flip(labels, every=15)))
    assert "线性模型" in found.what
    assert "很可能" in found.what


@pytest.mark.shared
def test_real_labels_flipped_are_found_and_real_clean_ones_raise_no_error(shared_data):
    data = read(shared_data / "finance_news_seed.xlsx")
    data = data.take(np.arange(0, len(data), 2))
    head, column = next(iter(data.labels.items()))
    assert {one.severity for one in wrong_labels(Evidence({"train": data}))} <= {"note", "warning"}
    rows = np.random.default_rng(0).choice(len(data), len(data) // 12, replace=False)
    flipped = [*column]
    for row in rows.tolist():
        flipped[row] = "1" if column[row] == "0" else "0"
    (found,) = wrong_labels(Evidence({"train": Dataset.of(data.texts, {head: flipped})}))
    named = {one.row for one in found.suspects}
    assert found.severity == "error"
    assert len(named & {*rows.tolist()}) / len(named) > 0.7
    assert len(named & {*rows.tolist()}) / len(rows) > 0.5
