"""What a tuner need not write: nothing is added, done or folded where it says nothing."""

import torch

from luodi.tune import Attached, Finetune
from luodi.tune.full import Full


def test_a_method_that_says_nothing_adds_and_does_nothing(tiny_model):
    attached = Attached(tiny_model)
    before = {name: value.clone() for name, value in tiny_model.network.state_dict().items()}
    loss = torch.tensor(1.2345)
    assert torch.equal(loss + attached.penalty(tiny_model), loss)
    attached.step(tiny_model, n_done=1, n_steps=2)
    assert attached.merge(tiny_model) is tiny_model
    assert all(torch.equal(value, before[name]) for name, value in tiny_model.network.state_dict().items())


class Shouting:
    """A way of tuning that has all three."""

    learning_rate, head_learning_rate = Full.learning_rate, Full.head_learning_rate

    def __init__(self):
        self.asked, self.steps, self.merged = 0, [], 0

    def attach(self, model, *, seed):
        return Attached(Full().attach(model, seed=seed).model, penalty=self.add, step=self.note, merge=self.fold)

    def add(self, model):
        self.asked += 1
        return model.network.heads["0"].weight.sum() * 1000

    def note(self, model, *, n_done, n_steps):
        assert model.network.heads["0"].weight.grad is not None, "the gradients are gone"
        self.steps.append((n_done, n_steps))

    def fold(self, model):
        self.merged += 1
        return model


def test_what_it_says_is_done_at_its_place(tiny_model, toy_data):
    way = Shouting()
    tuned = Finetune(tuner=way, epochs=1, precision="fp32", logit_shift="none", evaluations_per_epoch=0, batch_texts=40)
    before = float(tiny_model.network.heads["0"].weight.detach().sum())
    made = tuned(tiny_model, toy_data)
    n = len(way.steps)
    assert way.steps == [(place, n) for place in range(1, n + 1)]
    assert (way.asked, way.merged) == (n, 1)
    assert float(made.network.heads["0"].weight.detach().sum()) < before - 0.1, "the penalty pulled nothing"
