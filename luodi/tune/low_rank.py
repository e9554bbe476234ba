"""Low-rank updates of linear layers: put in place through peft, folded into plain weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.models.layers import upper_layers
from luodi.runtime import need

if TYPE_CHECKING:
    from luodi.models.model import Model


def linear_sites(encoder: Any, layers: int | str) -> list[str]:
    """Name every linear layer of the upper so many layers, or of the whole encoder.

    Raises:
        ModelError: the layers of this kind of encoder cannot be told apart.
    """
    from torch import nn

    inside = ("",) if isinstance(layers, str) else tuple(f"{name}." for name in upper_layers(encoder, layers))
    return [name for name, one in encoder.named_modules() if isinstance(one, nn.Linear) and name.startswith(inside)]


def inject(model: Model, config: Any, *, seed: int) -> Model:
    """Give a copy with updates as a configuration of peft says; they and the heads learn, nothing else.

    Raises:
        MissingExtra: peft is not installed.
    """
    import torch

    attached = model.copy()
    network = attached.network
    network.requires_grad_(False)
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        need("peft", extra="train").inject_adapter_in_model(config, network.encoder)
    network.heads.requires_grad_(True)
    return attached


def fold(model: Model) -> Model:
    """Give a copy whose updates are folded into the weights that they were learned for.

    W' = W + scale * B @ A

    Source: Hu et al. 2021, arXiv:2106.09685, section 4.1.
    """
    layer_type = need("peft.tuners.tuners_utils", extra="train").BaseTunerLayer
    folded = model.copy()
    encoder = folded.network.encoder
    for name, layer in list(encoder.named_modules()):
        if isinstance(layer, layer_type):
            layer.merge()
            parent, _, last = name.rpartition(".")
            setattr(encoder.get_submodule(parent), last, layer.get_base_layer())
    del encoder.peft_config
    return folded
