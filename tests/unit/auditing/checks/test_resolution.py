"""How sure a test is: held against simulated tests."""

import numpy as np
import pytest

from luodi.auditing.checks.resolution import difference_shown, resolution, rows_needed
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset
from luodi.verify.compare import mcnemar


def rows(n, start=0):
    labels = [("good", "bad")[row % 2] for row in range(n)]
    return Dataset.of([f"{label} {start + row}" for row, label in enumerate(labels)], {"label": labels})


def test_a_small_test_is_a_warning_and_says_its_size():
    (one,) = resolution(Evidence({"train": rows(200)}))
    assert one.severity == "warning"
    assert one.count == 40
    assert "40 different texts" in one.what
    assert one.fixes == one.suspects == ()


def test_a_large_test_is_a_note():
    (one,) = resolution(Evidence({"train": rows(4000)}))
    assert one.severity == "note"


def test_a_test_that_came_is_counted_as_it_is_and_copies_prove_nothing():
    test = rows(60, start=9000)
    doubled = Dataset.of(test.texts * 2, {"label": test.labels["label"] * 2})
    (one,) = resolution(Evidence({"train": rows(200), "test": doubled}))
    assert one.count == 60


def test_without_labels_there_is_nothing_to_say():
    assert list(resolution(Evidence({"train": Dataset.of(["a", "b"])}))) == []
    assert list(resolution(Evidence({"train": Dataset.of(["a", "b"], {"label": ["x", "x"]})}))) == []
    assert list(resolution(Evidence({"train": Dataset.of(["a", "b"], {"label": ["x", "y"]})}))) == []  # no test row


def test_the_difference_that_is_shown_is_shown_in_four_of_five_tries():
    n, differing = 2000, 0.1
    difference = difference_shown(n, differing=differing)
    rng = np.random.default_rng(0)
    won = rng.multinomial(n, [(differing + difference) / 2, (differing - difference) / 2, 1 - differing], size=2000)
    shown = np.mean([mcnemar(int(a), int(b)) < 0.05 and a > b for a, b, _ in won])
    assert shown == pytest.approx(0.8, abs=0.05)


def test_rows_and_difference_are_two_sides_of_one_formula():
    for difference in (0.005, 0.01, 0.03):
        n = rows_needed(difference, differing=0.12)
        assert difference_shown(n, differing=0.12) == pytest.approx(difference, rel=0.03)
