"""A real bundle of the tiny model, written once; tests that change it work on a copy."""

import json
import shutil
from dataclasses import replace

import pytest

from luodi.bundle import Contents, Draft, Feeding, export


@pytest.fixture(scope="session")
def contents(tiny_model):
    """Make what the manifest of the tiny bundle says, with some fields changed."""

    def make(**changes):
        feeding = Feeding(max_tokens=tiny_model.max_tokens, pad_id=tiny_model.pad_id)
        fields = {
            "name": "tiny", "created": "2026-01-02T03:04:05Z", "luodi": "0.1.0", "task": tiny_model.task.to_json(),
            "feeding": feeding, "data": "f" * 64,
        }  # fmt: skip
        return Contents(**{**fields, **changes})

    return make


@pytest.fixture(scope="session")
def files(tiny_model, tiny_onnx):
    """The files that a bundle needs to answer."""
    calibration = json.dumps({"model": {head.name: {"temperature": 1.5} for head in tiny_model.task.heads}})
    tokenizer = tiny_model.tokenizer.to_str().encode()
    return {"model.onnx": tiny_onnx, "tokenizer.json": tokenizer, "calibration.json": calibration.encode()}


@pytest.fixture(scope="session")
def tiny_onnx(tiny_model):
    return export(tiny_model)


@pytest.fixture(scope="session")
def written(files, contents, tmp_path_factory):
    """The tiny bundle on disk; never changed by a test."""
    folder = tmp_path_factory.mktemp("bundles")
    with Draft(folder) as draft:
        for name, content in files.items():
            draft.add(name, content)
        draft.seal(contents())
        return draft.publish(folder / "tiny.luodi")


@pytest.fixture
def copied(written, tmp_path):
    """A copy of the tiny bundle that a test may damage."""
    return shutil.copytree(written, tmp_path / "tiny.luodi")


@pytest.fixture
def forged(files, contents, tmp_path):
    """Write a bundle whose hashes are right though some file or field is not: what a forger would send."""

    def forge(changed=None, **fields):
        with Draft(tmp_path) as draft:
            for name, content in {**files, **(changed or {})}.items():
                draft.add(name, content)
            draft.seal(contents(**fields))
            return draft.publish(tmp_path / "forged.luodi")

    return forge


@pytest.fixture(scope="session")
def wide_model(tiny_model):
    """Wide enough that its matrices are worth packing."""
    import torch
    from torch import nn
    from transformers import BertConfig, BertModel

    from luodi.models.model import Network

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tiny_model.n_pieces, hidden_size=128, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=256, max_position_embeddings=128,
    )  # fmt: skip
    network = Network(BertModel(config, add_pooling_layer=False), nn.ModuleDict({"0": nn.Linear(128, 2)})).eval()
    nn.init.normal_(network.heads["0"].weight, std=1.0)
    return replace(tiny_model, network=network)


@pytest.fixture(scope="session")
def wide_onnx(wide_model):
    return export(wide_model)
