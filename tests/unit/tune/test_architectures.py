"""Tuners find their places in the encoders of every usual architecture, and say so where they do not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from luodi.errors import ModelError
from luodi.job.parts import enrol
from luodi.models import Run
from luodi.models.layers import layers_of
from luodi.models.model import Network
from luodi.progress import Silent
from luodi.registry import parts
from luodi.tune.adapter import Adapter
from luodi.tune.evaluate import logits_of
from luodi.tune.lora import Lora
from luodi.tune.reuse import reused
from luodi.tune.tokens import tokenize
from luodi.tune.top_k import TopK

enrol()
_SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}
_DISTIL = {"dim": 32, "n_layers": 3, "n_heads": 2, "hidden_dim": 48}
#: Architecture -> what makes it small.
ARCHITECTURES = {
    "bert": _SMALL, "roberta": _SMALL, "xlm-roberta": _SMALL, "electra": {**_SMALL, "embedding_size": 16},
    "mpnet": _SMALL, "distilbert": _DISTIL,
    "deberta-v2": {**_SMALL, "relative_attention": True, "pos_att_type": ["c2p"]},
    "modernbert": {**_SMALL, "global_attn_every_n_layers": 2, "local_attention": 4},
}  # fmt: skip
TEXTS = ("", "物流很快，包装很好 1", "the soup was cold，the room was lovely 22", "很" * 30)


@pytest.fixture
def model_of(tiny_model):
    def make(name, numbers):
        from transformers import AutoConfig, AutoModel

        from luodi.models.folder import without_pooler
        from luodi.models.quiet import quiet

        torch.manual_seed(0)
        with quiet():
            config = AutoConfig.for_model(name, vocab_size=500, pad_token_id=0, max_position_embeddings=80, **numbers)
            encoder = AutoModel.from_config(config, **without_pooler(config))
        return replace(tiny_model, network=Network(encoder, nn.ModuleDict({"0": nn.Linear(32, 2)})).eval())

    return make


def logits(model):
    return logits_of(model.network, model, tokenize(model, TEXTS, progress=Silent()))[0]


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_tuner_finds_its_places(model_of, name):
    model = model_of(name, ARCHITECTURES[name])
    tokens = tokenize(model, TEXTS, progress=Silent())
    assert len(layers_of(model.network.encoder)) == 3
    for tuner in (Lora(layers=2), Adapter(layers=1), TopK(layers=1), *(cls() for cls in parts("tuner").values())):
        attached = tuner.attach(model, seed=1)
        tuned = attached.model
        assert np.abs(logits(tuned) - logits(model)).max() < 1e-6
        for weight in tuned.network.parameters():
            if weight.requires_grad:
                weight.data.add_(0.02)
        wanted = logits(tuned)
        assert np.abs(logits(attached.merge(tuned)) - wanted).max() < 1e-5
        with reused(tuned, tokens, most_mib=10, run=Run()) as (answer,):
            assert np.abs(logits_of(tuned.network, model, tokens, answer=answer)[0] - wanted).max() < 1e-5
        assert np.array_equal(logits(tuned), wanted)


def test_one_layer_used_many_times_is_no_list_of_layers(model_of):
    model = model_of("albert", {**_SMALL, "embedding_size": 16})
    assert layers_of(model.network.encoder) == {}
    attached = Lora().attach(model, seed=1).model
    assert np.abs(logits(attached) - logits(model)).max() < 1e-6
    for tuner in (TopK(), Adapter(), Lora(layers=1)):
        with pytest.raises(ModelError, match="cannot be told apart: AlbertModel"):
            tuner.attach(model, seed=1)


def test_bottlenecks_without_a_place_are_refused(model_of):
    model = model_of("bert", _SMALL)
    for layer in model.network.encoder.encoder.layer:
        layer.output.other = layer.output.dense
        del layer.output.dense
    with pytest.raises(ModelError, match="where bottlenecks belong in this kind of model: BertLayer"):
        Adapter().attach(model, seed=1)
