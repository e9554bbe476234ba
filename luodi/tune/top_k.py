"""The upper layers learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from luodi.models.layers import upper_layers
from luodi.registry import register
from luodi.tune.attached import Attached
from luodi.tune.bounds import refuse_wrong

if TYPE_CHECKING:
    from luodi.models.model import Model


@register("tuner", "top_k")
@dataclass(frozen=True)
class TopK:
    """Lets the upper layers and the heads learn; what the lower ones make of each text is computed once and kept.

    Source: Liu et al. 2021, arXiv:2102.01386 (caching what frozen layers answer).

    Args:
        layers: how many learn, counted from above; all of them where the encoder has fewer.
    """

    learning_rate: ClassVar[float] = 1e-4
    head_learning_rate: ClassVar[float] = 1e-3

    layers: int = 3

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(self, "top_k", {"layers": "count"})

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Freeze all but the upper layers and the heads; nothing is fresh, so the seed decides nothing.

        Raises:
            ModelError: the layers of this kind of encoder cannot be told apart.
        """
        attached = model.copy()
        attached.network.requires_grad_(False)
        for layer in upper_layers(attached.network.encoder, self.layers).values():
            layer.requires_grad_(True)
        attached.network.heads.requires_grad_(True)
        return Attached(attached)
