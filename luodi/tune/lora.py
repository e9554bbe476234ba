"""A low-rank update of each linear layer learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from luodi.registry import register
from luodi.runtime import need
from luodi.tune.attached import Attached
from luodi.tune.bounds import refuse_wrong
from luodi.tune.low_rank import fold, inject, linear_sites

if TYPE_CHECKING:
    from luodi.models.model import Model


@register("tuner", "lora")
@dataclass(frozen=True)
class Lora:
    """Lets a low-rank update of each linear layer learn, and the heads; it is folded into the weights afterwards.

    Source: Hu et al. 2021, arXiv:2106.09685, through peft.

    Args:
        rank: of each update; more learns more.
        alpha: strength; the update counts alpha / rank times.
        update_dropout: share of an update's input dropped while training.
        layers: only the upper so many layers get updates, the lower ones are computed once; ``all`` gives every one.
    """

    learning_rate: ClassVar[float] = 2e-3
    head_learning_rate: ClassVar[float] = 1e-2

    rank: int = 8
    alpha: float = 16.0
    update_dropout: float = 0.0
    layers: int | Literal["all"] = "all"

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(
            self, "lora", {"rank": "count", "alpha": "above zero", "update_dropout": "share", "layers": "count"}
        )

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Put an update beside each linear layer; it starts at zero.

        Raises:
            MissingExtra: peft is not installed.
            ModelError: the layers of this kind of encoder cannot be told apart.
        """
        config = need("peft", extra="train").LoraConfig(
            r=self.rank, lora_alpha=self.alpha, lora_dropout=self.update_dropout,
            target_modules=linear_sites(model.network.encoder, self.layers),
        )  # fmt: skip
        return Attached(inject(model, config, seed=seed), merge=fold)
