"""The bag student: it starts from what its teacher makes of single pieces, and learns its answers."""

import numpy as np
import pytest

from luodi.compress import Bag
from luodi.compress.static import around, static_vectors
from luodi.errors import RecipeError
from luodi.models import apply
from luodi.progress import Silent
from luodi.tune import Finetune
from luodi.tune.evaluate import judge_model


def accuracy(model, data):
    return float(judge_model(model, data)[0].right.mean())


def test_the_mean_of_the_vectors_is_what_they_have_in_common(tiny_model):
    """With every direction kept and nothing common, basis and mean give the teacher's own vectors back."""
    n = tiny_model.n_pieces
    start = static_vectors(tiny_model, width=32, counts=np.zeros(n, np.int64), progress=Silent())
    import torch

    ids = torch.tensor([[2, 77, 3]])
    want = tiny_model.network.pool(ids, torch.ones_like(ids))[0].detach().numpy()
    assert np.abs(start.mean + start.vectors[77] @ start.basis - want).max() < 1e-4


def test_what_stands_around_every_text_says_nothing(tiny_model):
    assert around(tiny_model) == ([2], [3])
    counts = np.ones(tiny_model.n_pieces, np.int64)
    start = static_vectors(tiny_model, width=8, counts=counts, progress=Silent())
    assert start.vectors.shape == (tiny_model.n_pieces, 8)
    assert not start.vectors[[0, 2, 3]].any()
    assert start.vectors[10].any()


def test_common_pieces_weigh_less(tiny_model):
    n = tiny_model.n_pieces
    even, uneven = np.ones(n, np.int64), np.ones(n, np.int64)
    uneven[50] = 10_000
    one, other = (static_vectors(tiny_model, width=8, counts=c, progress=Silent()).vectors for c in (even, uneven))
    assert np.linalg.norm(other[50]) < 0.01 * np.linalg.norm(one[50])


@pytest.fixture(scope="module")
def teacher(tiny_model, toy_data):
    stage = Finetune(epochs=12, learning_rate=3e-3, precision="fp32", logit_shift="none")
    return apply(stage, tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240)))


def test_it_learns_what_its_teacher_knows(teacher, toy_data):
    train, validation = toy_data.take(range(160)), toy_data.take(range(160, 240))
    stage = Bag(width=16, pairs=512, epochs=30, learning_rate=0.02, patience=30)
    bag = apply(stage, teacher, train, validation=validation)
    assert accuracy(bag, validation) > accuracy(teacher, validation) - 0.1
    assert accuracy(bag, validation) > 0.8
    assert bag.n_parameters == (bag.n_pieces + 512) * 16 + 16 * 2 + 2
    assert bag.provenance[-1]["width"] == 16
    assert bag.max_tokens == teacher.max_tokens


def test_it_is_no_wider_than_its_teacher(tiny_model, toy_data):
    bag = Bag(width=500, pairs=0, epochs=1)(tiny_model, toy_data)
    assert bag.network.encoder.config.hidden_size == 32
    assert bag.network.encoder.pairs is None


@pytest.mark.parametrize("fields", [{"width": 0}, {"pairs": -1}, {"temperature": 0.0}])
def test_numbers_that_mean_nothing_are_refused(fields):
    with pytest.raises(RecipeError, match="bag"):
        Bag(**fields)
