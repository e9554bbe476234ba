"""Fine-tuning learns, chooses by validation, and says no early."""

import dataclasses

import pytest
import torch

from luodi.data import Dataset
from luodi.errors import DataError, RecipeError
from luodi.models import Run
from luodi.models.model import Model, Network
from luodi.progress import Silent
from luodi.tasks import read_task
from luodi.tune import Finetune
from luodi.tune.numbers import fitting_epochs
from luodi.tune.optimizer import make_optimizer
from luodi.tune.plan import Plan

QUICK = Finetune(epochs=1, precision="fp32")


class Notes(Silent):
    """Keeps what a training says of itself."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def test_it_learns(tiny_model, toy_data):
    tuned = Finetune(epochs=20, precision="fp32", learning_rate=3e-3, patience=40)(
        tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240))
    )
    curve = tuned.findings["curve"]
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert max(row["metric"] for row in curve) > 0.9


def test_two_heads_learn_over_one_encoder(tiny_model, toy_data):
    about = tuple("物流" if "物流" in text else "其他" for text in toy_data.texts)
    data = Dataset.of(toy_data.texts, {**toy_data.labels, "主题": about})
    layers = torch.nn.ModuleDict({"0": torch.nn.Linear(32, 2), "1": torch.nn.Linear(32, 2)})
    network = Network(tiny_model.copy().network.encoder, layers)
    model = Model(network, tiny_model.tokenizer, read_task(data), 64, 0)
    tuned = Finetune(epochs=8, precision="fp32", learning_rate=3e-3)(model, data)
    before, after = model.network.state_dict(), tuned.network.state_dict()
    assert all(not torch.equal(before[f"heads.{i}.weight"], after[f"heads.{i}.weight"]) for i in "01")
    assert set(tuned.findings["shift"]) == {"情感", "主题"}


def test_rows_without_a_label_change_nothing(tiny_model, toy_data):
    labels = toy_data.labels["情感"]
    more = Dataset.of((*toy_data.texts, *["没有标签"] * 50), {"情感": (*labels, *[None] * 50)})
    checked = toy_data.take(range(40))
    one, other = (
        QUICK(tiny_model, data, validation=checked) for data in (Dataset.of(toy_data.texts, {"情感": labels}), more)
    )
    assert all(torch.equal(a, b) for a, b in zip(one.network.parameters(), other.network.parameters(), strict=True))


@pytest.mark.parametrize("labels", [(None, None), ("别的", "别的")])
def test_no_usable_label_is_refused(tiny_model, labels):
    with pytest.raises(DataError, match="no row has a label"):
        QUICK(tiny_model, Dataset.of(["好", "坏"], {"情感": labels}))


def test_no_rows_are_refused(tiny_model):
    with pytest.raises(DataError, match="no row has a label"):
        QUICK(tiny_model, Dataset.of([], {"情感": []}))


def test_two_rows_are_learned_without_validation(tiny_model):
    tuned = QUICK(tiny_model, Dataset.of(["很好", "很差"], {"情感": ["正面", "负面"]}))
    assert tuned.findings["curve"] == []
    assert tuned.findings["shift"] == {}


class Listener(Silent):
    """Keeps the notes."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def test_no_row_is_held_out_where_nothing_is_chosen(tiny_model, toy_data):
    said = []
    for stage in (dataclasses.replace(QUICK, evaluations_per_epoch=0, logit_shift="none"), QUICK):
        listener = Listener()
        stage(tiny_model, toy_data, run=Run(None, listener))
        said.append(next(note for note in listener.notes if note.startswith("tuning ")))
    assert [f"on {len(toy_data)} texts" in note for note in said] == [True, False]


def test_a_validation_set_without_labels_is_replaced(tiny_model, toy_data):
    empty = Dataset.of(["好"], {"情感": [None]})
    assert len(QUICK(tiny_model, toy_data, validation=empty).findings["curve"]) == 2


def test_odd_texts_are_learned_from(tiny_model):
    texts = ["", " \n", "🙂" * 50, "\ud800 alone", "\x00", "很" * 5000, "good", "bad"] * 4
    tuned = QUICK(tiny_model, Dataset.of(texts, {"情感": ["正面", "负面"] * 16}))
    assert all(torch.isfinite(weight).all() for weight in tuned.network.parameters())


@pytest.mark.parametrize(
    ("field", "value"),
    [("epochs", 0), ("epochs", -3), ("learning_rate", 0.0), ("learning_rate", float("nan")), ("warmup", 1.0),
     ("dropout", -0.1), ("batch_tokens", 0), ("patience", 0), ("max_grad_norm", float("inf")), ("seed", -1)],
)  # fmt: skip
def test_numbers_that_no_training_can_use_are_refused(field, value):
    with pytest.raises(RecipeError, match=field):
        Finetune(**{field: value})


def test_all_wrong_numbers_are_said_at_once():
    with pytest.raises(RecipeError, match=r"epochs = 0 .*warmup = 2"):
        Finetune(epochs=0, warmup=2.0)


def test_epochs_fit_the_rows_of_a_label():
    def data(n_labels, n_rows):
        return Dataset.of(["x"] * n_labels * n_rows, {"y": [str(i) for i in range(n_labels)] * n_rows})

    assert [fitting_epochs(data(*shape)) for shape in ((2, 4000), (77, 130), (3, 1))] == [3, 6, 12]


def test_other_losses_find_more_of_a_rare_label(tiny_model, toy_data):
    rare = [row for row, label in enumerate(toy_data.labels["情感"]) if label == "负面"][:12]
    common = [row for row, label in enumerate(toy_data.labels["情感"]) if label == "正面"]
    data, checked = toy_data.take(sorted(rare + common[:90])), toy_data.take(range(180, 240))
    shares = {}
    for how in ("plain", "weighted", "focal"):
        stage = Finetune(epochs=2, precision="fp32", loss=how, logit_shift="none", evaluations_per_epoch=0)
        tuned = dataclasses.replace(stage, learning_rate=1e-3)(tiny_model, data, validation=checked)
        shares[how] = float(tuned.network.heads["0"].bias.detach().diff())
    assert shares["weighted"] > shares["plain"]
    assert shares["focal"] > shares["plain"]


def test_a_focal_loss_without_a_focus_is_the_plain_one(tiny_model, toy_data):
    plain, focal = (
        dataclasses.replace(QUICK, **fields)(tiny_model, toy_data).network.state_dict()
        for fields in ({"loss": "plain"}, {"loss": "focal", "focus": 0.0})
    )
    assert all(torch.equal(plain[name], focal[name]) for name in plain)


def uneven(toy_data):
    rare = [row for row, label in enumerate(toy_data.labels["情感"]) if label == "负面"][:40]
    common = [row for row, label in enumerate(toy_data.labels["情感"]) if label == "正面"]
    return toy_data.take(sorted(rare[:20] + common)), toy_data.take(sorted(rare[20:] + common[:40]))


def test_a_loss_is_chosen_where_labels_are_uneven(tiny_model, toy_data):
    """As when it is named: the trials leave nothing behind."""
    data, checked = uneven(toy_data)
    chosen = dataclasses.replace(QUICK, loss="auto", batch_texts=8)(tiny_model, data, validation=checked)
    named = dataclasses.replace(QUICK, loss=chosen.findings["loss"], batch_texts=8)(
        tiny_model, data, validation=checked
    )
    one, other = chosen.network.state_dict(), named.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert "loss" not in named.findings


def test_no_loss_is_tried_where_labels_are_even(tiny_model, toy_data):
    listener = Notes()
    tuned = dataclasses.replace(QUICK, loss="auto")(tiny_model, toy_data, run=Run(None, listener))
    assert tuned.findings["loss"] == "plain"
    assert sum(note.startswith("tuning ") for note in listener.notes) == 1


def test_weights_and_shift_are_two_choices(tiny_model, toy_data):
    """The defaults count every row alike and let validation choose a shift; each can be had without the other."""
    assert (Finetune().loss, Finetune().logit_shift) == ("plain", "auto")
    shifts = {
        how: dataclasses.replace(QUICK, logit_shift=how)(tiny_model, toy_data).findings.get("shift")
        for how in ("auto", "none")
    }
    assert set(shifts["auto"]) == {"情感"}
    assert shifts["none"] is None
    both = dataclasses.replace(QUICK, loss="weighted")(tiny_model, toy_data)
    assert set(both.findings["shift"]) == {"情感"}


def test_decay_is_on_matrices_alone_and_heads_have_their_rate(tiny_model):
    plan = Plan(epochs=1, learning_rate=1e-5, head_learning_rate=1e-3, weight_decay=0.1)
    groups = make_optimizer(tiny_model.network, plan).param_groups
    assert {(group["peak"], group["weight_decay"]) for group in groups} == {
        (1e-5, 0.1), (1e-5, 0.0), (1e-3, 0.1), (1e-3, 0.0),
    }  # fmt: skip
    for group in groups:
        assert all((weight.ndim > 1) == (group["weight_decay"] > 0) for weight in group["params"])
