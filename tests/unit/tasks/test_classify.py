"""The head that sorts: its labels, its targets, its loss, its answers, its scores."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import Dataset
from luodi.errors import DataError
from luodi.language import speak
from luodi.tasks import Classify, rate
from luodi.tasks.softmax import softmax
from luodi.tasks.task import UNLABELLED

HEAD = Classify("情感", ("正面", "负面", "🙂"))
finite = st.floats(-80, 80, width=32)


def of(*labels):
    return Dataset.of([f"text {i}" for i in range(len(labels))], {"情感": labels})


def test_labels_are_read_off_the_data_in_a_fixed_order():
    assert Classify.fit("情感", of("b", "a", None, "b")).labels == ("a", "b")
    assert Classify.fit("情感", of("10", "9", "-1", "2.5")).labels == ("-1", "2.5", "9", "10")
    assert Classify.fit("情感", of("n/a", "10", "9")).labels == ("9", "10", "n/a")


@pytest.mark.parametrize(
    ("labels", "found"), [(("a", "a"), "'a' x 2"), ((None, None), "no label at all"), (("a", None), "'a' x 1")]
)
def test_one_label_is_nothing_to_tell_apart(labels, found):
    with speak("en"), pytest.raises(DataError, match="holds one label only") as caught:
        Classify.fit("情感", of(*labels))
    assert caught.value.found == found


def test_targets_are_places_and_what_is_not_on_the_list_is_left_out():
    targets = HEAD.targets(of("负面", None, "正面", "另一个"))
    assert targets.tolist() == [1, UNLABELLED, 0, UNLABELLED]
    assert targets.dtype == np.int64


@given(st.lists(st.sampled_from(HEAD.labels), min_size=1, max_size=20))
def test_decode_inverts_encode(labels):
    targets = HEAD.targets(of(*labels))
    logits = np.eye(3, dtype=np.float32)[targets] * 9
    assert [answer.label for answer in HEAD.decode(logits)] == labels


@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=8), st.floats(0.05, 20))
def test_probabilities_are_probabilities_and_temperature_changes_no_label(rows, temperature):
    logits = np.array(rows, np.float32)
    answers = HEAD.decode(logits, temperature=temperature)
    for row, answer in zip(logits, answers, strict=True):
        assert np.isfinite(answer.probabilities).all()
        assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)  # three float32 summed
        assert answer.probability == answer.probabilities.max()
        assert row[HEAD.labels.index(answer.label)] == pytest.approx(row.max(), abs=1e-4 * temperature)


def test_softmax_is_torchs_and_large_logits_do_not_overflow():
    logits = np.array([[1e4, 0, -1e4], [0.5, -0.25, 2]], np.float32)
    ours, theirs = softmax(logits), torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    assert np.allclose(ours, theirs, atol=1e-7)


def test_an_answer_is_json():
    (answer,) = HEAD.decode(np.array([[0, 0, 1]], np.float32))
    assert json.loads(json.dumps(answer.to_json())) == {"label": "🙂", "probability": 0.576117}


def test_the_loss_is_the_mean_over_labelled_rows():
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([0, 2, UNLABELLED, 1, UNLABELLED])
    kept = targets != UNLABELLED
    expected = torch.nn.functional.cross_entropy(logits[kept], targets[kept])
    assert torch.allclose(HEAD.loss(logits, targets), expected)
    weights = torch.tensor([0.5, 2.0, 1.0])
    expected = torch.nn.functional.cross_entropy(logits[kept], targets[kept], weight=weights)
    assert torch.allclose(HEAD.loss(logits, targets, weights=weights), expected)


@pytest.mark.parametrize("focus", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("weights", [None, torch.tensor([0.5, 2.0, 1.0])])
def test_the_focal_loss_is_its_formula(focus, weights):
    """-w_y (1 - p_y)^focus log(p_y), summed, through the weights of the labelled rows."""
    logits = 4 * torch.randn(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = torch.tensor([0, 2, UNLABELLED, 1] * 10)
    rows = torch.arange(40)[targets != UNLABELLED]
    p = torch.softmax(logits, dim=1)[rows, targets[rows]]
    w = torch.ones(len(rows)) if weights is None else weights[targets[rows]]
    expected = (-w * (1 - p) ** focus * torch.log(p)).sum() / w.sum()
    loss = HEAD.loss(logits, targets, weights=weights, focus=focus)
    assert torch.allclose(loss.double(), expected, rtol=1e-5)
    assert not torch.allclose(loss, HEAD.loss(logits, targets, weights=weights))


def test_a_focus_of_nothing_is_the_plain_loss():
    logits, targets = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 0, 1, 2])
    assert torch.equal(HEAD.loss(logits, targets, focus=0.0), HEAD.loss(logits, targets))


@pytest.mark.parametrize("focus", [0.5, 2.0])
def test_a_row_without_doubt_has_a_finite_slope(focus):
    logits = torch.tensor([[200.0, 0.0, 0.0], [-200.0, 0.0, 0.0]], requires_grad=True)
    HEAD.loss(logits, torch.tensor([0, 0]), focus=focus).backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad[0] == 0).all()
    assert (logits.grad[1] != 0).any()


@pytest.mark.parametrize("focus", [0.0, 2.0])
def test_a_batch_without_a_label_teaches_nothing(focus):
    logits = torch.randn(2, 3, requires_grad=True)
    loss = HEAD.loss(logits, torch.full((2,), UNLABELLED), focus=focus)
    loss.backward()
    assert loss.item() == 0
    assert (logits.grad == 0).all()


def test_the_loss_falls_on_a_toy_set():
    weight = torch.zeros(3, 3, requires_grad=True)
    inputs, targets = torch.eye(3).repeat(4, 1), torch.arange(3).repeat(4)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    losses = []
    for _ in range(20):
        loss = HEAD.loss(inputs @ weight, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def answers_of(*labels):
    logits = np.array([[9.0 if label == one else 0.0 for one in HEAD.labels] for label in labels], np.float32)
    return HEAD.decode(logits)


def test_scores_are_those_of_scikit_learn_and_rows_without_a_label_do_not_count():
    from sklearn.metrics import f1_score

    gold = ["正面", "负面", None, "正面", "🙂", "负面"]
    given_ = ["正面", "正面", "🙂", "正面", "🙂", "负面"]
    report = rate(HEAD, of(*gold), answers_of(*given_))
    kept = [(g, a) for g, a in zip(gold, given_, strict=True) if g is not None]
    expected = f1_score(*zip(*kept, strict=True), average="macro")
    assert report.metrics["macro_f1"].value == pytest.approx(expected, abs=1e-12)
    assert report.metrics["accuracy"].value == 0.8
    assert report.per_class["正面"] == {
        "precision": pytest.approx(2 / 3), "recall": 1.0, "f1": pytest.approx(0.8), "support": 2,
    }  # fmt: skip
    assert tuple(report.metrics) == Classify.metrics == ("accuracy", "macro_f1", "expected_calibration_error")
    assert Classify.main_metric in Classify.metrics
    assert all(q.low is not None for q in report.metrics.values())


def test_a_label_that_the_head_never_saw_counts_as_missed():
    report = rate(HEAD, of("正面", "没见过"), answers_of("正面", "正面"), intervals=False)
    assert report.metrics["accuracy"].value == 0.5
    assert report.per_class["没见过"]["support"] == 1
    assert report.per_class["没见过"]["recall"] == 0
    assert report.metrics["macro_f1"].low is None


def test_rows_without_any_label_can_be_measured():
    report = rate(HEAD, of(None, None), answers_of("正面", "🙂"))
    assert np.isnan(report.metrics["accuracy"].value)
    assert report.per_class["🙂"]["support"] == 0
