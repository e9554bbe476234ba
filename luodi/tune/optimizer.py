"""AdamW as encoders want it: decay on matrices alone, heads at a pace of their own, a state without pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from luodi.tune.plan import Plan


def make_optimizer(network: nn.Module, plan: Plan) -> Any:
    """Make the optimizer of the weights that learn; each group's ``peak`` is its rate at full height.

    Biases and layer norms are vectors: they get no decay. Heads start from nothing and take a rate of their own.
    """
    import torch

    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, weight in network.named_parameters():
        if weight.requires_grad:
            groups.setdefault((name.startswith("heads."), weight.ndim > 1), []).append(weight)
    rows = [
        {
            "params": weights,
            "weight_decay": plan.weight_decay if is_matrix else 0.0,
            "peak": plan.head_learning_rate if is_head else plan.learning_rate,
            "lr": 0.0,
        }
        for (is_head, is_matrix), weights in groups.items()
    ]
    return torch.optim.AdamW(rows, betas=(0.9, 0.999), eps=1e-8, fused=True)


def learning_rate_factor(progress: float, *, warmup: float) -> float:
    """Rise linearly to 1 over the warm-up, then fall linearly to 0: progress 0..1 -> factor 0..1.

    >>> learning_rate_factor(0.125, warmup=0.25), learning_rate_factor(0.625, warmup=0.25)
    (0.5, 0.5)
    """
    if progress < warmup:
        return max(progress / warmup, 0.01)
    return max(0.0, (1 - progress) / max(1 - warmup, 1e-9))


def optimizer_tensors(optimizer: Any) -> dict[str, Tensor]:
    """Give the optimizer's memory as named tensors: ``place.name``."""
    state = optimizer.state_dict()["state"]
    return {f"{place}.{name}": value for place, row in state.items() for name, value in row.items()}


def restore_optimizer(optimizer: Any, tensors: Mapping[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        place, _, name = key.partition(".")
        state.setdefault(int(place), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
