"""A training that is stopped anywhere and started again ends with the very weights of one that was not."""

import os
import signal

import numpy as np
import pytest
import torch

from luodi.data.batches import padding_share, token_batches
from luodi.models import Run
from luodi.progress import Silent
from luodi.tune import Finetune
from luodi.tune.checkpoint import Snapshot, newest, save
from luodi.tune.loop import Plan
from luodi.tune.optimizer import make_optimizer
from luodi.tune.shift import best_strength

STAGE = Finetune(epochs=2, precision="fp32", batch_texts=16, evaluations_per_epoch=2)


class Stopper(Silent):
    """Sends a signal to the process after so many steps."""

    def __init__(self, after):
        self.after, self.notes = after, []

    def note(self, text):
        self.notes.append(text)

    def work(self, title, *, total, unit):
        stopper = self

        class Bar:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                return None

            def advance(self, n=1, **figures):
                if "loss" in figures:
                    stopper.after -= 1
                    if stopper.after == 0:
                        os.kill(os.getpid(), signal.SIGTERM)

        return Bar()


def weights(model):
    return model.network.state_dict()


@pytest.mark.parametrize("stop_after", [1, 7, 8, 15, 20])
def test_a_stopped_training_goes_on_to_the_same_weights(tiny_model, toy_data, tmp_path, stop_after):
    train, validation = toy_data.take(range(200)), toy_data.take(range(200, 240))
    whole = STAGE(tiny_model, train, validation=validation)
    with pytest.raises(KeyboardInterrupt):
        STAGE(tiny_model, train, validation=validation, run=Run(tmp_path, Stopper(stop_after)))
    listener = Stopper(-1)
    resumed = STAGE(tiny_model, train, validation=validation, run=Run(tmp_path, listener))
    assert any("going on from step" in note for note in listener.notes)
    assert all(torch.equal(weights(whole)[name], weights(resumed)[name]) for name in weights(whole))
    assert whole.findings["curve"] == resumed.findings["curve"]


def test_another_recipe_does_not_take_up_the_checkpoint(tiny_model, toy_data, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        STAGE(tiny_model, toy_data, run=Run(tmp_path, Stopper(5)))
    listener = Stopper(-1)
    Finetune(epochs=1, precision="fp32", learning_rate=1e-3)(tiny_model, toy_data, run=Run(tmp_path, listener))
    assert not any("going on" in note for note in listener.notes)


def test_it_learns(tiny_model, toy_data):
    tuned = Finetune(epochs=20, precision="fp32", learning_rate=3e-3, patience=40)(
        tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240))
    )
    curve = tuned.findings["curve"]
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert max(row["metric"] for row in curve) > 0.9


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "no manifest"])
def test_a_damaged_checkpoint_is_passed_over(tmp_path, damage):
    for step in (1, 2):
        tensors = {"network": {"w": torch.full((3,), float(step))}}
        save(Snapshot(step, tensors, {"epoch": step}), tmp_path, fingerprint="f")
    last = tmp_path / "checkpoint-000000002"
    victim = last / "network.safetensors"
    raw = bytearray(victim.read_bytes())
    if damage == "flip":
        raw[-1] ^= 1
        victim.write_bytes(raw)
    elif damage == "cut":
        victim.write_bytes(raw[:-4])
    elif damage == "missing":
        victim.unlink()
    else:
        (last / "MANIFEST.json").unlink()
    found = newest(tmp_path, fingerprint="f")
    assert found is not None
    assert found.step == 1
    assert found.state == {"epoch": 1}
    assert newest(tmp_path, fingerprint="another") is None


def test_what_a_killed_save_left_is_removed_and_two_checkpoints_stay(tmp_path):
    for step in (1, 2, 3):
        save(Snapshot(step, {"network": {"w": torch.zeros(1)}}, {}), tmp_path, fingerprint="f")
    (tmp_path / ".checkpoint-dead").mkdir()
    assert newest(tmp_path, fingerprint="f").step == 3
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["checkpoint-000000002", "checkpoint-000000003"]


def test_decay_is_on_matrices_alone_and_heads_have_their_rate(tiny_model):
    plan = Plan(epochs=1, learning_rate=1e-5, head_learning_rate=1e-3, weight_decay=0.1)
    groups = make_optimizer(tiny_model.network, plan).param_groups
    assert {(group["peak"], group["weight_decay"]) for group in groups} == {
        (1e-5, 0.1), (1e-5, 0.0), (1e-3, 0.1), (1e-3, 0.0),
    }  # fmt: skip
    for group in groups:
        assert all((weight.ndim > 1) == (group["weight_decay"] > 0) for weight in group["params"])


def test_padding_is_under_a_tenth_of_the_tokens():
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(2.8, 0.6, 20_000), 3, 128).astype(np.int64)
    batches = token_batches(lengths, max_tokens=4096, max_texts=32, rng=np.random.default_rng(1))
    assert padding_share(lengths, batches) < 0.10
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))


def test_a_shift_is_taken_only_where_it_helps():
    rng = np.random.default_rng(0)
    targets = (rng.random(2000) < 0.1).astype(np.int64)
    signal_of = np.where(targets == 1, 1.0, -1.0) + rng.normal(size=2000)
    timid = np.stack([np.full(2000, 2.0), signal_of], axis=1).astype(np.float32)  # hardly ever says label 1
    offset = np.log(np.array([0.9, 0.1]))
    assert best_strength(timid, targets, offset) > 0
    fair = np.stack([np.zeros(2000), 20 * (targets - 0.5)], axis=1).astype(np.float32)
    assert best_strength(fair, targets, offset) == 0.0
