"""Pruning: the parts that matter least go, and the matrices shrink."""

import numpy as np
import pytest
import torch

from luodi.compress import Prune
from luodi.compress.prune import least
from luodi.errors import RecipeError
from luodi.models import apply
from luodi.models.blocks import blocks_of
from luodi.tune import Finetune


def counts(model):
    blocks = blocks_of(model.network.encoder)
    return sum(one.n_heads for one in blocks), sum(one.n_units for one in blocks)


def test_the_share_asked_for_stays(tiny_model, toy_data):
    made = apply(Prune(heads=0.5, units=0.25, rounds=3, recovery=None), tiny_model, toy_data)
    assert counts(tiny_model) == (4, 128)
    assert counts(made) == (2, 32)
    assert made.n_parameters < tiny_model.n_parameters
    row = made.provenance[-1]
    assert sum(row["heads_left"]) == 2
    assert sum(row["units_left"]) == 32


def test_nothing_goes_where_all_stay(tiny_model, toy_data):
    made = Prune(heads=1.0, units=1.0, recovery=None)(tiny_model, toy_data)
    one, other = tiny_model.network.state_dict(), made.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_units_that_do_nothing_go_first(tiny_model, toy_data):
    """Half of the units of each layer are cut off from what follows: exactly they go, and no answer changes."""
    dead = tiny_model.copy()
    for block in blocks_of(dead.network.encoder):
        with torch.no_grad():
            block.narrowed.weight[:, ::2] = 0.0
    made = Prune(heads=1.0, units=0.5, recovery=None)(dead, toy_data)
    ids, mask = torch.arange(5, 25).view(2, 10), torch.ones(2, 10, dtype=torch.long)
    with torch.no_grad():
        apart = dead.network(ids, mask)["0"] - made.network(ids, mask)["0"]
    assert counts(made)[1] == 64
    assert float(apart.abs().max()) < 1e-5


def test_a_training_follows(tiny_model, toy_data):
    recovery = Finetune(epochs=1, precision="fp32", logit_shift="none")
    made = apply(Prune(recovery=recovery), tiny_model, toy_data)
    bare = Prune(recovery=None)(tiny_model, toy_data)
    assert counts(made) == counts(bare)
    assert made.provenance[-1]["recovery"]["use"] == "finetune"
    assert "curve" in made.provenance[-1]
    one, other = made.network.heads["0"].weight, bare.network.heads["0"].weight
    assert not torch.equal(one, other)


def test_layers_are_made_comparable():
    """A layer whose numbers are all a thousand times larger keeps no more than the other."""
    one = np.array([1.0, 2.0, 3.0, 4.0])
    assert least([one, one * 1000], keep=4) == {0: [0, 1], 1: [0, 1]}


def test_each_layer_keeps_its_best():
    assert least([np.array([1.0, 1.0, 1.0]), np.array([9.0, 8.0])], keep=1) == {0: [1, 2], 1: [1]}


@pytest.mark.parametrize("fields", [{"heads": 0.0}, {"units": 1.5}, {"rounds": 0}])
def test_shares_that_mean_nothing_are_refused(fields):
    with pytest.raises(RecipeError, match="prune"):
        Prune(**fields)
