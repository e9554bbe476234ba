"""A text is no negative of itself: neither while vectors are learned, nor where they are looked up."""

import numpy as np
import torch

from luodi.data import Dataset, pair
from luodi.tasks.pool import pool
from luodi.tasks.retrieve import Retrieve

HEAD = Retrieve("y", "0", "1", 1.0, width=4)


def loss_of(pairs, vectors):
    data = Dataset.of([pair(*two) for two in pairs], {"y": ["1"] * len(pairs)})
    rows = np.array([[*vectors[one], *vectors[other]] for one, other in pairs], np.float32)
    return float(HEAD.loss(torch.from_numpy(rows), torch.from_numpy(HEAD.targets(data))))


def test_swapped_pairs_cost_nothing_more():
    north, east = np.eye(4)[0], np.eye(4)[1]
    vectors = {"a": north, "b": north, "c": east, "d": east}
    assert (
        abs(loss_of([("a", "b"), ("c", "d")], vectors) - loss_of([("a", "b"), ("b", "a"), ("c", "d")], vectors)) < 1e-3
    )


def test_a_question_does_not_find_itself():
    north, east = np.eye(2, dtype=np.float32)
    pairs = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]
    rows = np.stack([np.stack([side, side]) for side in (north, north, east, east)])
    assert pool(pairs, np.ones(4), rows)["recall_at_1"] == 1.0
