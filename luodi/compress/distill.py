"""Distils a model: a smaller student, cut out of it, learns to answer as it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from luodi.compress.lesson import refuse_no_share
from luodi.compress.student import Cut, cut_out
from luodi.compress.teaching import teach
from luodi.errors import RecipeError
from luodi.language import t
from luodi.models.stage import Run
from luodi.registry import register
from luodi.tune.bounds import refuse_wrong
from luodi.tune.numbers import KINDS

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.models.model import Model

#: Which numbers a field takes.
_KINDS = {**KINDS, "temperature": "above zero", "hidden": "from zero", "augment": "from zero"}


@register("stage", "distill")
@dataclass(frozen=True)
class Distill:
    """Teaches a smaller student, cut out of the model, to answer as the model does; ``finetune`` comes before.

    The student starts from its teacher's weights. Layers are left out one by one, each time the one that moves the
    teacher's answers least on some of the texts; heads and feed-forward units by how much the loss depends on them.
    Then it learns from what the teacher says of each text, asked once:

        loss = (1 - labels) * T^2 * KL(teacher at T || student at T) + labels * loss of the labels + hidden * layers

    where ``layers`` is how far the directions of its layers' pooled vectors lie from those of the layers that they
    were. Texts without a label have the teacher alone.

    Args:
        layers: how many stay: a whole number is a count, a fraction a share (0.5: half of them).
        attention_heads: how many stay in each layer, as a count or a share; 1.0 keeps all.
        feed_forward: how many units stay in each layer, as a count or a share; 1.0 keeps all.
        unlabelled: a file of texts to learn from too; those that stand in the validation or the test are left out.
        augment: so many texts are made up of each row: a span dropped, or mixed with another of its label.
        temperature: of the soft targets; the higher, the more the labels that the teacher holds for unlikely count.
        labels: share of the labels' own loss, from 0 to 1.
        hidden: how much it counts that layers answer as the teacher's did; 0 leaves it out.
        epochs: passes over the texts; ``auto`` takes 3 to 12, more where a label has few rows.
        learning_rate: the encoder's, at its height.
        head_learning_rate: the heads', which start as the teacher's.
        weight_decay: pull towards zero, on matrices only.
        warmup: share of the training in which the rate rises.
        max_grad_norm: longer gradients are shortened to this.
        batch_tokens: most tokens in a batch, padding included.
        batch_texts: most texts in a batch.
        logit_shift: as in ``finetune``.
        evaluations_per_epoch: how often validation is asked.
        patience: so many evaluations without a gain end the training.
        averages: what is evaluated and kept is the average of the weights over about the last ninth of the steps.
        precision: ``bf16`` computes in 16 bits; ``auto`` does so on a GPU or a CPU with AMX, where it is faster.
        dropout: of the pooled text vector.
        cache_mib: most disk that may keep what the teacher's layers made of the texts; above it ``hidden`` is left out.
        seed: of dropout, order and what is made up.

    Source: Hinton et al. 2015, arXiv:1503.02531 (soft targets); Sun et al. 2019, arXiv:1908.09355 (layers).
    """

    learns: ClassVar[bool] = True

    layers: int | float = 0.5
    attention_heads: int | float = 1.0
    feed_forward: int | float = 1.0
    unlabelled: str | None = None
    augment: int = 0
    temperature: float = 2.0
    labels: float = 0.0
    hidden: float = 1.0
    epochs: int | Literal["auto"] = "auto"
    learning_rate: float | Literal["auto"] = "auto"
    head_learning_rate: float | Literal["auto"] = "auto"
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    batch_tokens: int = 4096
    batch_texts: int = 32
    logit_shift: Literal["auto", "none"] = "auto"
    evaluations_per_epoch: int = 2
    patience: int = 4
    averages: bool = False
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    dropout: float = 0.1
    cache_mib: int = 4096
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(self, "distill", _KINDS)
        for name in ("layers", "attention_heads", "feed_forward"):
            value = getattr(self, name)
            if not (value >= 1 if isinstance(value, int) else 0 < value <= 1):
                raise RecipeError(
                    t("distill: {name} = {value} is neither a count nor a share", name=name, value=value),
                    fix=t("a whole number from 1 on counts; a fraction above 0, up to 1.0, is a share"),
                )
        refuse_no_share("distill", self.labels)

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a student that has learned from the model; the model stays as it was.

        Raises:
            DataError: no row has a label, or the file of texts cannot be read.
            ModelError: the layers of this kind of encoder are not known.
            OSError: the disk is full or broken.
        """
        run = run or Run()
        cut = Cut(self.layers, self.attention_heads, self.feed_forward)
        return teach(
            self, model, train, validation, run=run,
            student_of=lambda learned: cut_out(model, learned, cut, seed=self.seed, progress=run.progress),
        )  # fmt: skip
