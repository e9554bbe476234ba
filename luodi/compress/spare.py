"""Finds the layers of a teacher that can be spared."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.compress.lesson import distance_of, spoken
from luodi.data.batches import token_batches
from luodi.language import t
from luodi.models.layers import layers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from luodi.models.model import Model
    from luodi.progress import Progress
    from luodi.tune.tokens import Tokens

_BATCH_TOKENS = 8192


@dataclass(frozen=True)
class Spared:
    """Which layers stay, and what it cost to leave the others out.

    Args:
        kept: places of those that stay, rising.
        left_out: the others, in the order in which they went: ``layer``, and ``distance``, how far the answers lay
            from the teacher's then (before any training).
    """

    kept: tuple[int, ...]
    left_out: tuple[dict[str, float], ...]


def spare(teacher: Model, tokens: Tokens, *, n_kept: int, progress: Progress) -> Spared:
    """Leave layers out one by one, each time the one that moves the teacher's answers least.

    How far answers moved is what the heads' kinds entered under ``softening`` say, at a temperature of 1. Nothing is
    trained between.

    Args:
        teacher: left as it was.
        tokens: some texts.
        n_kept: how many layers stay.
        progress: who is told.
    """
    model = teacher.copy()
    model.network.to(runtime.torch_device()).eval()
    layers = list(layers_of(model.network.encoder).values())
    kept, left_out = list(range(len(layers))), []
    wanted = _answers(model, tokens)
    n_looks = sum(range(n_kept + 1, len(layers) + 1))
    with progress.work(t("choosing layers"), total=n_looks, unit=t("looks")) as bar:
        while len(kept) > n_kept:
            costs = {}
            for place in kept:
                gone = [layer for other, layer in enumerate(layers) if other not in kept or other == place]
                with _skipping(gone):
                    costs[place] = _distance(model, _answers(model, tokens), wanted)
                bar.advance()
            least = min(costs, key=lambda place: costs[place])
            kept.remove(least)
            left_out.append({"layer": least, "distance": round(costs[least], 5)})
    return Spared(tuple(kept), tuple(left_out))


@contextmanager
def _skipping(layers: Sequence[Any]) -> Iterator[None]:
    """Let some layers give what they are given."""
    for layer in layers:
        layer.forward = _pass
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _pass(hidden: Tensor, *_: Any, **__: Any) -> Tensor:
    return hidden


def _answers(model: Model, tokens: Tokens) -> list[Tensor]:
    """Give each head's logits of all texts, a row for each text or each word: (N, n_outputs)."""
    import torch

    device = runtime.torch_device()
    made: list[list[Tensor]] = [[] for _ in model.task.heads]
    with torch.inference_mode():
        for rows in token_batches(tokens.lengths, max_tokens=_BATCH_TOKENS):
            ids, mask = tokens.batch(rows, pad_id=model.pad_id)
            logits = model.network(ids.to(device), mask.to(device))
            for place, head in enumerate(model.task.heads):
                table = logits[str(place)]
                made[place].append(spoken(table, tokens, rows) if head.by_token else table)
    return [torch.cat(one) for one in made]


def _distance(model: Model, said: Sequence[Tensor], wanted: Sequence[Tensor]) -> float:
    """Average over the heads how far answers lie from those wanted; heads that cannot tell have no say."""
    each = [
        float(measure(one, goal, temperature=1.0))
        for head, one, goal in zip(model.task.heads, said, wanted, strict=True)
        if (measure := distance_of(head)) is not None
    ]
    return float(np.mean(each)) if each else 0.0
