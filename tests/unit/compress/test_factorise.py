"""The word embedding as two factors."""

import numpy as np
import pytest
import torch

from luodi.compress import Factorise, TrimVocab
from luodi.compress.factorise import factors
from luodi.errors import ModelError, RecipeError
from luodi.models import apply, keep, read_kept
from luodi.progress import Silent
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize


def answers(model, texts):
    return logits_of(model.network, model, tokenize(model, texts, progress=Silent()))[0]


@pytest.fixture(scope="module")
def flat(tiny_model):
    """The tiny model with an embedding of which eight directions are all that there is."""
    made = tiny_model.copy()
    table = made.network.encoder.get_input_embeddings()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        rows = torch.randn(table.num_embeddings, 8, generator=generator)
        table.weight.copy_(rows @ torch.randn(8, 32, generator=generator))
    return made


def test_what_has_few_directions_loses_nothing(flat, toy_data):
    made = apply(Factorise(rank=8), flat, toy_data)
    assert np.abs(answers(flat, toy_data.texts) - answers(made, toy_data.texts)).max() < 1e-4
    assert made.provenance[-1]["left_out"] == 0.0
    assert made.n_parameters == flat.n_parameters - made.n_pieces * (32 - 8) + 8 * 32


def test_pieces_that_stand_often_are_hit_better():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(60, 12)).astype(np.float32)
    weights = np.where(np.arange(60) < 6, 100.0, 1.0)
    errors = []
    for one in (weights, np.ones(60)):
        narrow, wide, _ = factors(matrix, weights=one, rank=6)
        errors.append(np.square(matrix - narrow @ wide).sum(1)[:6].mean())
    assert errors[0] < 0.5 * errors[1]


def test_it_is_kept_and_its_vocabulary_can_be_cut(tiny_model, toy_data, tmp_path):
    made = Factorise(rank=8)(tiny_model, toy_data)
    cut = TrimVocab(at_least=0)(made, toy_data)
    assert cut.n_parameters < made.n_parameters
    keep(cut, tmp_path / "kept")
    back = read_kept(tmp_path / "kept")
    assert np.abs(answers(made, toy_data.texts) - answers(back, toy_data.texts)).max() < 1e-5


def test_twice_is_refused(tiny_model, toy_data):
    with pytest.raises(ModelError, match="no plain table"):
        Factorise(rank=4)(Factorise(rank=8)(tiny_model, toy_data), toy_data)


def test_a_rank_that_makes_nothing_narrower_is_refused(tiny_model, toy_data):
    with pytest.raises(RecipeError, match="rank = 32"):
        Factorise(rank=32)(tiny_model, toy_data)
