"""The contrastive stage draws texts of one label together, whatever kills it on the way."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from luodi.data import Dataset
from luodi.errors import DataError, RecipeError
from luodi.language import speak
from luodi.models import Run
from luodi.models.model import Model, Network
from luodi.progress import Silent
from luodi.tasks import Task, read_task
from luodi.tasks.multilabel import Multilabel
from luodi.tune.contrast import Contrast, Partners, _fitting_epochs, label_contrast, single_labels
from luodi.tune.tokens import tokenize

QUICK = Contrast(epochs=2, precision="fp32", batch_texts=16, learning_rate=1e-3)


def vectors_of(model, texts):
    ids, mask = tokenize(model, texts, progress=Silent()).batch(np.arange(len(texts)), pad_id=model.pad_id)
    with torch.inference_mode():
        return torch.nn.functional.normalize(model.network.pool(ids, mask), dim=1)


def gap(model, data, name="情感"):
    """How much nearer texts of one label are than texts of two, by cosine."""
    vectors = vectors_of(model, data.texts)
    labels = np.array(data.labels[name])
    alike = torch.from_numpy(labels[:, None] == labels[None])
    similarity = vectors @ vectors.T
    return float(similarity[alike].mean() - similarity[~alike].mean())


def state(model):
    return model.network.state_dict()


def are_equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_texts_of_one_label_come_together(tiny_model, toy_data):
    learned, unseen = toy_data.take(range(120)), toy_data.take(range(160, 240))
    moved = dataclasses.replace(QUICK, epochs=8, learning_rate=3e-3)(tiny_model, learned)
    assert gap(tiny_model, unseen) < 0.1
    assert gap(moved, unseen) > 0.5


def test_the_heads_stay_and_the_encoder_moves(tiny_model, toy_data):
    moved = QUICK(tiny_model, toy_data)
    before, after = state(tiny_model), state(moved)
    assert before.keys() == after.keys()
    still = {name for name in before if torch.equal(before[name], after[name])}
    assert {"heads.0.weight", "heads.0.bias"} <= still
    assert not any(name.endswith("query.weight") for name in still)
    assert not moved.network.training
    assert all(weight.requires_grad for weight in moved.network.parameters())


@pytest.mark.parametrize("after", [1, 4, 5, 7])
def test_a_stopped_stage_goes_on_to_the_same_weights(tiny_model, toy_data, tmp_path, after, stopper):
    learned = toy_data.take(range(64))
    whole = QUICK(tiny_model, learned)
    with pytest.raises(KeyboardInterrupt):
        QUICK(tiny_model, learned, run=Run(tmp_path, stopper(after)))
    listener = stopper()
    resumed = QUICK(tiny_model, learned, run=Run(tmp_path, listener))
    assert f"going on from step {after}" in listener.notes
    assert are_equal(state(whole), state(resumed))


def test_other_labels_start_anew(tiny_model, toy_data, tmp_path, stopper):
    learned = toy_data.take(range(64))
    with pytest.raises(KeyboardInterrupt):
        QUICK(tiny_model, learned, run=Run(tmp_path, stopper(3)))
    turned = Dataset.of(learned.texts, {"情感": learned.labels["情感"][::-1]})
    listener = stopper()
    QUICK(tiny_model, turned, run=Run(tmp_path, listener))
    assert any("starting anew" in note for note in listener.notes)


def test_the_seed_decides_the_partners(tiny_model, toy_data):
    learned = toy_data.take(range(64))
    for part in tiny_model.network.encoder.modules():
        assert not isinstance(part, torch.nn.Dropout) or part.p > 0
    one, other = (QUICK(tiny_model, learned) for _ in range(2))
    assert are_equal(state(one), state(other))
    assert not are_equal(state(one), state(dataclasses.replace(QUICK, seed=8)(tiny_model, learned)))


def test_rows_without_a_label_change_nothing(tiny_model, toy_data):
    labels = toy_data.labels["情感"]
    more = Dataset.of((*toy_data.texts, *["没有标签"] * 50), {"情感": (*labels, *[None] * 25, *["别的"] * 25)})
    assert are_equal(state(QUICK(tiny_model, toy_data)), state(QUICK(tiny_model, more)))


@pytest.mark.parametrize("labels", [(), (None, None), ("别的", "别的")])
def test_no_usable_label_is_refused(tiny_model, labels):
    with pytest.raises(DataError, match="no row has a label"):
        QUICK(tiny_model, Dataset.of(["好"] * len(labels), {"情感": labels}))


@pytest.mark.parametrize("labels", [("正面", "负面"), ("正面",), ("正面",) * 5])
def test_rows_that_have_no_partner_or_no_opponent_are_borne(tiny_model, labels):
    moved = QUICK(tiny_model, Dataset.of([f"好 {row}" for row in range(len(labels))], {"情感": labels}))
    assert all(torch.isfinite(weight).all() for weight in moved.network.parameters())


def test_odd_texts_are_learned_from(tiny_model):
    texts = ["", " \n", "🙂" * 50, "\ud800 alone", "\x00", "很" * 5000, "good", "bad"] * 4
    moved = QUICK(tiny_model, Dataset.of(texts, {"情感": ["正面", "负面"] * 16}))
    assert all(torch.isfinite(weight).all() for weight in moved.network.parameters())


def test_every_head_has_its_say(tiny_model, toy_data):
    about = tuple("物流" if "物流" in text else "其他" for text in toy_data.texts)
    data = Dataset.of(toy_data.texts, {**toy_data.labels, "主题": about})
    layers = torch.nn.ModuleDict({"0": torch.nn.Linear(32, 2), "1": torch.nn.Linear(32, 2)})
    model = Model(Network(tiny_model.copy().network.encoder, layers), tiny_model.tokenizer, read_task(data), 64, 0)
    moved = dataclasses.replace(QUICK, epochs=6, learning_rate=3e-3)(model, data)
    assert all(gap(moved, data, name) > gap(model, data, name) + 0.1 for name in data.labels)


def test_heads_of_other_kinds_have_no_say(tiny_model, toy_data):
    head = tiny_model.task.heads[0]
    both = Task((Multilabel("情感", head.labels), head))
    assert single_labels(both, toy_data).tolist() == [head.targets(toy_data).tolist()]
    alone = dataclasses.replace(tiny_model, task=Task(both.heads[:1]))
    with speak("en"), pytest.raises(RecipeError, match="no head gives a text one label"):
        QUICK(alone, toy_data)


@given(
    arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(1, 30)), elements=st.integers(-1, 4)),
    st.integers(0, 2**32 - 1),
)
def test_a_partner_bears_a_label_of_its_row(columns, seed):
    columns[0, (columns < 0).all(axis=0)] = 0
    rows = np.arange(columns.shape[1])
    partners = Partners(columns).draw(rows, np.random.default_rng(seed).random((len(rows), 2)))
    for row, partner in zip(rows, partners, strict=True):
        shared = (columns[:, row] == columns[:, partner]) & (columns[:, row] >= 0)
        assert shared.any()
        if partner == row:
            assert any((columns[h] == columns[h, row]).sum() == 1 for h in np.flatnonzero(columns[:, row] >= 0))


def test_every_other_row_of_a_label_is_drawn_equally_often():
    numbers = np.random.default_rng(0).random((6000, 2))
    partners = Partners(np.array([[1, 0, 1, 1, 1]])).draw(np.full(6000, 2), numbers)
    counts = np.bincount(partners, minlength=5)
    assert counts[1] == counts[2] == 0
    assert np.abs(counts[[0, 3, 4]] - 2000).max() < 5 * np.sqrt(6000 * 2 / 9)  # five standard deviations


def test_the_loss_is_the_formula():
    """Beside a loop over pairs in float64; float32 adds up a dozen terms: 1e-5."""
    rng = np.random.default_rng(0)
    vectors, labels = rng.normal(size=(9, 4)), np.array([0, 0, 1, 1, 1, 2, -1, -1, 0])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    shares = np.exp(unit @ unit.T / 0.2)
    each = []
    for i in range(9):
        alike = [j for j in range(9) if j != i and labels[j] == labels[i] >= 0]
        below = sum(shares[i, k] for k in range(9) if k != i)
        if alike:
            each.append(-np.mean([np.log(shares[i, j] / below) for j in alike]))
    found = label_contrast(torch.from_numpy(vectors).float(), torch.from_numpy(labels), temperature=0.2)
    assert len(each) == 6
    assert float(found) == pytest.approx(np.mean(each), abs=1e-5)


def test_epochs_fit_the_rows_of_a_label():
    shapes = ((77, 130), (77, 10), (3, 1))
    epochs = [_fitting_epochs(np.repeat(np.arange(labels), rows)[None]) for labels, rows in shapes]
    assert epochs == sorted(epochs)
    assert epochs[0] < epochs[-1]


@pytest.mark.parametrize(
    ("field", "value"),
    [("epochs", 0), ("learning_rate", 0.0), ("temperature", 0.0), ("temperature", float("nan")), ("warmup", 1.0),
     ("batch_texts", 0), ("seed", -1)],
)  # fmt: skip
def test_numbers_that_no_training_can_use_are_refused(field, value):
    with pytest.raises(RecipeError, match=field):
        Contrast(**{field: value})
