"""Which rows a loss counts more, and when another than the plain one is taken."""

import numpy as np
import pytest
import torch

from luodi.data import Dataset
from luodi.models import Run
from luodi.progress import Silent
from luodi.tasks import Classify, Task
from luodi.tasks.multilabel import Multilabel
from luodi.tune.emphasis import LOSSES, balance, emphasised, fitting_loss, is_uneven

TASK = Task((Classify("y", ("a", "b")),))


class Notes(Silent):
    def __init__(self):
        self.said = []

    def note(self, text):
        self.said.append(text)


def of(n_a, n_b):
    return Dataset.of([f"text {i}" for i in range(n_a + n_b)], {"y": ["a"] * n_a + ["b"] * n_b})


def answering(data, *, wrong):
    """Judge answers that miss so many of the rows of b, and none of a."""
    places = [row for row, label in enumerate(data.labels["y"]) if label == "b"]
    missed = set(places[:wrong])
    said = ["a" if row in missed else label for row, label in enumerate(data.labels["y"])]
    return [TASK["y"].judge(data.labels["y"], said)]


def chosen(*, wrong, train=None, notes=None):
    validation = of(90, 30)
    tried = []

    def tune(how):
        tried.append(how)
        return answering(validation, wrong=wrong[how])

    run = Run(progress=notes or Notes())
    return fitting_loss(TASK, train or of(90, 10), validation, tried=tune, run=run), tried


def test_weights_average_one_over_the_rows():
    weights = balance(np.array([0] * 90 + [1] * 10 + [-100] * 5), 3)
    assert torch.allclose(weights[:2] * torch.tensor([90.0, 10.0]), torch.tensor([50.0, 50.0]))


def test_a_loss_is_told_what_its_name_says():
    head, targets = TASK["y"], np.array([0, 0, 0, 1])
    logits, wanted = torch.randn((4, 2), generator=torch.Generator().manual_seed(0)), torch.from_numpy(targets)
    losses = {how: float(emphasised(how, head, targets, focus=3.0)(logits, wanted)) for how in LOSSES}
    assert losses["plain"] == float(head.loss(logits, wanted))
    assert losses["focal"] == float(head.loss(logits, wanted, focus=3.0))
    assert losses["weighted"] == float(head.loss(logits, wanted, weights=balance(targets, 2)))
    assert len(set(losses.values())) == 3


def test_a_head_of_another_kind_knows_the_plain_loss_alone():
    head = Multilabel("y", ("a", "b"))
    for how in LOSSES:
        assert emphasised(how, head, np.zeros((4, 2), np.float32), focus=2.0) == head.loss


@pytest.mark.parametrize(("rows", "uneven"), [((30, 10), False), ((31, 10), True), ((5, 0), False), ((0, 0), False)])
def test_labels_are_uneven_above_three_to_one(rows, uneven):
    assert is_uneven(of(*rows), task=TASK) is uneven


def test_what_does_better_is_taken():
    notes = Notes()
    best, tried = chosen(wrong={"plain": 25, "weighted": 12, "focal": 3}, notes=notes)
    assert (best, tried) == ("focal", list(LOSSES))
    assert notes.said[-1].startswith("loss: focal, after a pass with each: plain 0.")
    assert chosen(wrong={"plain": 25, "weighted": 3, "focal": 12})[0] == "weighted"


def test_what_is_no_better_beyond_chance_is_not():
    assert chosen(wrong={"plain": 10, "weighted": 9, "focal": 10})[0] == "plain"
    assert chosen(wrong=dict.fromkeys(LOSSES, 4))[0] == "plain"


def test_nothing_is_tried_without_need():
    wrong = {"plain": 25, "weighted": 3, "focal": 3}
    assert chosen(wrong=wrong, train=of(50, 50)) == ("plain", [])
    run = Run()
    assert fitting_loss(TASK, of(90, 10), Dataset.of([], {"y": []}), tried=lambda _: [], run=run) == "plain"
