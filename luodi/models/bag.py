"""An encoder without layers: a vector for each piece, and one for each hashed pair of neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

if TYPE_CHECKING:
    from torch import Tensor

#: bucket = ((a * left + b * right) mod prime) mod n: one of a family of which few pairs collide. Products of these and
#: of any vocabulary's numbers stay far inside 63 bits.
#: Source: Carter and Wegman 1979, Journal of Computer and System Sciences 18, proposition 7.
_LEFT, _RIGHT, _PRIME = 1_566_083_941, 1_812_433_253, 2_147_483_647


class BagConfig(PreTrainedConfig):  # type: ignore[misc]  # transformers is not typed
    """Says how large the tables of a bag are.

    Args:
        vocab_size: pieces.
        hidden_size: numbers in a vector.
        n_pairs: buckets that pairs share; 0 for none.
        pad_token_id: the piece that fills batches up.
    """

    model_type = "luodi_bag"

    vocab_size: int = 0
    hidden_size: int = 128
    n_pairs: int = 1 << 15
    pad_token_id: int = 0
    num_hidden_layers: int = 0


class BagEncoder(PreTrainedModel):  # type: ignore[misc]  # transformers is not typed
    """Looks vectors up and adds them: state of token t = piece[t] + pair[hash(t, t + 1)].

    Its mean over a text is that of the pieces and pairs in it. A text costs a few look-ups for each token, no product
    of matrices, and there are no positions: it may be of any length.

    ``keys`` is the number by which each piece is hashed, (V,): a vocabulary that is cut keeps its pairs.

    Source: Joulin et al. 2016, arXiv:1607.01759, section 2.2 (hashed pairs).
    """

    config_class = BagConfig
    #: Tables of which a vocabulary's pieces have a row each, besides the embedding.
    by_piece: ClassVar[tuple[str, ...]] = ("keys",)

    def __init__(self, config: BagConfig) -> None:
        super().__init__(config)
        self.pieces = _zeros(config.vocab_size, config.hidden_size)
        self.pairs = _zeros(config.n_pairs, config.hidden_size) if config.n_pairs else None
        self.register_buffer("keys", torch.arange(config.vocab_size))

    def get_input_embeddings(self) -> nn.Module:
        """Give the table of pieces."""
        return self.pieces

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        """Put another table of pieces in its place."""
        self.pieces = value

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **_: Any) -> BaseModelOutput:
        """Give a state for each token: ids and mask (B, T) -> (B, T, H)."""
        states = self.pieces(input_ids)
        if self.pairs is not None:
            following = nn.functional.pad(attention_mask[:, 1:], (0, 1))  # (B, T): 0 behind the last token
            states = states + self.pairs(self.buckets(input_ids)) * following.unsqueeze(-1).to(states.dtype)
        return BaseModelOutput(last_hidden_state=states)

    def buckets(self, input_ids: Tensor) -> Tensor:
        """Hash each token with the one behind it: ids (B, T) -> places in the table of pairs (B, T).

        What the last token of a text is hashed with means nothing: the mask takes it out.
        """
        keys = nn.functional.embedding(input_ids, self.keys.unsqueeze(1)).squeeze(2)
        behind = nn.functional.pad(keys[:, 1:], (0, 1))
        buckets: Tensor = (keys * _LEFT + behind * _RIGHT) % _PRIME % self.config.n_pairs
        return buckets


def _zeros(n: int, width: int) -> nn.Embedding:
    """Make a table without drawing random numbers."""
    table = nn.Embedding(n, width, device="meta").to_empty(device="cpu")
    nn.init.zeros_(table.weight)
    return table


def enrol() -> None:
    """Make transformers know the bag as it knows its own encoders, so that whatever builds one can build the other."""
    AutoConfig.register(BagConfig.model_type, BagConfig, exist_ok=True)
    AutoModel.register(BagConfig, BagEncoder, exist_ok=True)
