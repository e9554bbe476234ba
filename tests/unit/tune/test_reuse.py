"""What the frozen part made of a text is made once, kept in bounded space, and changes no answer."""

import os

import numpy as np
import pytest
import torch

from luodi.models import Run
from luodi.progress import Silent
from luodi.tune import Finetune
from luodi.tune.adapter import Adapter
from luodi.tune.evaluate import logits_of
from luodi.tune.full import Full
from luodi.tune.lora import Lora
from luodi.tune.probe import Probe
from luodi.tune.reuse import ask, reused
from luodi.tune.tokens import tokenize
from luodi.tune.top_k import TopK

#: The tuners that leave a frozen part, and how often its lowest layer may be asked: once a text.
LEAVING = [TopK(layers=1), Lora(layers=1), Adapter(layers=1), Probe()]


class Notes(Silent):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def counted(model):
    """Count the texts that the lowest layer is asked about."""
    seen = []
    layer = model.network.encoder.encoder.layer[0]
    layer.attention.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    return seen


@pytest.mark.parametrize("tuner", LEAVING, ids=lambda one: type(one).__name__)
def test_the_frozen_part_is_asked_once_about_each_text(tuner, tiny_model, toy_data):
    attached = tuner.attach(tiny_model, seed=1).model
    tokens = tokenize(tiny_model, toy_data.texts, progress=Silent())
    wanted = logits_of(attached.network, attached, tokens)[0]
    seen = counted(attached)
    with reused(attached, tokens, most_mib=10, run=Run()) as (answer,):
        for _ in range(3):
            answered = logits_of(attached.network, attached, tokens, answer=answer)[0]
            assert np.abs(answered - wanted).max() < 1e-5
    assert sum(seen) == len(toy_data)
    assert np.array_equal(logits_of(attached.network, attached, tokens)[0], wanted)


@pytest.mark.parametrize("tuner", [Full(), Lora(), TopK(layers=9)], ids=lambda one: type(one).__name__)
def test_where_the_lowest_layer_learns_the_whole_network_is_asked(tuner, tiny_model, toy_data):
    attached = tuner.attach(tiny_model, seed=1).model
    with reused(attached, tokenize(tiny_model, toy_data.texts, progress=Silent()), most_mib=10, run=Run()) as answers:
        assert answers == [ask]


@pytest.mark.parametrize("tuner", LEAVING, ids=lambda one: type(one).__name__)
def test_too_little_room_changes_no_weight(tuner, tiny_model, toy_data):
    """Sums in another order aside: batches are padded to other lengths."""
    made = {}
    for cache_mib in (0, 100):
        stage = Finetune(tuner=tuner, epochs=1, precision="fp32", cache_mib=cache_mib, evaluations_per_epoch=1)
        listener = Notes()
        made[cache_mib] = stage(tiny_model, toy_data, run=Run(None, listener)).network.state_dict()
        assert any("computed anew" in note for note in listener.notes) == (cache_mib == 0)
    assert all(torch.allclose(made[0][name], made[100][name], atol=2e-4) for name in made[0])


def test_a_full_disk_stops_nothing(tiny_model, toy_data, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    stage = Finetune(tuner=Probe(), epochs=1, precision="fp32")
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        listener = Notes()
        made = stage(tiny_model, toy_data, run=Run(tmp_path, listener, tracker="none"))
    assert any("No space left" in note for note in listener.notes)
    whole = stage(tiny_model, toy_data).network.state_dict()
    assert all(torch.allclose(value, whole[name], atol=2e-4) for name, value in made.network.state_dict().items())


def test_nothing_is_left_on_the_disk(tiny_model, toy_data, tmp_path):
    Finetune(tuner=TopK(layers=1), epochs=1, precision="fp32")(tiny_model, toy_data, run=Run(tmp_path, tracker="none"))
    assert {entry.name for entry in tmp_path.iterdir()} == {"checkpoints"}


def test_frozen_layers_have_no_dropout_and_learning_ones_do(tiny_model, toy_data):
    attached = TopK(layers=1).attach(tiny_model, seed=1).model
    tokens = tokenize(tiny_model, toy_data.texts[:4], progress=Silent())
    lower, upper = attached.network.encoder.encoder.layer
    with reused(attached, tokens, most_mib=10, run=Run()) as (answer,):
        network = attached.network.train()
        answer(network, np.arange(4), *tokens.batch(np.arange(4), pad_id=0))
        assert not any(one.training for one in (*lower.modules(), network.encoder.embeddings))
        assert all(one.training for one in (*upper.modules(), network.dropout))


@pytest.mark.parametrize("tuner", LEAVING, ids=lambda one: type(one).__name__)
def test_odd_texts_and_none(tuner, tiny_model, toy_data):
    attached = tuner.attach(tiny_model, seed=1).model
    odd = tokenize(tiny_model, ["", "\x00", "🙂" * 500, "很" * 9000], progress=Silent())
    none = tokenize(tiny_model, [], progress=Silent())
    with reused(attached, odd, none, most_mib=10, run=Run()) as (answer, answer_none):
        assert np.isfinite(logits_of(attached.network, attached, odd, answer=answer)[0]).all()
        assert logits_of(attached.network, attached, none, answer=answer_none)[0].shape == (0, 2)
