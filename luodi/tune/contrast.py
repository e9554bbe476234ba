"""Draws texts of one label together before the heads learn: for few rows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from luodi import runtime
from luodi.data.kinds import ONE
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.models.stage import Run, describe
from luodi.registry import register
from luodi.tune.bounds import refuse_wrong
from luodi.tune.digest import base_digest
from luodi.tune.loop import train as learn
from luodi.tune.numbers import is_bf16
from luodi.tune.plan import Plan, Work
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from luodi.data import Dataset
    from luodi.models.model import Model, Network
    from luodi.tasks import Task
    from luodi.tune.plan import Objective
    from luodi.tune.tokens import Tokens

#: ``epochs: auto`` draws about this many pairs for each row of a typical label in all ...
_PAIRS = 80
#: ... within these bounds.
_FEWEST, _MOST = 2, 10
#: Which numbers a field takes.
_KINDS = {
    "epochs": "count", "batch_tokens": "count", "batch_texts": "count",
    "learning_rate": "above zero", "temperature": "above zero", "max_grad_norm": "above zero",
    "weight_decay": "from zero", "seed": "from zero", "warmup": "share",
}  # fmt: skip
#: So many texts of like length are computed together.
_PART = 32


@register("stage", "contrast")
@dataclass(frozen=True)
class Contrast:
    """Moves the encoder so that texts of one label lie together and those of others apart; ``finetune`` comes after.

    In each pass every row meets one partner, another row of its label drawn at random, or itself where it is the
    only one: then dropout makes the two vectors differ. So the pairs grow with the rows, never with their square. Of
    the 2B texts of a batch each is told to be nearer (by cosine) to those of its label than to all others:

        loss = - mean over pairs i, j of one label of log(exp(s_ij / T) / sum over k != i of exp(s_ik / T))

    Every weight of the encoder learns and no head does. All passes are made and the last weights are the result:
    validation rows are not asked, as the few that there are say too little. Rows without a label are left out.

    With several heads that give one label each, a row's partner is drawn under one of them and the losses are
    averaged: labels that cut across each other pull one vector two ways. Heads of other kinds have no say.

    Args:
        epochs: passes over the rows; ``auto`` takes 2 to 10, more where a label has few rows.
        learning_rate: the encoder's, at its height.
        temperature: the lower, the more the nearest texts of other labels count.
        weight_decay: pull towards zero, on matrices only.
        warmup: share of the training in which the rate rises.
        max_grad_norm: longer gradients are shortened to this.
        batch_tokens: most tokens of a batch, padding included, its partners not.
        batch_texts: most texts in a batch, its partners not; each is told from all others.
        precision: ``bf16`` computes in 16 bits; ``auto`` does so on a GPU or a CPU with AMX, where it is faster.
        seed: of dropout, order and partners.

    Source: Tunstall et al. 2022, arXiv:2209.11055 (the stage); Khosla et al. 2020, arXiv:2004.11362, eq. 2 (the
    loss); Gao et al. 2021, arXiv:2104.08821 (a text as its own partner).
    """

    learns: ClassVar[bool] = True

    epochs: int | Literal["auto"] = "auto"
    learning_rate: float = 3e-5
    temperature: float = 0.1
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    batch_tokens: int = 4096
    batch_texts: int = 64
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(self, "contrast", _KINDS)

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a model whose encoder has moved: the one given stays as it was.

        Raises:
            DataError: no row has one label.
            RecipeError: no head gives a text one.
        """
        run = run or Run()
        columns = single_labels(model.task, train)
        is_labelled = (columns >= 0).any(axis=0)
        if not len(columns):
            raise RecipeError(
                t("contrast: no head gives a text one label: there are no pairs to draw together"),
                fix=t("leave this stage out"),
            )
        if not is_labelled.any():
            raise DataError(t("contrast: no row has a label that the model knows"), found=t("{n} rows", n=len(train)))
        train, columns = train.take(np.flatnonzero(is_labelled)), columns[:, is_labelled]
        tokens = tokenize(model, train.texts, progress=run.progress)
        made, plan = model.copy(), self._plan(columns)
        run.progress.note(t("drawing texts of one label together: {n:,} pairs, {epochs} times",
                            n=len(train), epochs=plan.epochs))  # fmt: skip
        network = _vectors_of(made)
        objective = _objective(Partners(columns), tokens, pad_id=model.pad_id, temperature=self.temperature)
        work = Work(
            network, tokens, model.pad_id, objective, lambda network: 0.0, lambda n_done, n_steps: None,
            self._fingerprint(model, train, columns),
        )  # fmt: skip
        learn(work, plan, run=run)
        made.network.eval()
        return made.found(pairs=len(train) * plan.epochs, bf16=plan.bf16)

    def _plan(self, columns: NDArray[np.int64]) -> Plan:
        return Plan(
            epochs=_fitting_epochs(columns) if self.epochs == "auto" else self.epochs,
            learning_rate=self.learning_rate, head_learning_rate=self.learning_rate,
            weight_decay=self.weight_decay, warmup=self.warmup, max_grad_norm=self.max_grad_norm,
            batch_tokens=self.batch_tokens, batch_texts=self.batch_texts, evaluations_per_epoch=0,
            bf16=is_bf16(self.precision), seed=self.seed,
        )  # fmt: skip

    def _fingerprint(self, model: Model, train: Dataset, columns: NDArray[np.int64]) -> str:
        parts = {
            "stage": describe(self), "rows": train.fingerprint(),
            "columns": hashlib.sha256(columns.tobytes()).hexdigest(), "model": base_digest(model),
            "max_tokens": model.max_tokens, "bf16": is_bf16(self.precision),
            "versions": runtime.versions("luodi", "torch", "transformers"),
        }  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Partners:
    """Who may stand beside a row: the rows of its label.

    Args:
        columns: for each of C heads the label of each of n rows, below 0 where it has none, (C, n); every row has a
            label under one head at least.
    """

    def __init__(self, columns: NDArray[np.int64]) -> None:
        self.columns = columns
        self._orders = [np.argsort(column, kind="stable") for column in columns]  # rows of one label side by side
        self._sorted = [column[order] for column, order in zip(columns, self._orders, strict=True)]
        self._places = [np.argsort(order) for order in self._orders]  # where each row stands in it

    def draw(self, rows: NDArray[np.int64], numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        """Draw a partner for each row: rows (B,), random numbers from 0 to below 1 (B, 2) -> rows (B,).

        >>> Partners(np.array([[5, 8, 5, 8, 5, 9]])).draw(np.array([0, 3, 5]), np.full((3, 2), 0.9)).tolist()
        [4, 1, 5]
        """
        return np.array([self._partner(row, *pair) for row, pair in zip(rows, numbers, strict=True)], np.int64)

    def _partner(self, row: np.int64, which_head: float, which_row: float) -> int:
        heads = np.flatnonzero(self.columns[:, row] >= 0)
        head = int(heads[int(which_head * len(heads))])
        label, own = self.columns[head, row], int(self._places[head][row])
        first, end = (int(place) for place in np.searchsorted(self._sorted[head], [label, label + 1]))
        if end - first < 2:
            return int(row)
        place = first + int(which_row * (end - first - 1))
        return int(self._orders[head][place + (place >= own)])


def single_labels(task: Task, data: Dataset) -> NDArray[np.int64]:
    """Give the label column of each of C heads that give a text one label, by place: (C, n), below 0 where none."""
    columns = [np.asarray(head.targets(data), np.int64) for head in task.heads if head.takes == ONE]
    return np.stack(columns) if columns else np.zeros((0, len(data)), np.int64)


def label_contrast(vectors: Tensor, labels: Tensor, *, temperature: float) -> Tensor:
    """Give the loss of vectors that should lie by their labels: (N, H), (N,) -> scalar.

    Texts whose label, if any, no other of the batch bears do not count.
    """
    import torch
    from torch.nn.functional import normalize

    vectors = normalize(vectors.float(), dim=1)
    itself = torch.eye(len(labels), dtype=torch.bool, device=vectors.device)
    is_alike = (labels[:, None] == labels[None]) & (labels >= 0) & ~itself  # (N, N)
    similarity = (vectors @ vectors.T / temperature).masked_fill(itself, float("-inf"))
    log_share = similarity.log_softmax(dim=1).masked_fill(~is_alike, 0.0)
    n_alike = is_alike.sum(1)  # (N,)
    each = -log_share.sum(1) / n_alike.clamp(min=1)
    return each.sum() / (n_alike > 0).sum().clamp(min=1)


def _objective(partners: Partners, tokens: Tokens, *, pad_id: int, temperature: float) -> Objective:
    """Make the loss of a batch with its partners, the mean over the heads."""
    import torch

    def loss(network: nn.Module, rows: NDArray[np.int64], ids: Tensor, mask: Tensor) -> Tensor:
        numbers = torch.rand((len(rows), 2), dtype=torch.float64).numpy()  # the loop seeds them by the step
        both = np.concatenate([rows, partners.draw(rows, numbers)])
        device = ids.device
        ids, mask = tokens.batch(both, pad_id=pad_id)
        vectors = network(ids.to(device), mask.to(device))
        labels = [torch.from_numpy(column[both]).to(device) for column in partners.columns]
        with torch.autocast(device.type, enabled=False):  # similarities over T need more than 8 bits
            each = [label_contrast(vectors, one, temperature=temperature) for one in labels]
        return torch.stack(each).mean()

    return loss


def _vectors_of(model: Model) -> nn.Module:
    """Give the model's own encoder as a module that answers ids and mask (B, T) with vectors (B, H); all of it learns.

    Partners are of any length, so the encoder is asked about parts of like length: padded to the longest of the
    batch, two thirds of what is computed would be padding.
    """
    import torch
    from torch import nn

    from luodi.models.model import Network

    class Vectors(nn.Module):
        def __init__(self, network: Network) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            lengths = mask.sum(1)
            order = lengths.argsort(stable=True)
            parts = [(rows, max(int(lengths[rows[-1]]), 1)) for rows in torch.split(order, _PART)]
            vectors = [self.network.pool(ids[rows, :longest], mask[rows, :longest]) for rows, longest in parts]
            return torch.cat(vectors)[order.argsort()]

    encoder = Network(model.network.encoder, nn.ModuleDict(), pooling=model.network.pooling)
    return Vectors(encoder).requires_grad_(True)


def _fitting_epochs(columns: NDArray[np.int64]) -> int:
    """Find how many passes draw enough pairs of a typical label, under the head whose labels have fewest rows."""
    rows = min(float(np.median(np.unique(c[c >= 0], return_counts=True)[1])) for c in columns if (c >= 0).any())
    return int(np.clip(round(_PAIRS / rows), _FEWEST, _MOST))
