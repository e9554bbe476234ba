"""Finds the layers of an encoder, whatever its architecture calls them."""

from __future__ import annotations

from typing import Any

from luodi.errors import ModelError
from luodi.language import t


def layers_of(encoder: Any) -> dict[str, Any]:
    """Give the layers from the lowest to the uppermost, each by its name in the encoder; none where it has no list.

    An encoder that uses one layer many times (ALBERT) has none.
    """
    from torch import nn

    wanted = getattr(encoder.config, "num_hidden_layers", None)
    for name, module in encoder.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == wanted:
            return {f"{name}.{place}": layer for place, layer in enumerate(module)}
    return {}


def upper_layers(encoder: Any, n: int | str) -> dict[str, Any]:
    """Give the upper n layers, or all where there are fewer, or for ``"all"``.

    Raises:
        ModelError: the encoder has no list of layers.
    """
    layers = layers_of(encoder)
    if not layers:
        raise ModelError(
            t("the layers of this kind of model cannot be told apart: {kind}", kind=type(encoder).__name__),
            fix=t("take the tuner full, or name another model"),
        )
    wanted = list(layers) if isinstance(n, str) else list(layers)[-n:]
    return {name: layers[name] for name in wanted}
