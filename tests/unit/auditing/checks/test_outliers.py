"""Rows that are out of place are found; rows of an ordinary set are not."""

import numpy as np
import pytest

from luodi.auditing.checks.outliers import outliers
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read

KEYS = ("qwrtz zxcvjk", "ghjkll vbnm", "xqzj kkwv")


def evidence(texts, labels):
    return Evidence({"train": Dataset.of(texts, {"label": labels})})


def plain(n, seed=0):
    rng = np.random.default_rng(seed)
    words = ["parcel", "courier", "late", "invoice", "card", "refund", "please", "order", "where", "money"]
    return [" ".join(rng.choice(words, 5)) for _ in range(n)], rng.choice(["a", "b"], n).tolist()


def test_random_keys_and_foreign_signs_are_found():
    texts, labels = plain(600)
    texts[10], texts[200], texts[333], texts[599] = *KEYS, "四月的天气"
    (found,) = outliers(evidence(texts, labels))
    assert {one.row for one in found.suspects} == {10, 200, 333, 599}
    assert found.count == 4
    assert found.severity == "note"
    assert not found.fixes


def test_many_are_a_warning():
    texts, labels = plain(600)
    rng = np.random.default_rng(5)
    for row in range(0, 600, 30):
        texts[row] = "".join(chr(0x4E00 + code) for code in rng.integers(0, 20_000, 8))
    (found,) = outliers(evidence(texts, labels))
    assert found.severity == "warning"
    assert {one.row for one in found.suspects} == {*range(0, 600, 30)}


def test_an_ordinary_set_and_a_small_one_are_passed_over():
    texts, labels = plain(600)
    assert list(outliers(evidence(texts, labels))) == []
    assert list(outliers(evidence([*texts[:50], *KEYS], [*labels[:50], "a", "b", "a"]))) == []
    assert list(outliers(Evidence({"train": Dataset.of(texts, {})}))) == []


def test_blank_texts_are_left_to_another_check():
    texts, labels = plain(600)
    texts[5:9] = ["", " ", "\u3000", ""]
    assert list(outliers(evidence(texts, labels))) == []


@pytest.mark.shared
def test_of_real_questions_none_is_out_of_place_but_a_review_of_food_is(shared_data):
    data = read(shared_data / "banking77_train.csv")
    rows = np.arange(0, len(data), 5)
    texts, labels = list(data.take(rows).texts), list(data.take(rows).labels["category"])
    assert sum(one.count for one in outliers(evidence(texts, labels))) <= 4
    texts[77] = "很快，好吃，味道足，量大"
    (found,) = outliers(evidence(texts, labels))
    assert found.suspects[0].row == 77
