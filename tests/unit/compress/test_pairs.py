"""A student of a model of pairs: it learns where vectors point, and from its rows alone."""

import dataclasses

import pytest
import torch
from torch import nn

from luodi.compress import Bag, Distill
from luodi.data import Dataset, pair
from luodi.errors import RecipeError
from luodi.models import apply
from luodi.models.load import fresh_layer
from luodi.tasks import Task
from luodi.tasks.match import Match
from luodi.tasks.retrieve import Retrieve


@pytest.fixture(scope="module")
def rows(toy_data):
    texts = [pair(toy_data.texts[row // 3], toy_data.texts[-row - 1]) for row in range(60)]
    data = Dataset.of(texts, {"y": [str(row % 3 // 2) for row in range(60)]})
    return dataclasses.replace(data, kinds={"y": "likeness"})


@pytest.fixture(scope="module", params=[Match("y", "0", "1", 1.0), Retrieve("y", "0", "1", 1.0, width=48)])
def teacher(request, tiny_model):
    copy = tiny_model.copy()
    copy.network.heads = nn.ModuleDict({"0": fresh_layer(32, request.param, torch.Generator().manual_seed(0))})
    return dataclasses.replace(copy, task=Task((request.param,)))


LEARN = {"epochs": 12, "logit_shift": "none", "patience": 30}
STAGES = [
    Distill(layers=1, hidden=0.0, dropout=0.0, learning_rate=3e-4, precision="fp32", **LEARN),
    Bag(width=16, pairs=64, **LEARN),
]


@pytest.mark.parametrize("stage", STAGES, ids=["distill", "bag"])
def test_a_student_comes_nearer_to_its_teacher(teacher, rows, stage):
    made = apply(stage, teacher, rows.take(range(48)), validation=rows.take(range(48, 60)))
    losses = [row["loss"] for row in made.provenance[-1]["curve"]]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("fields", [{"unlabelled": "more.txt"}, {"augment": 1}])
def test_texts_without_a_label_are_refused_for_pairs(teacher, rows, fields):
    with pytest.raises(RecipeError, match="from its rows alone"):
        Distill(layers=1, epochs=1, **fields)(teacher, rows)
