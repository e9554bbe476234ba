"""A pretrained encoder with its heads and its tokenizer: what stages take and give back."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tokenizers import Tokenizer
    from torch import Tensor

    from luodi.tasks.task import Task


class Network(nn.Module):
    """An encoder, a pooling and one linear layer for each head: one pass answers all heads.

    Args:
        encoder: a transformers encoder; its output has ``last_hidden_state``, (B, T, H).
        heads: for each head its layer, H -> n_outputs.
        by_token: the heads whose layer sits on every token, not on the pooled vector.
        pooling: ``mean`` over the tokens that are no padding, or ``cls``: the first token.
        dropout: share of what the heads are given dropped while training.

    ``additions`` lists the modules put into the encoder since: see ``luodi.models.additions``. ``widths`` says for each
    layer what was left of it, where parts were cut out: see ``luodi.models.surgery``.
    """

    def __init__(
        self, encoder: nn.Module, heads: nn.ModuleDict, *, by_token: Collection[str] = (), pooling: str = "mean",
        dropout: float = 0.1,
    ) -> None:  # fmt: skip
        super().__init__()
        self.encoder: Any = encoder
        self.heads = heads
        self.by_token = frozenset(by_token)
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        self.additions: tuple[dict[str, Any], ...] = ()
        self.widths: tuple[dict[str, int], ...] = ()

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Answer a batch: ids and mask (B, T) -> for each head logits (B, n_outputs), by token (B, T, n_outputs)."""
        if not self.by_token:
            pooled = self.dropout(self.pool(input_ids, attention_mask))
            return {name: head(pooled) for name, head in self.heads.items()}
        hidden = self.states(input_ids, attention_mask)
        pooled, each = self.dropout(self.pooled(hidden, attention_mask)), self.dropout(hidden)
        return {name: head(each if name in self.by_token else pooled) for name, head in self.heads.items()}

    def pool(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Give one vector a text: ids and mask (B, T) -> (B, H)."""
        return self.pooled(self.states(input_ids, attention_mask), attention_mask)

    def states(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Give one vector a token: ids and mask (B, T) -> (B, T, H)."""
        hidden: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden

    def pooled(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Make one vector a text of those of its tokens: (B, T, H), (B, T) -> (B, H)."""
        return hidden[:, 0] if self.pooling == "cls" else masked_mean(hidden, mask)


def masked_mean(hidden: Tensor, mask: Tensor) -> Tensor:
    """Average over the tokens that the mask keeps: (B, T, H), (B, T) -> (B, H)."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)  # (B, T, 1)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1.0)


@dataclass(frozen=True)
class Model:
    """A network, the tokenizer that feeds it, the task that it answers, and how it came about.

    A stage never changes the model that it was given: it works on ``copy()``.

    Args:
        network: encoder and heads; a head layer's key is the head's place in the task ("0", "1" ...).
        tokenizer: without padding and truncation set; both are the caller's.
        task: the heads, in the order of the network's head layers.
        max_tokens: longer texts are cut here, specials included.
        pad_id: the id that fills a batch up.
        provenance: a row for the source and for each stage since: ``use``, its fields, seconds, parameters, findings.
        findings: what the stage that is at work wants noted in its row.
    """

    network: Network
    tokenizer: Tokenizer
    task: Task
    max_tokens: int
    pad_id: int
    provenance: tuple[dict[str, Any], ...] = ()
    findings: Mapping[str, Any] = field(default_factory=dict)

    def copy(self) -> Model:
        """Give a model that shares nothing mutable with this one."""
        return replace(self, network=copy.deepcopy(self.network), tokenizer=self.copy_tokenizer())

    def copy_tokenizer(self) -> Tokenizer:
        """Give a tokenizer of one's own, to set truncation on."""
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.tokenizer.to_str())

    def found(self, **findings: Any) -> Model:
        """Give the same model with something more for the row of the stage that made it."""
        return replace(self, findings={**self.findings, **findings})

    def noted(self, row: dict[str, Any]) -> Model:
        """Give the same model with one more row in its provenance, the findings in it."""
        return replace(self, provenance=(*self.provenance, {**row, **self.findings}), findings={})

    @property
    def n_parameters(self) -> int:
        """Count the weights."""
        return sum(p.numel() for p in self.network.parameters())

    @property
    def n_pieces(self) -> int:
        """Count the vocabulary."""
        return int(self.tokenizer.get_vocab_size())
