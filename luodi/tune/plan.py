"""What a training loop is handed: the numbers, and the places where methods differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from luodi.tune.tokens import Tokens

    #: (network, places of the batch's texts, ids (B, T), mask (B, T)) -> mean loss of the texts, a scalar
    Objective = Callable[[nn.Module, NDArray[np.int64], Tensor, Tensor], Tensor]
    #: the same of a batch -> for each head logits (B, n_outputs)
    Answer = Callable[[nn.Module, NDArray[np.int64], Tensor, Tensor], dict[str, Tensor]]


@dataclass(frozen=True)
class Plan:
    """The numbers of one training; see ``Finetune`` for what each means.

    With no evaluations the last weights are the result. ``averages``: what is evaluated and kept is the average of the
    weights over about the last ninth of the steps done, not the weights of one step.
    """

    epochs: int
    learning_rate: float
    head_learning_rate: float
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    batch_tokens: int = 4096
    batch_texts: int = 32
    evaluations_per_epoch: int = 1
    patience: int = 3
    bf16: bool = False
    averages: bool = False
    seed: int = 7


@dataclass(frozen=True)
class Work:
    """What is trained on what.

    Args:
        network: the weights, those that learn marked by ``requires_grad``.
        tokens: the training texts.
        pad_id: fills batches up.
        objective: the loss of a batch; ``rows`` tells it which texts, so that it can look up labels, or what a
            teacher said of them. It calls the network once.
        evaluate: how good the network is now; more is better. It is called in eval mode.
        after_step: called after each optimizer step, the gradients still there, with the number of steps done and of
            all planned (counted in the first pass; later ones may differ by a few).
        fingerprint: of everything that decides the result; a checkpoint of another one is not taken up.
    """

    network: nn.Module
    tokens: Tokens
    pad_id: int
    objective: Objective
    evaluate: Callable[[nn.Module], float]
    after_step: Callable[[int, int], None]
    fingerprint: str
