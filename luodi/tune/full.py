"""Every weight learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.registry import register

if TYPE_CHECKING:
    from luodi.models.model import Model


@register("tuner", "full")
@dataclass(frozen=True)
class Full:
    """Lets every weight of encoder and heads learn."""

    def attach(self, model: Model) -> Model:
        """Mark every weight as learning."""
        attached = model.copy()
        attached.network.requires_grad_(True)
        return attached

    def step(self, model: Model, *, progress: float) -> None:
        """Do nothing: there is nothing beside the weights."""

    def merge(self, model: Model) -> Model:
        """Give the model itself: its weights are plain."""
        return model
