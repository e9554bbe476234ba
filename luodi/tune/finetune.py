"""Fine-tunes encoder and heads on labelled texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from luodi.data import Dataset
from luodi.language import t
from luodi.models.stage import Run, describe
from luodi.progress import Silent
from luodi.registry import register
from luodi.tune.auto import Ahead, choose_tuner, this_machine, typical_rows
from luodi.tune.bounds import refuse_wrong
from luodi.tune.digest import fingerprint_of
from luodi.tune.emphasis import MOST_TRIED, emphasised, fitting_loss
from luodi.tune.evaluate import judge_model, scorer
from luodi.tune.full import Full
from luodi.tune.loop import train as learn
from luodi.tune.numbers import KINDS, fitting_epochs, plan_of
from luodi.tune.plan import Work
from luodi.tune.reuse import reused
from luodi.tune.rows import rows_of
from luodi.tune.shift import shifted
from luodi.tune.targets import labelled, picked
from luodi.tune.tokens import tokenize
from luodi.tune.tuner import Tuner
from luodi.tune.update import Update, update_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from luodi.models.model import Model
    from luodi.tasks.judgement import Judgement
    from luodi.tune.attached import Attached
    from luodi.tune.plan import Answer, Objective, Plan
    from luodi.tune.tokens import Tokens

#: Which numbers a field takes.
_KINDS = {**KINDS, "focus": "from zero", "minutes": "above zero"}
#: So many texts tell ``auto`` how long texts are.
_SAMPLE = 500


@register("stage", "finetune")
@dataclass(frozen=True)
class Finetune:
    """Fine-tunes the encoder and its heads on the labels, and keeps the weights that did best on validation.

    Args:
        tuner: which weights learn; ``auto`` chooses by rows, labels, model, machine and ``minutes``, and says why.
        epochs: passes over the rows; ``auto`` takes 3 to 12, more where a label has few rows.
        learning_rate: the encoder's, at its height; ``auto`` takes what suits the tuner.
        head_learning_rate: the heads', which start from nothing; ``auto`` takes what suits the tuner.
        weight_decay: pull towards zero, on matrices only.
        warmup: share of the training in which the rate rises.
        max_grad_norm: longer gradients are shortened to this.
        batch_tokens: most tokens in a batch, padding included.
        batch_texts: most texts in a batch.
        loss: ``plain`` counts every row alike, ``weighted`` those of rare labels more, ``focal`` those that are hard.
            ``auto`` tries each for a pass over at most 4,000 rows, where a label has more than three times the rows of
            another, and takes another than ``plain`` only if it does better on validation beyond chance.
        focus: how much more hard rows count in the focal loss; 0 is the plain one.
        logit_shift: ``auto`` shifts the tuned logits (of ``classify`` against the labels' frequency, of ``multilabel``
            by a threshold for each label) as far as validation shows a gain in F1, which may be not at all; ``none``
            leaves them.
        evaluations_per_epoch: how often validation is asked.
        patience: so many evaluations without a gain end the training.
        averages: what is evaluated and kept is the average of the weights over about the last ninth of the steps done.
        precision: ``bf16`` computes in 16 bits; ``auto`` does so on a GPU or a CPU with AMX, where it is faster.
        dropout: of the pooled text vector.
        cache_mib: most disk that may keep what frozen layers made of the texts; above it they are computed each time.
        minutes: that the training may take, by estimate; ``auto`` alone looks at it. None for as many as it takes.
        seed: of dropout and order.
    """

    learns: ClassVar[bool] = True

    tuner: Tuner | Literal["auto"] = field(default_factory=Full)
    epochs: int | Literal["auto"] = "auto"
    learning_rate: float | Literal["auto"] = "auto"
    head_learning_rate: float | Literal["auto"] = "auto"
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    batch_tokens: int = 4096
    batch_texts: int = 32
    loss: Literal["plain", "weighted", "focal", "auto"] = "plain"
    focus: float = 2.0
    logit_shift: Literal["auto", "none"] = "auto"
    evaluations_per_epoch: int = 2
    patience: int = 4
    averages: bool = False
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    dropout: float = 0.1
    cache_mib: int = 4096
    minutes: float | None = None
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        refuse_wrong(self, "finetune", _KINDS)

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a tuned model: the one given stays as it was."""
        stage = self._decided(model, train, run or Run())
        _, made = stage._learned(model, train, validation, run or Run())
        made.network.requires_grad_(True)  # what learns is a matter of this training, not of the model
        return made if stage is self else made.found(chose=describe(stage._way))

    def update(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Update:
        """Tune, and give what was learned alone; ``put_on`` makes the tuned model of it, to the bit."""
        stage = self._decided(model, train, run or Run())
        attached, made = stage._learned(model, train, validation, run or Run())
        return update_of(model, attached, made, tuner=stage._way)

    @property
    def _way(self) -> Tuner:
        assert not isinstance(self.tuner, str)  # ``_decided`` came first
        return self.tuner

    def _decided(self, model: Model, train: Dataset, run: Run) -> Finetune:
        """Give the same stage with a tuner in the place of ``auto``."""
        if not isinstance(self.tuner, str):
            return self
        train = labelled(model, train)
        some = tokenize(model, train.texts[:_SAMPLE], progress=Silent())
        ahead = Ahead(
            rows_per_label=typical_rows(train), n_tokens=int(len(train) * some.lengths.mean()) if train else 0,
            epochs=fitting_epochs(train) if self.epochs == "auto" else self.epochs, minutes=self.minutes,
        )  # fmt: skip
        chosen = choose_tuner(model, ahead, this_machine())
        run.progress.note(t("tuner: {name}: {why}", name=describe(chosen.tuner)["use"], why=chosen.why))
        return replace(self, tuner=chosen.tuner)

    def _learned(self, model: Model, train: Dataset, validation: Dataset | None, run: Run) -> tuple[Model, Model]:
        """Tune: gives the model as the tuner attached it, its weights learned, and what is made of that."""
        is_chosen = bool(self.evaluations_per_epoch) or self.logit_shift != "none"
        train, validation = rows_of(
            model, train, validation, stage="finetune", seed=self.seed if is_chosen else None, run=run
        )
        how = self._fitting_loss(model, train, validation, run) if self.loss == "auto" else self.loss
        attached = self._way.attach(model, seed=self.seed)
        tuned = attached.model
        tuned.network.dropout.p = self.dropout
        tokens = tokenize(model, train.texts, progress=run.progress)
        checked = tokenize(model, validation.texts, progress=run.progress)
        plan = plan_of(self, train, suits=self._way, is_judged=len(validation) > 0)
        run.progress.note(_announce(plan, len(train), tuned.network))
        with reused(tuned, tokens, checked, most_mib=self.cache_mib, run=run) as (answer, answer_checked):
            work = Work(
                tuned.network, tokens, model.pad_id, self._objective(attached, train, tokens, answer, how),
                scorer(model, validation, checked, answer=answer_checked),
                lambda n_done, n_steps: attached.step(tuned, n_done=n_done, n_steps=n_steps),
                fingerprint_of(self, model, train, validation, bf16=plan.bf16),
            )  # fmt: skip
            curve = learn(work, plan, run=run)
        made = attached.merge(tuned)
        if self.logit_shift == "auto":
            made = shifted(made, train, validation, checked, run=run)
        chosen = {"loss": how} if self.loss == "auto" else {}
        return tuned, made.found(curve=curve, epochs=plan.epochs, bf16=plan.bf16, **chosen)

    def _fitting_loss(self, model: Model, train: Dataset, validation: Dataset, run: Run) -> str:
        """Choose a loss by a short training with each, from the same start on the same rows."""
        some = np.sort(np.random.default_rng(self.seed).permutation(len(train))[:MOST_TRIED])

        def tried(how: str) -> list[Judgement]:
            short = replace(self, loss=how, epochs=1, evaluations_per_epoch=1)  # type: ignore[arg-type]  # of LOSSES
            _, made = short._learned(model, train.take(some), validation, Run(progress=run.progress))
            return judge_model(made, validation)

        return fitting_loss(model.task, train, validation, tried=tried, run=run)

    def _objective(self, attached: Attached, train: Dataset, tokens: Tokens, answer: Answer, how: str) -> Objective:
        """Make the loss: the mean over the heads, each on its own label column, and what the tuner adds."""
        import torch

        heads = attached.model.task.heads
        targets = [head.targets(train, tokens.pieces) for head in heads]
        losses = [emphasised(how, head, column, focus=self.focus)
                  for head, column in zip(heads, targets, strict=True)]  # fmt: skip

        def loss(network: nn.Module, rows: NDArray[np.int64], ids: Tensor, mask: Tensor) -> Tensor:
            logits = answer(network, rows, ids, mask)
            each = [one(logits[str(i)], picked(targets[i], rows).to(ids.device)) for i, one in enumerate(losses)]
            return torch.stack(each).mean() + attached.penalty(attached.model)

        return loss


def _announce(plan: Plan, n: int, network: nn.Module) -> str:
    learning = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
    return t(
        "tuning {learning:,} weights on {n:,} texts, up to {epochs} epochs in {bits} bits",
        learning=learning, n=n, epochs=plan.epochs, bits=16 if plan.bf16 else 32,
    )  # fmt: skip
