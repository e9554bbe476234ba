"""Which weights learn: the protocol that every way of tuning keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from luodi.models.model import Model


class Tuner(Protocol):
    """A frozen dataclass entered under the kind ``tuner``; each is one file of this folder.

    It keeps nothing of its own between calls: whatever must outlive a step stands in the network, as a weight or a
    buffer, so that checkpoints hold it.

    ``learning_rate`` and ``head_learning_rate`` are what suits those weights of encoder and heads that learn, at its
    height.
    """

    learning_rate: ClassVar[float]
    head_learning_rate: ClassVar[float]

    def attach(self, model: Model, *, seed: int) -> Model:
        """Give a model whose ``requires_grad`` marks the weights that learn; its logits are those of the one given.

        The seed decides what fresh weights start from.
        """

    def penalty(self, model: Model) -> Tensor | None:
        """Give what is added to the loss of a batch, a scalar; None adds nothing."""

    def step(self, model: Model, *, n_done: int, n_steps: int) -> None:
        """Do what the method does after an optimizer step, its gradients still there.

        ``n_done`` counts the steps, this one too; ``n_steps`` are planned in all.
        """

    def merge(self, model: Model) -> Model:
        """Give a model of plain modules with the same logits, nothing in it that only a training needs."""
