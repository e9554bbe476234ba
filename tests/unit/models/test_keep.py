"""Keeping: bit for bit, whole or not at all."""

import json
from dataclasses import replace

import pytest
import torch

from luodi.errors import ModelError
from luodi.models import keep, read_kept


def test_everything_comes_back_bit_for_bit(tiny_model, tmp_path):
    state = torch.get_rng_state()
    keep(tiny_model.noted({"use": "x", "文": 0.1}), tmp_path / "kept")
    back = read_kept(tmp_path / "kept")
    assert torch.equal(torch.get_rng_state(), state), "the caller's random numbers were used"
    one, other = tiny_model.network.state_dict(), back.network.state_dict()
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert back.tokenizer.to_str() == tiny_model.tokenizer.to_str()
    assert (back.task, back.max_tokens, back.pad_id) == (tiny_model.task, tiny_model.max_tokens, tiny_model.pad_id)
    assert back.provenance == (*tiny_model.provenance, {"use": "x", "文": 0.1})
    assert not back.network.training
    assert all(weight.requires_grad for weight in back.network.parameters())


def test_every_precision_is_kept(tiny_model, tmp_path):
    half = tiny_model.copy()
    half.network.to(torch.bfloat16)
    keep(half, tmp_path / "kept")
    assert {p.dtype for p in read_kept(tmp_path / "kept").network.parameters()} == {torch.bfloat16}


def test_pooling_and_dropout_are_kept(tiny_model, tmp_path):
    model = tiny_model.copy()
    model.network.pooling = "cls"
    model.network.dropout.p = 0.3
    keep(model, tmp_path / "kept")
    back = read_kept(tmp_path / "kept").network
    assert (back.pooling, back.dropout.p) == ("cls", 0.3)


def test_a_model_that_was_there_is_replaced(tiny_model, tmp_path):
    keep(tiny_model, tmp_path / "deep" / "kept")
    keep(replace(tiny_model, max_tokens=17), tmp_path / "deep" / "kept")
    assert read_kept(tmp_path / "deep" / "kept").max_tokens == 17
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["kept"]


def test_a_failed_write_leaves_the_old_one_and_no_rest(tiny_model, tmp_path, monkeypatch):
    keep(tiny_model, tmp_path / "kept")
    with pytest.raises(TypeError):
        keep(replace(tiny_model, provenance=({"use": object()},)), tmp_path / "kept")
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
    assert read_kept(tmp_path / "kept").provenance == tiny_model.provenance


def test_no_pickle_is_written(tiny_model, tmp_path):
    keep(tiny_model, tmp_path / "kept")
    names = {entry.name for entry in (tmp_path / "kept").iterdir()}
    assert names == {"model.safetensors", "config.json", "tokenizer.json", "model.json"}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "model.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "emptied"])
def test_a_damaged_one_gets_a_sentence(name, damage, tiny_model, tmp_path):
    keep(tiny_model, tmp_path / "kept")
    file = tmp_path / "kept" / name
    whole = file.read_bytes()
    file.unlink() if damage == "gone" else file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"")
    with pytest.raises(ModelError, match="holds no whole kept model"):
        read_kept(tmp_path / "kept")


def test_weights_of_another_model_are_refused(tiny_model, tmp_path):
    keep(tiny_model, tmp_path / "kept")
    file = tmp_path / "kept" / "model.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    raw["task"][0]["labels"].append("中性")
    file.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(ModelError):
        read_kept(tmp_path / "kept")
