"""Cuts leave a model that answers as the one given with the parts silenced, that can be kept, and that trains on."""

import numpy as np
import pytest
import torch
from torch import nn

from luodi.bundle import export
from luodi.errors import ModelError
from luodi.models import keep, read_kept
from luodi.models.blocks import blocks_of
from luodi.models.layers import layers_of
from luodi.models.model import Model, Network
from luodi.models.surgery import widths_of, without_heads, without_layers, without_units
from luodi.tune.adapter import Adapter


@pytest.fixture(params=["Bert", "XLMRoberta", "Electra"])
def model(request, tiny_model):
    """A model of a kind of encoder with the tiny tokenizer, four layers of four heads."""
    import transformers

    torch.manual_seed(1)
    shape = {"hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 24}
    extra = {"embedding_size": 32} if request.param == "Electra" else {"pad_token_id": 0}
    config = getattr(transformers, f"{request.param}Config")(
        vocab_size=tiny_model.n_pieces, max_position_embeddings=80, initializer_range=0.3, **shape, **extra
    )
    pooling = {} if request.param == "Electra" else {"add_pooling_layer": False}
    encoder = getattr(transformers, f"{request.param}Model")(config, **pooling)
    network = Network(encoder, nn.ModuleDict({"0": nn.Linear(32, 2)})).eval()
    return Model(network, tiny_model.tokenizer, tiny_model.task, 64, 0)


def answers(model):
    ids = torch.arange(5, 5 + 3 * 9).reshape(3, 9)
    mask = torch.ones_like(ids)
    mask[2, 5:] = 0
    with torch.no_grad():
        return model.network(ids, mask)["0"].numpy()


def silenced(model, layer, places, *, name, size):
    """The same model, the inputs of a layer's matrix at these places set to nothing."""
    quiet = model.copy()
    matrix = getattr(blocks_of(quiet.network.encoder)[layer], name)
    with torch.no_grad():
        for place in places:
            matrix.weight[:, place * size : (place + 1) * size] = 0
    return quiet


def test_a_cut_answers_as_the_parts_silenced(model):
    before = answers(model)
    heads = without_heads(model, {1: [0, 3]})
    assert np.abs(answers(heads) - answers(silenced(model, 1, [0, 3], name="attended", size=8))).max() < 1e-5
    units = without_units(model, {2: {1, 5, 23}, 0: [7]})
    quiet = silenced(silenced(model, 2, [1, 5, 23], name="narrowed", size=1), 0, [7], name="narrowed", size=1)
    assert np.abs(answers(units) - answers(quiet)).max() < 1e-5
    assert not np.allclose(answers(heads), before)
    assert not np.allclose(answers(units), before)
    assert np.array_equal(answers(model), before)  # the model given stays as it was
    assert heads.n_parameters == model.n_parameters - 2 * (4 * 32 * 8 + 3 * 8)
    assert units.n_parameters == model.n_parameters - 4 * (2 * 32 + 1)
    assert widths_of(units.network)[2] == {"heads": 4, "units": 21}


def test_a_layer_left_out_is_skipped(model):
    cut = without_layers(model, [0, 2])
    skipping = model.copy()
    for place in (0, 2):
        list(layers_of(skipping.network.encoder).values())[place].forward = lambda hidden, *_, **__: hidden
    assert np.abs(answers(cut) - answers(skipping)).max() < 1e-6
    assert len(layers_of(cut.network.encoder)) == 2
    assert len(layers_of(model.network.encoder)) == 4
    assert [block.attention.layer_idx for block in blocks_of(cut.network.encoder)] == [0, 1]


def test_all_cuts_together_are_kept_and_exported(model, tmp_path):
    cut = without_layers(without_units(without_heads(model, {0: [1], 3: [0, 2]}), {3: range(10)}), [1])
    assert cut.network.widths == (
        {"heads": 3, "units": 24}, {"heads": 4, "units": 24}, {"heads": 2, "units": 14},
    )  # fmt: skip
    keep(cut, tmp_path / "kept")
    back = read_kept(tmp_path / "kept")
    assert np.array_equal(answers(back), answers(cut))
    assert back.network.widths == cut.network.widths
    again = without_heads(back, {2: [0]})
    assert widths_of(again.network)[2] == {"heads": 1, "units": 14}
    export(again)  # holds its answers against the model's at several shapes


def test_what_was_put_behind_a_layer_moves_along(model, tmp_path):
    attached = Adapter(size=3).attach(model, seed=0).model
    with torch.no_grad():
        for name, weight in attached.network.named_parameters():
            if "addition" in name:
                weight.normal_(std=0.3)
    cut = without_heads(without_units(without_layers(attached, [1]), {1: [3]}), {1: [2]})
    keep(cut, tmp_path / "kept")
    assert np.array_equal(answers(read_kept(tmp_path / "kept")), answers(cut))
    assert len(cut.network.additions) == 6


@pytest.mark.parametrize(
    ("cut", "gone"), [(without_layers, range(4)), (without_heads, {0: range(4)}), (without_units, {0: range(24)})]
)
def test_something_must_stay(model, cut, gone):
    with pytest.raises(ModelError, match="must stay"):
        cut(model, gone)


def test_a_place_that_is_not_there_is_refused(model):
    with pytest.raises(ModelError, match="there are 4"):
        without_layers(model, [4])


def test_other_kinds_are_refused(tiny_model):
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=50, dim=16, n_layers=2, n_heads=2, hidden_dim=16)
    network = Network(DistilBertModel(config), nn.ModuleDict({"0": nn.Linear(16, 2)}))
    other = Model(network, tiny_model.tokenizer, tiny_model.task, 64, 0)
    with pytest.raises(ModelError, match="DistilBertModel"):
        without_layers(other, [0])
