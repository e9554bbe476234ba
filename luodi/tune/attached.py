"""What a tuner makes of a model: weights ready to learn, with what else its method does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from luodi.models.model import Model


class Step(Protocol):
    """What a method does after an optimizer step, its gradients still there."""

    def __call__(self, model: Model, *, n_done: int, n_steps: int) -> None:
        """Do it; ``n_done`` counts the steps, this one too, ``n_steps`` are planned in all."""


def no_penalty(model: Model) -> float:
    """Add nothing."""
    return 0.0


def no_step(model: Model, *, n_done: int, n_steps: int) -> None:
    """Leave it at the optimizer's step."""


def as_it_is(model: Model) -> Model:
    """Give the model itself: it is plain."""
    return model


@dataclass(frozen=True)
class Attached:
    """A model to tune, and what its method does beside letting weights learn: nothing, where nothing is said.

    The functions are handed the model and keep nothing of their own: whatever must outlive a step stands in the
    network, as a weight or a buffer, so that checkpoints hold it.

    Args:
        model: its ``requires_grad`` marks the weights that learn.
        penalty: gives what is added to the loss of a batch, a scalar.
        step: is called after each optimizer step.
        merge: gives a model of plain modules with the same logits, nothing in it that only a training needs.
    """

    model: Model
    penalty: Callable[[Model], Tensor | float] = no_penalty
    step: Step = no_step
    merge: Callable[[Model], Model] = as_it_is
