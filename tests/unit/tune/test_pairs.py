"""Pairs whose texts are read apart: the two of a row stay together, kept layers or not, and begin as the encoder."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from luodi.data import Dataset, pair
from luodi.models.load import fresh_layer
from luodi.progress import Silent
from luodi.tasks import Task
from luodi.tasks.retrieve import Retrieve
from luodi.tune.evaluate import logits_of
from luodi.tune.finetune import Finetune
from luodi.tune.probe import Probe
from luodi.tune.tokens import tokenize
from luodi.tune.top_k import TopK


def model_of(tiny_model, width):
    head = Retrieve("y", "0", "1", 1.0, width=width)
    copy = tiny_model.copy()
    copy.network.heads = nn.ModuleDict({"0": fresh_layer(32, head, torch.Generator().manual_seed(0))})
    return dataclasses.replace(copy, task=Task((head,)))


@pytest.fixture(scope="module")
def model(tiny_model):
    return model_of(tiny_model, 48)


@pytest.fixture(scope="module")
def rows(toy_data):
    texts = [pair(toy_data.texts[row // 3], toy_data.texts[-row - 1]) for row in range(60)]
    data = Dataset.of(texts, {"y": [str(row % 3 // 2) for row in range(60)]})
    return dataclasses.replace(data, kinds={"y": "likeness"})


def test_a_row_has_two_sequences(model, rows):
    tokens = tokenize(model, rows.texts, progress=Silent())
    assert len(tokens.starts) == 121
    assert len(tokens.lengths) == 60
    ids, mask = tokens.batch(np.array([7, 3]), pad_id=0)
    assert ids.shape == mask.shape == (4, max(mask.sum(1)))
    assert tokens.places(np.array([7, 3])).tolist() == [14, 15, 6, 7]
    for place, row in enumerate((7, 3)):
        assert 2 * mask[2 * place : 2 * place + 2].sum(1).max() == tokens.lengths[row]


def test_logits_are_those_of_each_text_alone(model, rows):
    """Whatever else is asked, and in whatever order: a text has one vector."""
    whole = logits_of(model.network, model, tokenize(model, rows.texts, progress=Silent()))[0]
    assert whole.shape == (60, 96)
    first, second = rows.texts[5].split("\x1f")
    turned = logits_of(model.network, model, tokenize(model, [pair(second, first)], progress=Silent()))[0]
    assert np.abs(whole[5] - np.concatenate([turned[0, 48:], turned[0, :48]])).max() < 1e-4


@pytest.mark.parametrize("width", [32, 48])
def test_it_begins_with_the_angles_of_the_encoder(tiny_model, rows, width):
    model = model_of(tiny_model, width)
    tokens = tokenize(model, rows.texts, progress=Silent())
    logits = logits_of(model.network, model, tokens)[0]
    ids, mask = tokens.batch(np.arange(60), pad_id=0)
    with torch.no_grad():
        pooled = model.network.pool(ids, mask).reshape(60, 2, 32)
    wanted = torch.cosine_similarity(pooled[:, 0], pooled[:, 1]).numpy()
    assert np.abs(model.task.heads[0].cosines(logits) - wanted).max() < 1e-4


@pytest.mark.parametrize("tuner", [Probe(), TopK(layers=1)])
def test_kept_layers_change_nothing(model, rows, tuner):
    last = {"evaluations_per_epoch": 0, "logit_shift": "none"}  # the weights as the training left them
    made = [
        Finetune(tuner=tuner, epochs=2, precision="fp32", dropout=0.0, cache_mib=mib, seed=3, **last)(model, rows)
        for mib in (4096, 0)
    ]
    asked = tokenize(model, rows.texts, progress=Silent())
    one, other = (logits_of(each.network, each, asked)[0] for each in made)
    assert np.abs(one - other).max() < 1e-3
    assert np.abs(one - logits_of(model.network, model, asked)[0]).max() > 1e-2
