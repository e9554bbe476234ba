"""Every registered tuner keeps every promise."""

import pytest
import torch

from luodi.job.parts import enrol
from luodi.registry import parts
from luodi.tune import Finetune

enrol()
TUNERS = parts("tuner")


def test_tuners_are_found():
    assert len(TUNERS) >= 1


@pytest.fixture(params=sorted(TUNERS))
def tuner(request):
    return TUNERS[request.param]()


def logits(model):
    ids = torch.tensor([[2, 7, 9, 11, 3], [2, 8, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.inference_mode():
        return model.network.eval()(ids, mask)["0"]


def test_logits_before_training_are_those_of_the_model_given(tuner, tiny_model):
    assert torch.allclose(logits(tuner.attach(tiny_model)), logits(tiny_model), atol=1e-6)


def test_merging_changes_no_logit(tuner, tiny_model, toy_data):
    attached = tuner.attach(tiny_model)
    torch.manual_seed(0)
    for weight in attached.network.parameters():
        if weight.requires_grad:
            weight.data.add_(0.01 * torch.randn_like(weight))
    merged = tuner.merge(attached)
    assert torch.allclose(logits(merged), logits(attached), atol=1e-5)


def test_only_the_weights_that_learn_move(tuner, tiny_model, toy_data):
    frozen = {name for name, w in tuner.attach(tiny_model).network.named_parameters() if not w.requires_grad}
    tuned = Finetune(tuner=tuner, epochs=1, precision="fp32", logit_shift="none")(tiny_model, toy_data)
    before, after = tiny_model.network.state_dict(), tuned.network.state_dict()
    moved = {name for name in before if name in after and not torch.equal(before[name], after[name])}
    assert moved
    assert not moved & frozen
