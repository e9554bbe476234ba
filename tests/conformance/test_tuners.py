"""Every registered tuner keeps every promise; those that can be held to the upper layers, also when they are."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from luodi.bundle import export
from luodi.bundle.engine import open_session
from luodi.errors import ModelError
from luodi.job.parts import enrol
from luodi.job.schema import named_part
from luodi.models import Run, describe, keep, read_kept
from luodi.registry import parts
from luodi.tune import Finetune
from luodi.tune.update import put_on, read_update, save_update

enrol()
TUNERS = parts("tuner")
#: Each with its defaults, and with one layer alone where it can be told how many.
VARIANTS = {
    **{name: cls() for name, cls in TUNERS.items()},
    **{f"{name}, 1 layer": cls(layers=1) for name, cls in TUNERS.items() if "layers" in {f.name for f in fields(cls)}},
}
#: Sums in another order, in fp32.
CLOSE = 1e-5


def test_tuners_are_found():
    assert len(TUNERS) >= 5
    assert len(VARIANTS) >= 8


@pytest.fixture(params=sorted(VARIANTS))
def tuner(request):
    return VARIANTS[request.param]


def stage(tuner, **numbers):
    numbers = {"epochs": 2, "precision": "fp32", "logit_shift": "none", "batch_texts": 16, **numbers}
    return Finetune(tuner=tuner, **numbers)


class Watched:
    """A tuner that keeps what it attached and what was to be merged."""

    def __init__(self, tuner):
        self.tuner = tuner
        self.learning_rate, self.head_learning_rate = tuner.learning_rate, tuner.head_learning_rate

    def attach(self, model, *, seed):
        attached = self.tuner.attach(model, seed=seed)
        self.network = attached.model.network
        self.before = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.learning = {name for name, one in self.network.named_parameters() if one.requires_grad}

        def merge(model):
            self.after = {name: value.clone() for name, value in model.network.state_dict().items()}
            return attached.merge(model)

        return replace(attached, merge=merge)


class Killed(BaseException):
    """As kill -9: nothing is written on the way out."""


def killed():
    raise Killed


def logits(model):
    ids = torch.tensor([[2, 7, 9, 11, 3], [2, 8, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.inference_mode():
        return model.network.eval()(ids, mask)["0"]


def disturbed(tuner, model):
    """Attach to a model; the weights that learn are no longer what they started as."""
    attached = tuner.attach(model, seed=3)
    generator = torch.Generator().manual_seed(0)
    for weight in attached.model.network.parameters():
        if weight.requires_grad:
            weight.data.add_(0.05 * torch.randn(weight.shape, generator=generator))
    return attached


def test_logits_before_training_are_those_of_the_model_given(tuner, tiny_model):
    before = {name: value.clone() for name, value in tiny_model.network.state_dict().items()}
    assert torch.allclose(logits(tuner.attach(tiny_model, seed=3).model), logits(tiny_model), atol=1e-6)
    assert all(torch.equal(value, before[name]) for name, value in tiny_model.network.state_dict().items())


def test_the_seed_alone_decides_what_it_starts_from(tuner, tiny_model):
    state = torch.get_rng_state()
    one = tuner.attach(tiny_model, seed=3).model.network.state_dict()
    assert torch.equal(torch.get_rng_state(), state), "the caller's random numbers were used"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)
        other = tuner.attach(tiny_model, seed=3).model.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_merging_changes_no_logit(tuner, tiny_model):
    attached = disturbed(tuner, tiny_model)
    wanted = logits(attached.model)
    assert not torch.allclose(wanted, logits(tiny_model), atol=1e-3), "nothing was learned"
    merged = attached.merge(attached.model)
    assert torch.allclose(logits(merged), wanted, atol=CLOSE)
    assert torch.equal(logits(attached.model), wanted), "the model given was changed"


def test_what_is_merged_is_plain(tuner, tiny_model):
    """The architecture's own modules, those put in for good and noted, and no attribute of a training left."""
    attached, kinds = disturbed(tuner, tiny_model), set()
    merged = attached.merge(attached.model)
    for module in merged.network.encoder.modules():
        kinds.add(type(module).__module__.split(".")[0])
        assert "forward" not in vars(module)
    assert kinds <= {"torch", "transformers", "luodi"}
    assert not hasattr(merged.network.encoder, "peft_config")


def test_only_the_weights_that_it_reports_move(tuner, tiny_model, toy_data):
    watched = Watched(tuner)
    stage(watched)(tiny_model, toy_data)
    names = dict(watched.network.named_parameters())
    moved = {name for name in names if not torch.equal(watched.before[name], watched.after[name])}
    assert moved <= watched.learning
    still = watched.learning - moved
    assert not {
        name for name in still if "word_embeddings" not in name and "position" not in name and "key.bias" not in name
    }


def test_a_killed_training_goes_on_to_the_same_weights(tuner, tiny_model, toy_data, tmp_path, monkeypatch, stopper):
    monkeypatch.setattr("luodi.tune.rest.SAVE_EVERY_S", 0.0)
    monkeypatch.setattr("luodi.tune.rest.SAVE_SHARE", 1e9)
    learned, checked = toy_data.take(range(160)), toy_data.take(range(160, 240))
    whole = stage(tuner)(tiny_model, learned, validation=checked)
    for n, after in enumerate((3, 9, 6)):
        with pytest.raises(Killed):
            stage(tuner)(tiny_model, learned, validation=checked, run=Run(tmp_path, stopper(after, killed)))
        assert n < 2 or sum(1 for _ in (tmp_path / "checkpoints").iterdir()) == 2
    listener = stopper()
    resumed = stage(tuner)(tiny_model, learned, validation=checked, run=Run(tmp_path, listener))
    assert any(note.startswith("going on from step 1") for note in listener.notes)
    one, other = whole.network.state_dict(), resumed.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert whole.findings["curve"] == resumed.findings["curve"]


def test_it_learns(tuner, tiny_model, toy_data):
    tuned = stage(tuner, epochs=6, learning_rate=3e-3, head_learning_rate=1e-2)(tiny_model, toy_data)
    curve = tuned.findings["curve"]
    assert curve[-1]["loss"] < curve[0]["loss"]


def test_the_model_is_kept_and_tuned_again(tuner, tiny_model, toy_data, tmp_path):
    """Twice over: the second training stands on what the first one left."""
    model = tiny_model
    for n in range(2):
        tuned = stage(tuner, epochs=1, seed=n)(model, toy_data.take(range(96)))
        keep(tuned, tmp_path / "kept")
        model = read_kept(tmp_path / "kept")
        assert torch.equal(logits(model), logits(tuned))
        assert all(weight.requires_grad for weight in tuned.network.parameters())
    file = open_session(export(model))
    ids = np.array([[2, 7, 9, 3]])
    (answered,) = file.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    with torch.inference_mode():
        wanted = model.network(torch.from_numpy(ids), torch.ones_like(torch.from_numpy(ids)))["0"].numpy()
    assert np.abs(answered - wanted).max() < 1e-4


def test_what_it_learned_is_put_on_its_base_again(tuner, tiny_model, toy_data, tmp_path):
    """To the bit, from a file, on a model whose heads are others."""
    learned, checked = toy_data.take(range(160)), toy_data.take(range(160, 240))
    tuned = stage(tuner, logit_shift="auto")(tiny_model, learned, validation=checked)
    update = stage(tuner, logit_shift="auto").update(tiny_model, learned, validation=checked)
    save_update(update, tmp_path / "update.safetensors")
    base = tiny_model.copy()
    base.network.heads["0"] = torch.nn.Linear(32, 7)
    made = put_on(base, read_update(tmp_path / "update.safetensors"))
    one, other = tuned.network.state_dict(), made.network.state_dict()
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (made.task, made.max_tokens, made.network.dropout.p) == (
        tuned.task,
        tuned.max_tokens,
        tuned.network.dropout.p,
    )
    keep(made, tmp_path / "kept")
    assert torch.equal(logits(read_kept(tmp_path / "kept")), logits(tuned))
    with pytest.raises(ModelError, match="belongs on another model"):
        put_on(tuned if type(tuner).__name__ != "Probe" else replace(base, pad_id=1), update)


def test_it_rebuilds_from_its_fields(tuner):
    faults = {}
    assert named_part("tuner", describe(tuner), place="tuner", faults=faults) == tuner
    assert not faults


def test_a_wrong_number_is_refused(tuner):
    for field in fields(tuner):
        with pytest.raises(Exception, match=field.name):
            replace(tuner, **{field.name: -1})
