"""The loss of a student: what its teacher said of the texts, and what their labels say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.compress.teacher import watched
from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import parts
from luodi.tasks import kind_name
from luodi.tune.reuse import ask
from luodi.tune.targets import picked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from luodi.compress.teacher import Said
    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.tasks import Head
    from luodi.tune.plan import Objective
    from luodi.tune.tokens import Tokens


@dataclass(frozen=True)
class Weights:
    """How much each part of a student's loss counts.

    Args:
        temperature: of the soft targets.
        labels: share of the labels' own loss, from 0 to 1; the rest is the teacher's. Texts without a label have the
            teacher alone.
        hidden: how much it counts that layers answer as the teacher's did, beside the rest; 0 leaves it out.
    """

    temperature: float
    labels: float
    hidden: float


def refuse_no_share(stage: str, labels: float) -> None:
    """Refuse a share of the labels' own loss that is none.

    Raises:
        RecipeError: it lies below 0 or above 1.
    """
    if not 0 <= labels <= 1:
        raise RecipeError(t("{stage}: labels = {value} is no share from 0 to 1", stage=stage, value=labels))


def lesson(
    student: Model, rows: Dataset, tokens: Tokens, said: Said, *, weights: Weights, layers: Sequence[Any] = ()
) -> Objective:
    """Make the loss that a student learns by: the mean over its heads, each by its own measure.

    loss = labels * loss of the labels + (1 - labels) * distance of the logits + hidden * distance of the layers

    The distance of the logits is what the head's kind entered under ``softening``; a kind that entered nothing learns
    from its labels alone. Layers are compared by the directions of their pooled vectors.

    Args:
        student: whose network learns.
        rows: the texts, with their labels where they have some.
        tokens: the same texts.
        said: what the teacher said of them.
        weights: of the parts.
        layers: the student's layers, one for each that the teacher was watched at.

    Source: Hinton et al. 2015, arXiv:1503.02531 (soft targets); Sun et al. 2019, arXiv:1908.09355 (layers).
    """
    import torch

    heads = [_Subject(head, place, rows, tokens) for place, head in enumerate(student.task.heads)]

    def loss(network: nn.Module, batch: NDArray[np.int64], ids: Tensor, mask: Tensor) -> Tensor:
        with watched(layers if weights.hidden else ()) as seen:
            logits = ask(network, batch, ids, mask)
        each = [head.loss(logits[str(head.place)], said, batch, weights) for head in heads]
        total = torch.stack(each).mean()
        if seen and said.vectors is not None:
            wanted = torch.from_numpy(np.ascontiguousarray(said.vectors[batch])).to(ids.device)
            each_layer = [student.network.pooled(one, mask).float().reshape(len(batch), -1) for one in seen]
            vectors = torch.stack(each_layer, 1)  # (B, L, H)
            total = total + weights.hidden * _apart(vectors, wanted.view_as(vectors))
        return total

    return loss


def distance_of(head: Head) -> Callable[..., Tensor] | None:
    """Give the function that tells how far a student's logits lie from the teacher's; None: its kind has none."""
    found: Callable[..., Tensor] | None = parts("softening").get(kind_name(head))
    return found


def spoken(table: Tensor, tokens: Tokens, rows: NDArray[np.int64]) -> Tensor:
    """Take the tokens that speak for a word out of logits by token: (B, T, K) -> (N, K)."""
    import torch

    return torch.cat([table[place, tokens.pieces[row].tokens] for place, row in enumerate(rows)])


class _Subject:
    """One head, with the labels of its texts."""

    def __init__(self, head: Head, place: int, rows: Dataset, tokens: Tokens) -> None:
        self.head, self.place, self.tokens = head, place, tokens
        self.targets = head.targets(rows, tokens.pieces)
        self.distance = distance_of(head)

    def loss(self, logits: Tensor, said: Said, batch: NDArray[np.int64], weights: Weights) -> Tensor:
        """Give the loss of a batch: logits (B, [T,] K) -> scalar."""
        share = weights.labels if self.distance else 1.0
        total = logits.sum() * 0.0
        if share:
            total = total + share * self.head.loss(logits, picked(self.targets, batch).to(logits.device))
        if self.distance and share < 1:
            wanted = said.of(self.place, batch).to(logits.device)
            if self.head.by_token:
                logits, wanted = (spoken(one, self.tokens, batch) for one in (logits, wanted))
            total = total + (1 - share) * self.distance(logits, wanted, temperature=weights.temperature)
        return total


def _apart(vectors: Tensor, wanted: Tensor) -> Tensor:
    """Tell how far directions lie apart, squared, averaged over texts and layers: (B, L, H) twice -> scalar."""
    from torch.nn.functional import normalize

    return (normalize(vectors, dim=-1) - normalize(wanted, dim=-1)).square().sum(-1).mean()
