"""An update alone: small, whole or not there, and refused where it does not belong."""

import json
from dataclasses import replace

import pytest
import torch

from luodi.errors import ModelError
from luodi.tune import Finetune
from luodi.tune.lora import Lora
from luodi.tune.update import put_on, read_update, save_update


@pytest.fixture(scope="module")
def update(tiny_model, toy_data):
    return Finetune(tuner=Lora(rank=2), epochs=1, precision="fp32").update(tiny_model, toy_data)


def test_it_holds_what_learned_and_nothing_else(update):
    assert all("lora_" in name or name.startswith("heads.") for name in update.weights)
    assert update.n_parameters == sum(value.numel() for value in update.weights.values()) < 6000
    assert update.about["tuner"]["use"] == "lora"


def test_it_comes_back_from_its_file(update, tmp_path):
    save_update(update, tmp_path / "u.safetensors")
    save_update(update, tmp_path / "u.safetensors")
    back = read_update(tmp_path / "u.safetensors")
    assert json.dumps(back.about) == json.dumps(update.about)
    assert all(torch.equal(back.weights[name], value) for name, value in update.weights.items())
    assert [entry.name for entry in tmp_path.iterdir()] == ["u.safetensors"]


@pytest.mark.parametrize("damage", ["gone", "cut", "emptied", "foreign"])
def test_a_damaged_file_gets_a_sentence(update, tmp_path, damage):
    from safetensors.torch import save_file

    file = tmp_path / "u.safetensors"
    save_update(update, file)
    whole = file.read_bytes()
    if damage == "foreign":
        save_file({"w": torch.zeros(1)}, file, metadata={"luodi": "{}"})
    elif damage == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"")
    with pytest.raises(ModelError, match="holds no whole update"):
        read_update(file)


def test_it_is_refused_on_another_model(update, tiny_model):
    other = tiny_model.copy()
    with torch.no_grad():
        next(other.network.encoder.parameters()).view(-1)[0] += 1
    with pytest.raises(ModelError, match="belongs on another model"):
        put_on(other, update)


@pytest.mark.parametrize(
    "about",
    [{"tuner": {"use": "lroa"}}, {"tuner": {"use": "lora", "rang": 2}}, {"tuner": {"use": "lora", "rank": 3}},
     {"tuner": {"use": "full"}}, {"task": []}, {"task": [{"name": "x"}]}, {"max_tokens": "many"}],
    ids=json.dumps,
)  # fmt: skip
def test_what_does_not_fit_gets_a_sentence(update, tiny_model, about):
    with pytest.raises(ModelError, match="does not fit"):
        put_on(tiny_model, replace(update, about={**update.about, **about}))


def test_a_full_disk_is_told_and_nothing_half_is_left(update, tmp_path, monkeypatch):
    def full(*_, **__):
        from safetensors import SafetensorError

        raise SafetensorError("No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(OSError, match="No space left"):
        save_update(update, tmp_path / "u.safetensors")
    assert not list(tmp_path.iterdir())
