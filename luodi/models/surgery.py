"""Cuts parts out of an encoder: whole layers, heads of the attention, units of the feed-forward; the matrices shrink.

Every cut gives a new model, its weights those of the one given. transformers' config knows one width for all layers:
what is left in each layer stands in the network's ``widths``, and a kept model is built anew from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.errors import ModelError
from luodi.language import t
from luodi.models.blocks import ASKING, blocks_of, inner
from luodi.models.layers import layers_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from luodi.models.blocks import Block
    from luodi.models.model import Model, Network


def without_layers(model: Model, layers: Collection[int]) -> Model:
    """Leave whole layers out.

    Args:
        model: stays as it was.
        layers: their places, the lowest is 0.

    Raises:
        ModelError: none would be left, or the layers of this kind of model are not known.
    """
    from torch import nn

    made = _copied(model)
    network = made.network
    blocks_of(network.encoder)
    names = list(layers_of(network.encoder))
    kept = _left(len(names), layers, what=t("layers"))
    parent_name = names[0].rpartition(".")[0]
    owner_name, _, attribute = parent_name.rpartition(".")
    owner = network.encoder.get_submodule(owner_name)
    old = getattr(owner, attribute)
    setattr(owner, attribute, nn.ModuleList([old[place] for place in kept]))
    network.encoder.config.num_hidden_layers = len(kept)
    for place, block in enumerate(blocks_of(network.encoder)):
        block.attention.layer_idx = place
    moved = {names[place]: names[now] for now, place in enumerate(kept)}
    network.additions = tuple(_moved(network.additions, moved, names))
    if network.widths:
        network.widths = tuple(network.widths[place] for place in kept)
    return made


def without_units(model: Model, units: Mapping[int, Collection[int]]) -> Model:
    """Leave units of the feed-forward out.

    Args:
        model: stays as it was.
        units: for a layer, by its place, the places of the units that go.

    Raises:
        ModelError: a layer would have none left, or the layers of this kind of model are not known.
    """
    made = _copied(model)
    blocks = blocks_of(made.network.encoder)
    for layer, gone in units.items():
        block = blocks[layer]
        _cut_units(block, _left(block.n_units, gone, what=t("feed-forward units")))
    made.network.widths = widths_of(made.network)
    return made


def without_heads(model: Model, heads: Mapping[int, Collection[int]]) -> Model:
    """Leave heads of the attention out; those that stay are as wide as before.

    Args:
        model: stays as it was.
        heads: for a layer, by its place, the places of the heads that go.

    Raises:
        ModelError: a layer would have none left, or the layers of this kind of model are not known.
    """
    made = _copied(model)
    blocks = blocks_of(made.network.encoder)
    for layer, gone in heads.items():
        block = blocks[layer]
        _cut_heads(block, _left(block.n_heads, gone, what=t("attention heads")))
    made.network.widths = widths_of(made.network)
    return made


def widths_of(network: Network) -> tuple[dict[str, int], ...]:
    """Say for each layer how many ``heads`` and ``units`` it has.

    Raises:
        ModelError: the layers of this kind of model are not known.
    """
    return tuple({"heads": block.n_heads, "units": block.n_units} for block in blocks_of(network.encoder))


def narrow(network: Network, widths: Sequence[Mapping[str, int]]) -> None:
    """Make a freshly built network as narrow as a kept one was, in place; its weights are yet to be read."""
    if not widths:
        return
    for block, width in zip(blocks_of(network.encoder), widths, strict=True):
        _cut_heads(block, range(width["heads"]))
        _cut_units(block, range(width["units"]))
    network.widths = tuple(dict(one) for one in widths)


def _copied(model: Model) -> Model:
    return model.copy()


def _left(n: int, gone: Collection[int], *, what: str) -> list[int]:
    """Give the places that stay, of n.

    Raises:
        ModelError: none does, or a place that there is not was named.
    """
    kept = [place for place in range(n) if place not in gone]
    if not kept or any(not 0 <= place < n for place in gone):
        raise ModelError(
            t("some of the {what} must stay: there are {n}", what=what, n=n),
            found=t("to be left out: {places}", places=", ".join(map(str, sorted(gone)[:20]))),
        )
    return kept


def _moved(rows: Sequence[Mapping[str, Any]], moved: Mapping[str, str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Give the rows of what was put behind layers, under the layers' new places; those of layers that went go."""
    found = []
    for row in rows:
        layer = next((name for name in names if row["behind"].startswith(f"{name}.")), None)
        if layer is None:
            found.append(dict(row))
        elif layer in moved:
            found.append({**row, "behind": moved[layer] + row["behind"][len(layer) :]})
    return found


def _cut_units(block: Block, kept: Sequence[int]) -> None:
    _keep_outputs(block.widened, kept)
    _keep_inputs(block.narrowed, kept)


def _cut_heads(block: Block, kept: Sequence[int]) -> None:
    size, attention = block.head_size, block.attention
    rows = [head * size + place for head in kept for place in range(size)]
    for name in ASKING:
        _keep_outputs(getattr(attention, name), rows)
    _keep_inputs(block.attended, rows)
    attention.num_attention_heads, attention.all_head_size = len(kept), len(rows)


def _keep_outputs(layer: Any, rows: Sequence[int]) -> None:
    """Keep some outputs of a linear layer, in place."""
    if len(rows) == layer.out_features:
        return
    layer.weight = _picked(layer.weight, rows, axis=0)
    if layer.bias is not None:
        layer.bias = _picked(layer.bias, rows, axis=0)
    layer.out_features = len(rows)


def _keep_inputs(layer: Any, columns: Sequence[int]) -> None:
    """Keep some inputs of a linear layer, in place; what stands behind it stays."""
    layer = inner(layer)
    if len(columns) == layer.in_features:
        return
    layer.weight = _picked(layer.weight, columns, axis=1)
    layer.in_features = len(columns)


def _picked(weight: Any, places: Sequence[int], *, axis: int) -> Any:
    import torch
    from torch import nn

    index = torch.tensor(list(places), dtype=torch.long, device=weight.device)
    picked = weight.detach().index_select(axis, index).clone()
    return nn.Parameter(picked, requires_grad=weight.requires_grad)
