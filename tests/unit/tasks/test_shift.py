"""What is taken off logits: only what rows that were not learned from show to help."""

import numpy as np

from luodi.tasks.multilabel import Multilabel
from luodi.tasks.shift import best_strength, best_threshold, thresholds
from luodi.tasks.task import UNLABELLED


def test_a_shift_is_taken_only_where_it_helps():
    rng = np.random.default_rng(0)
    targets = (rng.random(2000) < 0.1).astype(np.int64)
    signal_of = np.where(targets == 1, 1.0, -1.0) + rng.normal(size=2000)
    timid = np.stack([np.full(2000, 2.0), signal_of], axis=1).astype(np.float32)  # hardly ever says label 1
    offset = np.log(np.array([0.9, 0.1]))
    assert best_strength(timid, targets, offset) > 0
    fair = np.stack([np.zeros(2000), 20 * (targets - 0.5)], axis=1).astype(np.float32)
    assert best_strength(fair, targets, offset) == 0.0


def test_a_threshold_is_taken_only_where_it_helps():
    rng = np.random.default_rng(0)
    wanted = rng.random(2000) < 0.2
    clear = np.where(wanted, 5.0, -5.0) + rng.normal(size=2000)
    assert best_threshold(clear, wanted) == 0.0
    assert 0.0 < best_threshold(clear + 5.0, wanted) <= 3.0  # sure of too much
    assert best_threshold(rng.normal(size=20), np.zeros(20, bool)) == 0.0
    assert best_threshold(np.zeros(0), np.zeros(0, bool)) == 0.0


def test_each_label_has_its_own_threshold():
    rng = np.random.default_rng(0)
    wanted = rng.random((2000, 2)) < 0.2
    logits = np.where(wanted, 5.0, -5.0) + rng.normal(size=(2000, 2)) + [0.0, 5.0]
    targets = wanted.astype(np.float32)
    targets[5] = UNLABELLED
    found = thresholds(Multilabel("y", ("a", "b")), logits.astype(np.float32), targets, targets)
    assert found[0] == 0.0 < found[1]
