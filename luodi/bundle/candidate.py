"""One form of a model, measured beside fp32 on the validation rows, and what speaks against it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.budget import Parity, Quantity
from luodi.bundle.form import Form
from luodi.bundle.parity import parity
from luodi.language import t
from luodi.tasks import judged
from luodi.tasks.judgement import gain
from luodi.tasks.names import metric_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.judgement import Judgement
    from luodi.tasks.task import Answer, Logits, Task

#: A loss of quality up to this is not told from none: of macro-F1, and of the share of right answers.
HARMLESS = 0.005
#: Where no more labels changed than this share, a fall of macro-F1 that is not shown is taken for chance.
FEW = 0.02
_SURE = 0.05


@dataclass(frozen=True)
class Candidate:
    """One form of the model, measured beside fp32 on the validation rows.

    Args:
        name: of the form, as a recipe bears it.
        size_mib: of the file.
        speedup: texts/s over those of fp32: median of rounds run in turn, with the least and the most.
        difference: for each head its main metric minus that of fp32, with a paired 95 % interval.
        lost: rows that fp32 answers right and this form wrong.
        won: rows the other way round.
        parity: how far probabilities lie from those of fp32, and how many labels changed.
        fault: why it does not ship; empty where nothing speaks against it.
        form: how its numbers are written, with the products that stay in fp32.
        mended: what it lost before those stayed in fp32; empty where none had to.
        engine: that it was measured with.
        engines: for each engine that was tried its texts/s over those of fp32 in onnxruntime; empty where none but
            onnxruntime was.
    """

    name: str
    size_mib: float
    speedup: Quantity
    difference: Mapping[str, Quantity]
    lost: int
    won: int
    parity: Parity
    fault: str = ""
    form: Form = field(default_factory=Form)
    mended: str = ""
    engine: str = "onnxruntime"
    engines: Mapping[str, Quantity] = field(default_factory=dict)

    @property
    def is_measured(self) -> bool:
        """Whether there were labels to measure a loss by."""
        return not any(math.isnan(q.value) for q in self.difference.values())

    def to_json(self) -> dict[str, Any]:
        """Give the row as the report keeps it."""
        return {
            "name": self.name,
            "size_mib": self.size_mib,
            "speedup": self.speedup.to_json(),
            "difference": {head: q.to_json() for head, q in self.difference.items()},
            "lost": self.lost,
            "won": self.won,
            "parity": self.parity.to_json(),
            "fault": self.fault,
            "kept": sorted(self.form.kept),
            "mended": self.mended,
            "engine": self.engine,
            "engines": {name: q.to_json() for name, q in self.engines.items()},
        }


@dataclass(frozen=True)
class Answered:
    """What a form answers to the validation rows, and what that is worth: both by head."""

    answers: Mapping[str, Sequence[Answer]]
    judged: Mapping[str, Judgement]

    @classmethod
    def of(cls, task: Task, logits: Mapping[str, Logits], pieces: Sequence[Pieces], data: Dataset) -> Answered:
        """Decode and judge."""
        answers = task.decode(logits, pieces)
        return cls(answers, {head.name: judged(head, data, answers[head.name]) for head in task.heads})


def judge(form: Form, before: Answered, after: Answered, *, size_mib: float, task: Task) -> Candidate:
    """Hold a form's answers against those of fp32 and the labels; its speed is not known yet.

    Args:
        form: how the numbers are written.
        before: what fp32 answers.
        after: what the form answers to the same rows.
        size_mib: of its file.
        task: the heads.
    """
    apart = parity(task, before.answers, after.answers, names=("fp32", form.name))
    lost = won = 0
    difference = {}
    for head in task.heads:
        old, new = before.judged[head.name], after.judged[head.name]
        lost += int((old.right & ~new.right).sum())
        won += int((~old.right & new.right).sum())
        is_same = apart.max_abs_diff == 0.0 and len(new.rows) > 0
        difference[head.name] = Quantity(0.0, 0.0, 0.0) if is_same else gain(new, old, metric=head.main_metric)
    found = fault(task, difference, lost, won, apart=apart)
    return Candidate(form.name, size_mib, Quantity(math.nan), difference, lost, won, apart, found, form)


def fault(task: Task, difference: Mapping[str, Quantity], lost: int, won: int, *, apart: Parity) -> str:
    """Say why a form must not ship; nothing where no loss is measured.

    A form loses something when the main metric falls by more than ``HARMLESS`` and either the paired 95 % interval
    lies below zero or more than a ``FEW`` labels changed, more than one row to the worse; or when more rows are lost
    than won, by more than ``HARMLESS`` of all and by more than chance explains (one-sided sign test, 5 %). A small
    validation set cannot show small losses; it does not forbid int8 either.
    """
    if not math.isfinite(apart.max_abs_diff):
        return t("some answers are no numbers")
    if any(math.isnan(q.value) for q in difference.values()):
        return t("there are no labelled validation rows to measure it on")
    worst = min(difference, key=lambda head: difference[head].value)
    fall = difference[worst]
    is_shown = fall.high is not None and fall.high < 0
    is_another_model = apart.label_flips > FEW * apart.n and lost - won > 1
    if fall.value < -HARMLESS and (is_shown or is_another_model):
        metric = metric_name(task[worst].main_metric)
        return t("{metric} falls by {points:.1f} points", metric=metric, points=-100 * fall.value)
    if lost - won > HARMLESS * apart.n and chance(lost, won) < _SURE:
        return t("{lost} right answers became wrong and {won} wrong ones right", lost=lost, won=won)
    return ""


def chance(lost: int, won: int) -> float:
    """Give the chance of losing as many rows or more of those that changed, if gains and losses were alike."""
    n = lost + won
    return sum(math.comb(n, k) for k in range(lost, n + 1)) / (1 << n)
