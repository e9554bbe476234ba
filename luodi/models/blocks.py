"""Finds the parts that an encoder's layers are built of: attention, and the feed-forward behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luodi.errors import ModelError
from luodi.language import t
from luodi.models.layers import layers_of

#: Where BERT and its kin (RoBERTa, XLM-R, ELECTRA, CamemBERT, ERNIE) keep them in a layer.
_ATTENTION, _ATTENDED, _WIDENED, _NARROWED = (
    "attention.self", "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip
#: The layers of attention whose rows are divided among the heads.
ASKING = ("query", "key", "value")


def inner(module: Any) -> Any:
    """Give the layer that stood there before anything was put behind it."""
    from luodi.models.additions import innermost  # it needs torch, and stages are listed without

    return innermost(module)


@dataclass(frozen=True)
class Block:
    """One layer of an encoder, taken apart; the modules are the encoder's own.

    Args:
        attention: holds ``query``, ``key`` and ``value``, H -> n_heads * head_size.
        attended: mixes what the heads saw, n_heads * head_size -> H; its input is cut by heads.
        widened: the feed-forward's way up, H -> n_units.
        narrowed: and down, n_units -> H; its input is cut by units.
    """

    attention: Any
    attended: Any
    widened: Any
    narrowed: Any

    @property
    def head_size(self) -> int:
        """Give the outputs of one head."""
        return int(self.attention.attention_head_size)

    @property
    def n_heads(self) -> int:
        """Count the heads."""
        return int(inner(self.attended).in_features) // self.head_size

    @property
    def n_units(self) -> int:
        """Count the units of the feed-forward."""
        return int(inner(self.narrowed).in_features)


def blocks_of(encoder: Any) -> list[Block]:
    """Take every layer apart, from the lowest to the uppermost.

    Raises:
        ModelError: the layers are built otherwise than BERT's.
    """
    layers = layers_of(encoder)
    found = [_block(layer) for layer in layers.values()]
    blocks = [one for one in found if one is not None]
    if not layers or len(blocks) < len(found):
        raise ModelError(
            t("it is not known how the layers of this kind of model are cut: {kind}", kind=type(encoder).__name__),
            fix=t("name a model of the kind BERT, RoBERTa or XLM-R, or leave the stage out"),
        )
    return blocks


def _block(layer: Any) -> Block | None:
    """Take a layer apart; None where it is built otherwise."""
    from torch import nn

    known = dict(layer.named_modules())
    attention = known.get(_ATTENTION)
    found: list[Any] = [known.get(name) for name in (_ATTENDED, _WIDENED, _NARROWED)]
    attended, widened, narrowed = found
    asking: list[Any] = [getattr(attention, name, None) for name in ASKING]
    linear = (inner(attended), inner(narrowed), widened, *asking)
    if not all(isinstance(one, nn.Linear) for one in linear) or not hasattr(attention, "attention_head_size"):
        return None
    block = Block(attention, attended, widened, narrowed)
    is_whole = all(one.out_features == block.n_heads * block.head_size for one in asking)
    return block if is_whole and widened.out_features == block.n_units else None
