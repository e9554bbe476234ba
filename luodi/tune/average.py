"""A running average of the weights that learn: what a lower learning rate would give later, it gives now."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor, nn

#: Step t weighs as t to this power, so that about the last ninth of the steps done counts, however many they are.
POWER = 8


class Average:
    """Weights averaged over the steps of a training.

    mean_t = mean_(t-1) + (1 - (1 - 1/t)^(POWER + 1)) * (w_t - mean_(t-1))

    Source: Karras et al. 2024, arXiv:2312.02696, eq. 127 (power-function averaging).

    Args:
        network: whose weights are averaged, those with ``requires_grad``.
    """

    def __init__(self, network: nn.Module) -> None:
        self._learning = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
        self.tensors = {name: weight.detach().clone() for name, weight in self._learning.items()}

    def take(self, step: int) -> None:
        """Take in the weights as they are after a step, counted from 1."""
        import torch

        share = 1 - (1 - 1 / step) ** (POWER + 1)
        means, weights = list(self.tensors.values()), [weight.detach() for weight in self._learning.values()]
        torch._foreach_lerp_(means, weights, share)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from averages that were kept."""
        for name, mean in self.tensors.items():
            mean.copy_(tensors[name])

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Put the averages in the network's weights, and the weights back afterwards."""
        kept = {name: weight.detach().clone() for name, weight in self._learning.items()}
        self._fill(self.tensors)
        try:
            yield
        finally:
            self._fill(kept)

    def settle(self) -> None:
        """Put the averages in the network's weights for good."""
        self._fill(self.tensors)

    def _fill(self, tensors: Mapping[str, Tensor]) -> None:
        for name, weight in self._learning.items():
            weight.detach().copy_(tensors[name])
