"""Factorises the word embedding: a table of narrow vectors, and one matrix that widens them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.compress.student import kept_of
from luodi.errors import ModelError, RecipeError
from luodi.language import t
from luodi.models.stage import Run
from luodi.progress import Silent
from luodi.registry import register
from luodi.tune.bounds import refuse_wrong
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luodi.data import Dataset
    from luodi.models.model import Model, Network

#: Pieces that never occur count as if they occurred this often.
_UNSEEN = 0.5


@register("stage", "factorise")
@dataclass(frozen=True)
class Factorise:
    """Writes the word embedding as a narrow table and a matrix that widens it; ``finetune`` or ``distill`` comes after.

    E (V x H) becomes A (V x r) times B (r x H), the nearest that there is where pieces count by how often they stand
    in the texts: B holds the r directions in which the vectors so weighted lie furthest apart, and A = E B^T. What
    the model answers changes a little; a training afterwards makes up for it, and both A and B learn in it.

    Args:
        rank: r, numbers in a narrow vector: a whole number is a count, a fraction a share of the model's width.

    Source: Lan et al. 2019, arXiv:1909.11942, section 3.1 (the factors); Chen et al. 2018, arXiv:1806.06950, section
    3.2 (pieces weighted by frequency).
    """

    learns: ClassVar[bool] = True

    rank: int | float = 0.5

    def __post_init__(self) -> None:
        """Refuse a rank that means nothing.

        Raises:
            RecipeError: it is named.
        """
        refuse_wrong(self, "factorise", {"rank": "above zero"})

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a model with a narrower table; the one given stays as it was.

        Raises:
            RecipeError: the rank is not less than what the table has.
            ModelError: the table is factorised already, or is no plain one.
        """
        run = run or Run()
        name, table = _table_of(model)
        rank = kept_of(self.rank, table.embedding_dim)
        if rank * (table.num_embeddings + table.embedding_dim) >= table.weight.numel():
            raise RecipeError(
                t("factorise: rank = {rank} makes nothing narrower", rank=self.rank),
                found=t("{n} numbers in a vector of this model", n=table.embedding_dim),
                fix=t("a smaller rank: a third of the model's width is usual"),
            )
        counts = np.bincount(tokenize(model, train.texts, progress=Silent()).ids, minlength=table.num_embeddings)
        narrow, wide, left_out = factors(
            table.weight.detach().float().cpu().numpy(), weights=counts + _UNSEEN, rank=rank
        )
        made = replace(model, network=_with_factors(model, name, narrow, wide))
        run.progress.note(
            t("word embedding: {before:,} weights written as {after:,}; {lost:.1%} of its squares is lost",
              before=table.weight.numel(), after=narrow.size + wide.size, lost=left_out)
        )  # fmt: skip
        return made.found(rank=rank, left_out=round(left_out, 4))


def factors(
    matrix: NDArray[np.float32], *, weights: NDArray[np.floating], rank: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Find the two factors whose product is nearest to a matrix, its rows counting by their weights.

    Args:
        matrix: (V, H).
        weights: of the rows, (V,), above zero.
        rank: r, at most H.

    Returns:
        The factors, (V, r) and (r, H), and the weighted share of the squares that they leave out, 0 to 1.

    >>> narrow, wide, left_out = factors(np.diag([3.0, 2.0, 1.0]).astype(np.float32), weights=np.ones(3), rank=2)
    >>> (narrow @ wide).round(3).tolist(), round(left_out, 3)
    ([[3.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]], 0.071)
    """
    rows = matrix.astype(np.float64)
    values, directions = np.linalg.eigh(rows.T * weights @ rows)  # rising
    wide = directions[:, ::-1][:, :rank].T  # (r, H)
    total = float(values.clip(min=0).sum())
    left_out = float(values.clip(min=0)[: len(values) - rank].sum()) / total if total else 0.0
    return (rows @ wide.T).astype(np.float32), wide.astype(np.float32), left_out


def _table_of(model: Model) -> tuple[str, Any]:
    """Find the word embedding: its name in the encoder, and itself.

    Raises:
        ModelError: it is no plain table.
    """
    from torch import nn

    encoder = model.network.encoder
    table = encoder.get_input_embeddings()
    if type(table) is not nn.Embedding:
        raise ModelError(
            t("factorise: the word embedding of this model is no plain table"), found=type(table).__name__,
            fix=t("leave this stage out; once is enough"),
        )  # fmt: skip
    return next(name for name, module in encoder.named_modules() if module is table), table


def _with_factors(model: Model, name: str, narrow: NDArray[np.float32], wide: NDArray[np.float32]) -> Network:
    """Copy a network with two factors in the place of its word embedding."""
    import torch

    from luodi.models.additions import put

    network = model.copy().network
    wider: Any = put(network, {"behind": name, "use": "factors", "size": narrow.shape[1]})
    standing: Any = network.encoder.get_submodule(name)
    with torch.no_grad():
        standing.base.weight.copy_(torch.from_numpy(narrow))
        wider.weight.copy_(torch.from_numpy(np.ascontiguousarray(wide.T)))
    return network.eval()
