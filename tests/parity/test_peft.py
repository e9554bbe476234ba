"""Low-rank updates learn step by step what peft's own wrappers learn."""

from types import SimpleNamespace

import peft
import pytest
import torch
from torch import nn

from luodi.tune.adalora import AdaLora
from luodi.tune.lora import Lora

#: Sums in another order, in fp32, over so many steps.
CLOSE = 1e-5
N_STEPS = 20


class WithLoss(nn.Module):
    """Answers as peft wants it: the loss in the output, to which it adds its penalty."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids, mask, targets):
        return SimpleNamespace(loss=nn.functional.cross_entropy(self.network(ids, mask)["0"], targets))


def batches():
    generator = torch.Generator().manual_seed(1)
    for _ in range(N_STEPS):
        ids = torch.randint(5, 300, (8, 12), generator=generator)
        mask = (torch.arange(12) < torch.randint(4, 13, (8, 1), generator=generator)).long()
        yield ids, mask, torch.randint(0, 2, (8,), generator=generator)


def our_steps(attached):
    network = attached.model.network.eval()
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=5e-3)
    for n, (ids, mask, targets) in enumerate(batches(), start=1):
        loss = nn.functional.cross_entropy(network(ids, mask)["0"], targets)
        (loss + attached.penalty(attached.model)).backward()
        optimizer.step()
        attached.step(attached.model, n_done=n, n_steps=N_STEPS)
        optimizer.zero_grad()
        yield {name: value.clone() for name, value in network.named_parameters()}


def their_steps(model, config, start):
    """Train peft's wrapper from the same start."""
    wrapped = peft.get_peft_model(WithLoss(model.copy().network), config).eval()
    ours = {name.removeprefix("base_model.model.network."): p for name, p in wrapped.named_parameters()}
    with torch.no_grad():
        for name, value in start.items():
            ours[name].copy_(value)
    for name, one in ours.items():
        if name.startswith("heads."):
            one.requires_grad_(True)
    optimizer = torch.optim.AdamW([p for p in ours.values() if p.requires_grad], lr=5e-3)
    for n, batch in enumerate(batches(), start=1):
        wrapped.base_model(*batch).loss.backward()  # the outermost wrapper would pass the penalty by
        optimizer.step()
        if hasattr(wrapped.base_model, "update_and_allocate"):
            wrapped.base_model.update_and_allocate(n)
        optimizer.zero_grad()
        yield {name: value.clone() for name, value in ours.items()}


def sites(model):
    return [
        f"network.encoder.{name}" for name, one in model.network.encoder.named_modules() if isinstance(one, nn.Linear)
    ]


def compare(tuner, model, config):
    """Hold every weight against peft's after every step; gives the weights of the last one."""
    attached = tuner.attach(model, seed=5)
    start = {name: value.clone() for name, value in attached.model.network.named_parameters()}
    moved = 0.0
    for ours, theirs in zip(our_steps(attached), their_steps(model, config, start), strict=True):
        assert ours.keys() == theirs.keys()
        assert max(float((ours[name] - theirs[name]).detach().abs().max()) for name in ours) <= CLOSE
        moved = max(float((ours[name] - start[name]).detach().abs().max()) for name in ours)
    assert moved > 0.01
    return ours


def test_lora_steps_are_those_of_peft(tiny_model):
    config = peft.LoraConfig(r=4, lora_alpha=8.0, target_modules=sites(tiny_model))
    compare(Lora(rank=4, alpha=8.0), tiny_model, config)


@pytest.mark.parametrize("every", [1, 3])
def test_adalora_steps_are_those_of_peft(tiny_model, every):
    tuner = AdaLora(rank=2, start_rank=5, alpha=8.0, warmup=0.2, settle=0.3, every=every, orthogonality=0.3)
    config = peft.AdaLoraConfig(
        init_r=5, target_r=2, lora_alpha=8.0, tinit=4, tfinal=6, deltaT=every, total_step=N_STEPS,
        orth_reg_weight=0.3, target_modules=sites(tiny_model),
    )  # fmt: skip
    last = compare(tuner, tiny_model, config)
    values = torch.cat([value.flatten() for name, value in last.items() if "lora_E" in name])
    n_layers = sum("lora_E" in name for name in last)
    assert int((values != 0).sum()) <= 2 * n_layers, "too many directions are left"


def test_merged_lora_is_what_peft_merges(tiny_model):
    config = peft.LoraConfig(r=4, lora_alpha=8.0, target_modules=sites(tiny_model))
    tuner = Lora(rank=4, alpha=8.0)
    attached = tuner.attach(tiny_model, seed=5)
    wrapped = peft.get_peft_model(WithLoss(tiny_model.copy().network), config)
    theirs = {name.removeprefix("base_model.model.network."): p for name, p in wrapped.named_parameters()}
    generator = torch.Generator().manual_seed(0)
    for name, one in attached.model.network.named_parameters():
        if "lora_" in name:
            one.data.normal_(std=0.1, generator=generator)
            theirs[name].data.copy_(one.data)
    merged, other = attached.merge(attached.model).network.state_dict(), wrapped.merge_and_unload().network.state_dict()
    assert merged.keys() == other.keys()
    assert max(float((merged[name] - other[name]).abs().max()) for name in merged) <= CLOSE
    assert not torch.allclose(merged["encoder.encoder.layer.0.output.dense.weight"],
                              tiny_model.network.encoder.encoder.layer[0].output.dense.weight)  # fmt: skip
