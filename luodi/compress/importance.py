"""How much the loss depends on each head of the attention, and on each unit of the feed-forward."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.data.batches import token_batches
from luodi.language import t
from luodi.models.blocks import blocks_of
from luodi.progress import Silent
from luodi.tune.targets import picked
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data import Dataset
    from luodi.models.blocks import Block
    from luodi.models.model import Model
    from luodi.progress import Progress

_BATCH_TOKENS = 4096


@dataclass(frozen=True)
class Importance:
    """How much the loss depends on the parts of each layer.

    Args:
        heads: for each layer a number for each head, (n_heads,).
        units: for each layer a number for each unit of the feed-forward, (n_units,).
    """

    heads: Sequence[NDArray[np.float64]]
    units: Sequence[NDArray[np.float64]]


def importance(model: Model, data: Dataset, *, progress: Progress | None = None) -> Importance:
    """Measure how much the loss on some labelled rows depends on each part.

    I = mean over the texts of |d loss / d gate|, with a gate of 1 on what the part gives: to first order, how much
    the loss of a text changes without it.

    Args:
        model: left as it was.
        data: rows with labels; some hundred are enough.
        progress: who is told.

    Raises:
        ModelError: the layers of this kind of encoder are not known.

    Source: Michel et al. 2019, arXiv:1905.10650, eq. 2 (heads; units here the same way).
    """
    progress = progress or Silent()
    device = runtime.torch_device()
    model = model.copy()
    network = model.network.to(device).eval().requires_grad_(False)
    blocks = blocks_of(network.encoder)
    tokens = tokenize(model, data.texts, progress=Silent())
    targets = [head.targets(data, tokens.pieces) for head in model.task.heads]
    heads = [np.zeros(block.n_heads) for block in blocks]
    units = [np.zeros(block.n_units) for block in blocks]
    with progress.work(t("weighing heads and units"), total=len(data), unit=t("texts")) as bar:
        for rows in token_batches(tokens.lengths, max_tokens=_BATCH_TOKENS):
            ids, mask = (one.to(device) for one in tokens.batch(rows, pad_id=model.pad_id))
            with _gates(blocks) as gates:
                logits = network(ids, mask)
                loss: Any = 0.0
                for place, head in enumerate(model.task.heads):
                    loss = loss + head.loss(logits[str(place)], picked(targets[place], rows).to(device))
                (loss * len(rows)).backward()
            for sums, one in zip((*heads, *units), gates, strict=True):
                sums += one.grad.abs().sum(0).double().cpu().numpy() / len(data)
            bar.advance(len(rows))
    return Importance(heads, units)


@contextmanager
def _gates(blocks: Sequence[Block]) -> Iterator[list[Any]]:
    """Put a gate of 1 for each text before what mixes heads, and before what mixes units: first all heads', (B, n)."""
    import torch

    places = [
        *[(block.attended, block.n_heads) for block in blocks],
        *[(block.narrowed, block.n_units) for block in blocks],
    ]
    gates: list[Any] = [None] * len(places)

    def gated(number: int, n: int) -> Any:
        def pass_on(_: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            values = given[0]  # (B, T, n * size)
            gates[number] = torch.ones(len(values), n, device=values.device, requires_grad=True)
            return (
                (values.reshape(*values.shape[:-1], n, -1) * gates[number][:, None, :, None]).flatten(-2),
                *given[1:],
            )

        return pass_on

    hooks = [module.register_forward_pre_hook(gated(number, n)) for number, (module, n) in enumerate(places)]
    try:
        yield gates
    finally:
        for hook in hooks:
            hook.remove()
