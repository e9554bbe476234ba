"""Every weight learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from luodi.registry import register
from luodi.tune.attached import Attached

if TYPE_CHECKING:
    from luodi.models.model import Model


@register("tuner", "full")
@dataclass(frozen=True)
class Full:
    """Lets every weight of encoder and heads learn."""

    learning_rate: ClassVar[float] = 1e-4
    head_learning_rate: ClassVar[float] = 1e-3

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Mark every weight as learning; nothing is fresh, so the seed decides nothing."""
        attached = model.copy()
        attached.network.requires_grad_(True)
        return Attached(attached)
