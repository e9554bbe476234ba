"""Modules put into an encoder for good, each noted in a row, so that a kept model is built anew from its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Generator, Tensor

    from luodi.models.model import Network

#: Spread of the weights down to a bottleneck; those up start at zero, so that nothing changes before training.
_STD = 0.02


class Bottleneck(nn.Module):
    """A narrow detour beside the straight way.

    y = x + up(gelu(down(x)))

    Source: Houlsby et al. 2019, arXiv:1902.00751, section 2.1.

    Args:
        width: of what passes, H.
        size: of the narrow place.
    """

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        # On "meta" nothing is drawn: the weights come from ``reset``, or are read.
        self.down = nn.Linear(width, size, device="meta").to_empty(device="cpu")
        self.up = nn.Linear(size, width, device="meta").to_empty(device="cpu")

    def forward(self, x: Tensor) -> Tensor:
        """Give what came, changed a little: (..., H) -> (..., H)."""
        changed: Tensor = x + self.up(nn.functional.gelu(self.down(x)))
        return changed

    def reset(self, generator: Generator) -> None:
        """Start anew as what changes nothing."""
        nn.init.normal_(self.down.weight, std=_STD, generator=generator)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.bias)


class Behind(nn.Module):
    """A linear layer with something behind it.

    Args:
        base: what stood there.
        addition: what its output passes now.
    """

    def __init__(self, base: nn.Module, addition: nn.Module) -> None:
        super().__init__()
        self.base, self.addition = base, addition

    def forward(self, x: Tensor) -> Tensor:
        """Pass both: (..., in) -> (..., H)."""
        passed: Tensor = self.addition(self.base(x))
        return passed


def _bottleneck(base: Any, row: Mapping[str, Any]) -> tuple[nn.Module, nn.Module]:
    """Leave a linear layer as it is, with a narrow detour behind it."""
    return base, Bottleneck(innermost(base).weight.shape[0], row["size"])


def _factors(base: Any, row: Mapping[str, Any]) -> tuple[nn.Module, nn.Module]:
    """Put a table of narrow vectors in the place of an embedding, with a matrix behind it that widens them."""
    size, width = row["size"], base.embedding_dim
    table = nn.Embedding(base.num_embeddings, size, padding_idx=base.padding_idx, device="meta")
    wider = nn.Linear(size, width, bias=False, device="meta")
    return table.to_empty(device="cpu"), wider.to_empty(device="cpu")


#: What can be put behind a layer: the name in a row -> how what stands there then, and what stands behind, are made.
_KINDS = {"bottleneck": _bottleneck, "factors": _factors}


def put(network: Network, row: Mapping[str, Any]) -> nn.Module:
    """Put a module behind a layer of the encoder, and note it in the network's ``additions``.

    Args:
        network: changed in place; a layer that has something behind it already gets more.
        row: ``behind`` which layer, by its dotted name in the encoder; ``use``, a kind; and what the kind needs.

    Returns:
        The new module, its weights not yet set; of ``factors`` those of the table before it neither.
    """
    parent_name, _, name = row["behind"].rpartition(".")
    parent = network.encoder.get_submodule(parent_name)
    base = getattr(parent, name)
    weight = innermost(base).weight
    stays, addition = (one.to(dtype=weight.dtype, device=weight.device) for one in _KINDS[row["use"]](base, row))
    setattr(parent, name, Behind(stays, addition))
    network.additions = (*network.additions, dict(row))
    return addition


def innermost(module: Any) -> Any:
    """Give the layer that stood there before anything was put behind it."""
    while isinstance(module, Behind):
        module = module.base
    return module
