"""Bottlenecks put into each layer learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from luodi.errors import ModelError
from luodi.language import t
from luodi.models.layers import upper_layers
from luodi.registry import register
from luodi.tune.attached import Attached
from luodi.tune.bounds import refuse_wrong

if TYPE_CHECKING:
    from luodi.models.model import Model

#: What an architecture calls the last linear layer of attention, and of the feed-forward, within a layer.
_ATTENTION = ("attention.output.dense", "attention.out_lin", "attention.attn.o", "attn.Wo")
_FEED_FORWARD = ("output.dense", "ffn.lin2", "mlp.Wo")


@register("tuner", "adapter")
@dataclass(frozen=True)
class Adapter:
    """Lets bottlenecks behind attention and feed-forward learn, and the norms and heads; they stay in the model.

    Bottlenecks are no linear maps: they cannot be folded in, and are kept and exported with the model.

    Source: Houlsby et al. 2019, arXiv:1902.00751.

    Args:
        size: of each bottleneck.
        layers: only the upper so many layers get bottlenecks, the lower ones are computed once; ``all`` gives each one.
    """

    learning_rate: ClassVar[float] = 2e-3
    head_learning_rate: ClassVar[float] = 1e-2

    size: int = 48
    layers: int | Literal["all"] = "all"

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(self, "adapter", {"size": "count", "layers": "count"})

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Put in bottlenecks that change nothing yet.

        Raises:
            ModelError: it is not known where in this kind of encoder they belong.
        """
        import torch
        from torch import nn

        from luodi.models.additions import put

        attached = model.copy()
        network = attached.network
        network.requires_grad_(False)
        generator = torch.Generator().manual_seed(seed)
        for name, layer in upper_layers(network.encoder, self.layers).items():
            for site in (_site(layer, _ATTENTION), _site(layer, _FEED_FORWARD)):
                made: Any = put(network, {"behind": f"{name}.{site}", "use": "bottleneck", "size": self.size})
                made.reset(generator)
                made.requires_grad_(True)
            for part in layer.modules():
                if isinstance(part, nn.LayerNorm | nn.RMSNorm):
                    part.requires_grad_(True)
        network.heads.requires_grad_(True)
        return Attached(attached)


def _site(layer: Any, names: tuple[str, ...]) -> str:
    """Find which of the names a layer knows.

    Raises:
        ModelError: none.
    """
    known = {name for name, _ in layer.named_modules()}
    for name in names:
        if name in known:
            return name
    raise ModelError(
        t("it is not known where bottlenecks belong in this kind of model: {kind}", kind=type(layer).__name__),
        fix=t("take the tuner lora or full, or name another model"),
    )
