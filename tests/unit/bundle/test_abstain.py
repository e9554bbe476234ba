"""The threshold that an answer has to exceed: what it promises, and what it cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.bundle.abstain import fewest_rows, threshold, thresholds
from luodi.data import Dataset
from luodi.tasks import Task
from luodi.tasks.classify import Classify, Label


def drawn(n, *, n_labels=4, seed=0):
    """Probabilities and labels drawn from them, for a model that is surer than it should be."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, n_labels)) * 2
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([rng.choice(n_labels, p=row) for row in true], np.int64)
    said = np.exp(2.5 * logits)
    return said / said.sum(1, keepdims=True), labels


def least_of(said, labels, risk):
    return threshold(said.max(axis=1), said.argmax(axis=1) == labels, risk=risk)


def wrong(said, labels, least):
    """Tell which rows are answered, and wrongly."""
    return (said.max(axis=1) > least) & (said.argmax(axis=1) != labels)


@pytest.mark.parametrize("risk", [0.02, 0.1, 0.2])
def test_as_many_texts_are_answered_wrongly_as_was_stated(risk):
    """Over 300 sets of 400 rows the mean lies within half a point: its standard error is below 0.15 points."""
    said, labels = drawn(60_000)
    assert (said.argmax(1) != labels).mean() > 0.3  # it errs more often than any of the risks
    shares = []
    for place in range(300):
        rows = np.random.default_rng(place).choice(len(said), 1400, replace=False)
        found = least_of(said[rows[:400]], labels[rows[:400]], risk)
        shares.append(wrong(said[rows[400:]], labels[rows[400:]], found).mean())
    assert risk - 0.005 < np.mean(shares) < risk + 0.005


def test_a_model_that_errs_less_than_the_risk_always_answers():
    said, labels = drawn(2000)
    assert least_of(said, labels, 0.6) == 0.0


@given(n=st.integers(0, 60), risk=st.floats(0.001, 0.999), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_it_is_the_least_that_keeps_the_risk_on_its_own_rows(n, risk, seed):
    said, labels = drawn(n, seed=seed)
    found = least_of(said, labels, risk)
    assert 0 <= found <= 1
    assert wrong(said, labels, found).sum() + 1 <= max(risk * (n + 1), 1)
    if 0 < found < 1:
        assert wrong(said, labels, found - 2e-6).sum() + 1 > risk * (n + 1)


@pytest.mark.parametrize("risk", [0.5, 0.1, 0.05, 0.01, 0.3])
def test_fewer_rows_than_needed_promise_nothing(risk):
    n = fewest_rows(risk)
    said, labels = drawn(n)
    assert least_of(said, labels, risk) < 1
    assert least_of(said[1:], labels[1:], risk) == 1


def test_each_head_has_its_own():
    task = Task((Classify("a", ("x", "y")), Classify("b", ("x", "y"))))
    data = Dataset.of(["t"] * 40, {"a": ["x"] * 40, "b": ["y"] * 40})
    said = [Label("x", 0.75, np.array([0.75, 0.25]))] * 40
    assert thresholds(task, {"a": said, "b": said}, data, risk=0.1) == {"a": 0.0, "b": 0.75}


def test_rows_without_a_label_do_not_count():
    head = Classify("a", ("x", "y"))
    said = [Label("x", 0.5 + row / 200, np.array([0.5, 0.5])) for row in range(100)]
    gold = ["y", "x"] * 50
    some, more = ({"a": column} for column in (gold, [*gold, *[None] * 100]))
    found = thresholds(Task((head,)), {"a": said}, Dataset.of(["t"] * 100, some), risk=0.1)
    assert found == thresholds(Task((head,)), {"a": said * 2}, Dataset.of(["t"] * 200, more), risk=0.1)
    assert 0 < found["a"] < 1


def test_a_model_that_is_sure_and_wrong_does_not_silence_all():
    """Nothing is rounded: a threshold a hair below 1 still lets whole certainty through."""
    said = np.array([[1.0, 0.0]] * 1999 + [[0.9999997, 0.0000003]])
    found = least_of(said, np.array([0] * 1999 + [1]), 0.0005)
    assert found == 0.9999997
    assert (said.max(axis=1) > found).sum() == 1999
