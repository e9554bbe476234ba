"""Which weights learn: the protocol that every way of tuning keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from luodi.models.model import Model


class Tuner(Protocol):
    """A frozen dataclass entered under the kind ``tuner``."""

    def attach(self, model: Model) -> Model:
        """Give a model whose ``requires_grad`` marks the weights that learn; its logits are those of the one given."""

    def step(self, model: Model, *, progress: float) -> None:
        """Do what the method does after an optimizer step; ``progress`` runs from 0 to 1."""

    def merge(self, model: Model) -> Model:
        """Fold everything learned into plain weights: the same logits, nothing extra to serve."""
