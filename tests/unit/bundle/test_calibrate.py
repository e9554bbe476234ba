"""Temperature makes likelihood largest, stays within bounds, and never changes a label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.bundle import calibrate, parity, temperature
from luodi.bundle.calibrate import HIGHEST, LOWEST
from luodi.data import Dataset
from luodi.tasks import Classify, Label, Task, read_task
from luodi.tasks.task import UNLABELLED


def found_of(logits, labels):
    head = Classify("y", tuple("abcd"[: logits.shape[1]]))
    return temperature(head, logits.astype(np.float32), labels)


def drawn(n, factor, seed=0):
    """Logits ``factor`` times as sure as they should be, with labels of the true distribution."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 4))
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return factor * logits, (share.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)


@pytest.mark.parametrize("factor", [0.3, 1.0, 5.0])
def test_it_finds_the_factor(factor):
    assert found_of(*drawn(20_000, factor)) == pytest.approx(factor, rel=0.08)


def test_no_temperature_near_it_is_better():
    logits, labels = drawn(500, 2.0)
    found = found_of(logits, labels)

    def loss(t):
        sure = logits / t - np.log(np.exp(logits / t).sum(axis=1, keepdims=True))
        return -sure[np.arange(len(labels)), labels].sum() + np.log(t) ** 2 / 2

    assert loss(found) <= min(loss(found * 0.99), loss(found * 1.01))


def test_a_handful_of_right_answers_makes_nobody_boundlessly_sure():
    logits = np.array([[3.0, 0.0]] * 5)
    assert 0.3 < found_of(logits, np.zeros(5, np.int64)) < 1.0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 12), st.floats(0, 1e4), st.integers(0, 2**31))
def test_it_is_always_a_sane_number(n, spread, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, 3, n)
    found = found_of(spread * rng.normal(size=(n, 3)), np.where(labels < 0, UNLABELLED, labels))
    assert LOWEST <= found <= HIGHEST


def test_rows_without_a_label_do_not_count():
    logits, labels = drawn(300, 2.0)
    with_more = np.concatenate([logits, 100 * logits]), np.concatenate([labels, np.full(300, -100)])
    assert found_of(*with_more) == pytest.approx(found_of(logits, labels))
    assert found_of(logits, np.full(300, -100)) == 1.0


def test_calibration_says_how_many_rows_each_head_had():
    data = Dataset.of(["a", "b", "c"], {"x": ["u", "v", None], "y": ["1", "2", "1"]})
    task = read_task(data)
    rows = calibrate(task, {head.name: np.zeros((3, 2), np.float32) for head in task.heads}, data, ())
    assert rows == {"x": {"temperature": 1.0, "n": 2}, "y": {"temperature": 1.0, "n": 3}}


def test_parity_counts_texts_not_heads():
    def answers(*rows):
        return [Label("uv"[int(np.argmax(row))], max(row), np.array(row)) for row in rows]

    before = {"a": answers([0.9, 0.1], [0.2, 0.8]), "b": answers([0.6, 0.4], [0.5, 0.5])}
    after = {"a": answers([0.4, 0.6], [0.2, 0.8]), "b": answers([0.4, 0.6], [0.5, 0.5])}
    task = Task((Classify("a", ("u", "v")), Classify("b", ("u", "v"))))
    row = parity(task, before, after, names=("fp32", "int8"))
    assert (row.before, row.after, row.label_flips, row.n) == ("fp32", "int8", 1, 2)
    assert row.max_abs_diff == pytest.approx(0.5)
    empty = parity(Task(task.heads[:1]), {"a": []}, {"a": []}, names=("x", "y"))
    assert (empty.n, empty.label_flips, empty.max_abs_diff) == (0, 0, 0.0)
