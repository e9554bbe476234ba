"""Turns a model into a bag: vectors looked up and added, which have learned to answer as the model does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from luodi.compress.lesson import refuse_no_share
from luodi.compress.static import static_vectors
from luodi.compress.student import Student
from luodi.compress.teaching import teach
from luodi.models.stage import Run
from luodi.progress import Silent
from luodi.registry import register
from luodi.tune.bounds import refuse_wrong
from luodi.tune.numbers import KINDS
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from luodi.compress.static import Static
    from luodi.data import Dataset
    from luodi.models.model import Model

#: Which numbers a field takes.
_KINDS = {
    **{name: kind for name, kind in KINDS.items() if name != "cache_mib"},
    "width": "count", "pairs": "from zero", "temperature": "above zero", "augment": "from zero",
}  # fmt: skip


@register("stage", "bag")
@dataclass(frozen=True)
class Bag:
    """Makes a student without layers: a vector for each piece and each pair of neighbours, added up.

    An answer costs microseconds on one core; what a sentence says beyond its words and their neighbours is lost. Put
    ``trim_vocab`` before it: nearly all of its size is the vocabulary. The vectors start as what the model makes of
    each piece alone, those of pairs (hashed, many share one) from nothing; then all learn from the model's answers:

        loss = (1 - labels) * T^2 * KL(teacher at T || student at T) + labels * loss of the labels

    Args:
        width: numbers in a vector; at most the model's own.
        pairs: vectors that all pairs share; 0 for single pieces alone.
        unlabelled: a file of texts to learn from too; those that stand in the validation or the test are left out.
        augment: so many texts are made up of each row: a span dropped, or mixed with another of its label.
        temperature: of the soft targets; the higher, the more the labels that the teacher holds for unlikely count.
        labels: share of the labels' own loss, from 0 to 1.
        epochs: most passes over the texts.
        learning_rate: of the vectors, at its height.
        head_learning_rate: of the heads.
        weight_decay: pull towards zero, on matrices only.
        warmup: share of the training in which the rate rises.
        max_grad_norm: longer gradients are shortened to this.
        batch_tokens: most tokens in a batch, padding included.
        batch_texts: most texts in a batch.
        logit_shift: as in ``finetune``.
        evaluations_per_epoch: how often validation is asked.
        patience: so many evaluations without a gain end the training.
        averages: what is evaluated and kept is the average of the weights over about the last ninth of the steps.
        precision: ``bf16`` computes in 16 bits, which gains nothing here.
        dropout: of the pooled text vector.
        seed: of dropout, order and what is made up.

    Source: Joulin et al. 2016, arXiv:1607.01759 (averaged vectors, hashed pairs); Hinton et al. 2015,
    arXiv:1503.02531 (soft targets).
    """

    learns: ClassVar[bool] = True
    #: There are no layers, and none to compare.
    layers: ClassVar[int] = 0
    hidden: ClassVar[float] = 0.0

    width: int = 128
    pairs: int = 1 << 15
    unlabelled: str | None = None
    augment: int = 0
    temperature: float = 2.0
    labels: float = 0.0
    epochs: int = 20
    learning_rate: float = 1e-2
    head_learning_rate: float = 1e-2
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    batch_tokens: int = 4096
    batch_texts: int = 32
    logit_shift: Literal["auto", "none"] = "auto"
    evaluations_per_epoch: int = 1
    patience: int = 10
    averages: bool = False
    precision: Literal["auto", "fp32", "bf16"] = "fp32"
    dropout: float = 0.1
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(self, "bag", _KINDS)
        refuse_no_share("bag", self.labels)

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a bag that has learned from the model; the model stays as it was.

        Raises:
            DataError: no row has a label, or the file of texts cannot be read.
            OSError: the disk is full or broken.
        """
        run = run or Run()
        return teach(
            self, model, train, validation, run=run, student_of=lambda learned: self._untaught(model, learned, run)
        )

    def _untaught(self, model: Model, learned: Dataset, run: Run) -> Student:
        """Make the bag as it is before its first lesson."""
        tokens = tokenize(model, learned.texts, progress=Silent())
        encoder = model.network.encoder
        n = int(encoder.config.vocab_size)
        counts = np.bincount(tokens.ids, minlength=n)
        width = min(self.width, int(encoder.config.hidden_size))
        start = static_vectors(model, width=width, counts=counts, progress=run.progress)
        network = _network(model, start, n_pairs=self.pairs)
        return Student(replace(model, network=network, tokenizer=model.copy_tokenizer()), (), {"width": width})


def _network(model: Model, start: Static, *, n_pairs: int) -> Any:
    """Make the bag's network: the teacher's heads, seen from the directions that are kept."""
    import torch
    from torch import nn

    from luodi.models.bag import BagConfig, BagEncoder
    from luodi.models.model import Network

    old = model.network
    n, width = start.vectors.shape
    encoder = BagEncoder(BagConfig(vocab_size=n, hidden_size=width, n_pairs=n_pairs, pad_token_id=model.pad_id))
    basis, mean = torch.from_numpy(start.basis), torch.from_numpy(start.mean)
    heads = nn.ModuleDict()
    with torch.no_grad():
        encoder.pieces.weight.copy_(torch.from_numpy(start.vectors))
        for place, head in old.heads.items():
            # On "meta" nothing is drawn: the caller's random numbers stay as they are.
            weight, bias = head.get_parameter("weight").cpu(), head.get_parameter("bias").cpu()
            layer = nn.Linear(width, len(weight), device="meta").to_empty(device="cpu")
            layer.weight.copy_(weight @ basis.T)
            layer.bias.copy_(bias + weight @ mean)
            heads[place] = layer
    return Network(encoder, heads, by_token=old.by_token, dropout=old.dropout.p).eval()
