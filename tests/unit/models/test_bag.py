"""The bag: vectors looked up and added, the same in torch, on the disk and in onnxruntime."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from luodi.bundle import export
from luodi.bundle.engine import open_session
from luodi.bundle.form import FORMS, write_form
from luodi.compress import TrimVocab
from luodi.models import keep, read_kept
from luodi.models.bag import BagConfig, BagEncoder
from luodi.models.model import Network
from luodi.progress import Silent
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize


def bag_of(model, *, width=64, pairs=1024, seed=3):
    """A bag with vectors drawn at random, on a model's tokenizer and task."""
    encoder = BagEncoder(BagConfig(vocab_size=model.n_pieces, hidden_size=width, n_pairs=pairs))
    generator = torch.Generator().manual_seed(seed)
    heads = nn.ModuleDict({"0": nn.Linear(width, 2)})
    network = Network(encoder, heads)
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.5, generator=generator)
    return replace(model, network=network.eval())


def answers(model, texts):
    return logits_of(model.network, model, tokenize(model, texts, progress=Silent()))[0]


@pytest.fixture(scope="module")
def bag(tiny_model):
    return bag_of(tiny_model)


def test_a_state_is_the_vector_of_a_piece_and_that_of_its_pair(bag):
    encoder = bag.network.encoder
    ids, mask = torch.tensor([[2, 7, 9, 3, 0]]), torch.tensor([[1, 1, 1, 1, 0]])
    states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state[0]
    places = [(a * 1_566_083_941 + b * 1_812_433_253) % 2_147_483_647 % 1024 for a, b in ((2, 7), (7, 9), (9, 3))]
    want = encoder.pieces.weight[[2, 7, 9, 3]].clone()
    want[:3] += encoder.pairs.weight[places]
    assert torch.equal(states[:4], want)


def test_padding_changes_nothing(bag):
    ids, mask = torch.tensor([[2, 7, 9, 3]]), torch.ones(1, 4, dtype=torch.long)
    padded = torch.tensor([[2, 7, 9, 3, 0, 0, 0]]), torch.tensor([[1, 1, 1, 1, 0, 0, 0]])
    assert torch.equal(bag.network(ids, mask)["0"], bag.network(*padded)["0"])


def test_pairs_spread_over_the_buckets(bag):
    ids = torch.arange(bag.n_pieces).unfold(0, 2, 1)  # 399 pairs
    places = bag.network.encoder.buckets(ids)[:, 0]
    assert len(places.unique()) > 300  # as many balls thrown into 1,024 urns hit about 330


@pytest.mark.parametrize("pairs", [1024, 0])
def test_it_survives_being_kept(tiny_model, toy_data, tmp_path, pairs):
    bag = bag_of(tiny_model, pairs=pairs)
    keep(bag, tmp_path / "kept")
    back = read_kept(tmp_path / "kept")
    assert np.array_equal(answers(bag, toy_data.texts[:30]), answers(back, toy_data.texts[:30]))


def test_the_file_answers_as_the_network(bag):
    """Also where hashes are large: every pair of pieces of a long text."""
    rng = np.random.default_rng(0)
    ids = rng.integers(0, bag.n_pieces, (4, 60))
    session = open_session(export(bag))
    said = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
    want = bag.network(torch.from_numpy(ids), torch.ones(4, 60, dtype=torch.long))["0"].detach().numpy()
    assert np.abs(said - want).max() < 1e-5


def test_its_tables_ship_in_8_bits(bag, toy_data):
    fp32 = export(bag)
    int8 = write_form(fp32, FORMS["int8"])
    assert len(int8) < 0.35 * len(fp32)
    ids = np.random.default_rng(1).integers(0, bag.n_pieces, (8, 20))
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    one, other = (open_session(raw).run(None, feed)[0] for raw in (fp32, int8))
    assert 0 < np.abs(one - other).max() < 0.02


def test_a_cut_vocabulary_keeps_its_pairs(bag, toy_data):
    cut = TrimVocab(at_least=0)(bag, toy_data)
    assert cut.n_pieces < bag.n_pieces
    assert len(cut.network.encoder.keys) == cut.n_pieces
    assert np.abs(answers(cut, toy_data.texts) - answers(bag, toy_data.texts)).max() < 1e-6
