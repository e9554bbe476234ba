"""The heads learn alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from luodi.registry import register
from luodi.tune.attached import Attached

if TYPE_CHECKING:
    from luodi.models.model import Model


@register("tuner", "probe")
@dataclass(frozen=True)
class Probe:
    """Lets the heads learn alone; the encoder is asked about each text once, which takes seconds instead of minutes."""

    learning_rate: ClassVar[float] = 1e-4
    head_learning_rate: ClassVar[float] = 1e-2

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Freeze the encoder; nothing is fresh, so the seed decides nothing."""
        attached = model.copy()
        attached.network.requires_grad_(False)
        attached.network.heads.requires_grad_(True)
        return Attached(attached)
