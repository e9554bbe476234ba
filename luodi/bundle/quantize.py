"""Chooses the number format that ships, by measuring speed, size and answers of each on this machine."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.budget import Parity, Quantity
from luodi.bundle.engine import open_session
from luodi.bundle.forward import Encoded, encode, forward
from luodi.bundle.int8 import to_int8, to_int8_7bit, to_int8_weights
from luodi.bundle.manifest import Limits
from luodi.bundle.parity import parity
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.runtime import has_vnni
from luodi.tasks import judged
from luodi.tasks.judgement import gain
from luodi.tasks.names import metric_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.models.model import Model
    from luodi.tasks.judgement import Judgement
    from luodi.tasks.task import Answer, Logits, Task

#: How each form is made from the fp32 file; the first is what the others are measured against. All are exact on every
#: processor, so a bundle may be built on one and run on another.
FORMS: Mapping[str, Callable[[bytes], bytes]] = {
    "fp32": lambda fp32: fp32,
    "int8": to_int8,
    "int8-7bit": to_int8_7bit,
    "int8-weights": to_int8_weights,
}
#: A loss of quality up to this is not told from none: of macro-F1, and of the share of right answers.
HARMLESS = 0.005
#: Where no more labels changed than this share, a fall of macro-F1 that is not shown is taken for chance.
FEW = 0.02
#: Forms whose speeds lie no further apart than this count as equally fast; the smallest of them wins.
_AS_FAST = 0.95
_SURE = 0.05
_TIMED_TEXTS, _ROUNDS = 48, 6


@dataclass(frozen=True)
class Candidate:
    """One form of the model, measured beside fp32 on the validation rows.

    Args:
        name: fp32, int8, int8-7bit or int8-weights.
        size_mib: of the file.
        speedup: texts/s over those of fp32: median of rounds run in turn, with the least and the most.
        difference: for each head its main metric minus that of fp32, with a paired 95 % interval.
        lost: rows that fp32 answers right and this form wrong.
        won: rows the other way round.
        parity: how far probabilities lie from those of fp32, and how many labels changed.
        fault: why it does not ship; empty where nothing speaks against it.
    """

    name: str
    size_mib: float
    speedup: Quantity
    difference: Mapping[str, Quantity]
    lost: int
    won: int
    parity: Parity
    fault: str = ""

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
        }


@dataclass(frozen=True)
class Choice:
    """The form that ships, why, and what was measured of every form.

    Args:
        precision: its name.
        onnx: its file.
        why: the reason in one sentence.
        candidates: all forms measured.
        logits: for each form, and each head, its logits of the validation rows.
        pieces: where the words of those rows stand; empty where no head asks for it.
    """

    precision: str
    onnx: bytes
    why: str
    candidates: tuple[Candidate, ...]
    logits: Mapping[str, Mapping[str, Logits]]
    pieces: Sequence[Pieces]


def choose_precision(
    fp32: bytes,
    *,
    model: Model,
    validation: Dataset,
    forms: Sequence[str] | None = None,
    most_mib: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress | None = None,
) -> Choice:
    """Measure forms of an exported model and choose the fastest that loses nothing; among equals the smallest.

    Where forms are named, one of them ships if any loses nothing, fast or slow; fp32 only takes the place of none.

    A form loses something when the main metric falls by more than ``HARMLESS`` and either the paired 95 % interval
    lies below zero or more than a ``FEW`` labels changed, more than one row to the worse; or when more rows are lost
    than won, by more than ``HARMLESS`` of all and by more than chance explains (one-sided sign test, 5 %). A small
    validation set cannot show small losses; it does not forbid int8 either.

    Args:
        fp32: the file that ``export`` made.
        model: whose file it is; its tokenizer and task are used, not its weights.
        validation: rows with labels that the model was not trained on.
        forms: names from ``FORMS`` that are wanted. All of them unless given, but for int8-7bit where the processor has
            VNNI and gains nothing by it.
        most_mib: forms whose file is no larger go before all others, however fast those are.
        clock: seconds that only go up.
        progress: who is told.
    """
    forms = forms or [name for name in FORMS if name != "int8-7bit" or not has_vnni()]
    encoded = _encoded(model, validation.texts)
    made = {name: FORMS[name](fp32) for name in ("fp32", *(form for form in forms if form != "fp32"))}
    sessions = {name: open_session(raw) for name, raw in made.items()}
    logits = {}
    with (progress or Silent()).work(t("comparing number formats"), total=len(made), unit=t("formats")) as bar:
        for name, session in sessions.items():
            logits[name] = forward(session, encoded, task=model.task, pad_id=model.pad_id)
            bar.advance()
        some = encoded.every(max(1, len(validation) // _TIMED_TEXTS), most=_TIMED_TEXTS)
        seconds = _seconds(sessions, some, model, clock=clock)
    speeds = {name: _speedup(seconds["fp32"], seconds[name]) for name in made}
    answered = {name: _Answered.of(model.task, table, encoded.pieces, validation) for name, table in logits.items()}
    candidates = tuple(
        _judge(name, answered, size_mib=len(raw) / 2**20, speedup=speeds[name], task=model.task)
        for name, raw in made.items()
    )
    chosen = _best(candidates, wanted=forms, most_mib=most_mib)
    return Choice(chosen.name, made[chosen.name], _why(chosen, candidates), candidates, logits, encoded.pieces)


def _encoded(model: Model, texts: Sequence[str]) -> Encoded:
    tokenizer = type(model.tokenizer).from_str(model.tokenizer.to_str())
    tokenizer.enable_truncation(model.max_tokens)
    return encode(tokenizer, texts, task=model.task, max_characters=Limits().max_characters)


def _seconds(
    sessions: Mapping[str, Any], encoded: Encoded, model: Model, *, clock: Callable[[], float]
) -> dict[str, NDArray[np.float64]]:
    """Time the forms in turn, so that a busy moment of the machine hits all alike: name -> seconds, (rounds,)."""
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(_ROUNDS):
        for name, session in sessions.items():
            start = clock()
            forward(session, encoded, task=model.task, pad_id=model.pad_id)
            taken[name].append(clock() - start)
    return {name: np.array(rounds) for name, rounds in taken.items()}


def _speedup(fp32: NDArray[np.float64], form: NDArray[np.float64]) -> Quantity:
    """Give the median ratio with the least and the most of six rounds: 97 % sure to hold the true median."""
    ratios = fp32 / np.maximum(form, 1e-9)
    return Quantity(float(np.median(ratios)), float(ratios.min()), float(ratios.max()))


@dataclass(frozen=True)
class _Answered:
    """What a form answers to the validation rows, and what that is worth: both by head."""

    answers: Mapping[str, Sequence[Answer]]
    judged: Mapping[str, Judgement]

    @classmethod
    def of(cls, task: Task, logits: Mapping[str, Logits], pieces: Sequence[Pieces], data: Dataset) -> _Answered:
        """Decode and judge."""
        answers = task.decode(logits, pieces)
        return cls(answers, {head.name: judged(head, data, answers[head.name]) for head in task.heads})


def _judge(
    name: str, answered: Mapping[str, _Answered], *, size_mib: float, speedup: Quantity, task: Task
) -> Candidate:
    """Hold a form's answers against those of fp32 and the labels."""
    before, after = answered["fp32"], answered[name]
    apart = parity(task, before.answers, after.answers, names=("fp32", name))
    lost = won = 0
    difference = {}
    for head in task.heads:
        old, new = before.judged[head.name], after.judged[head.name]
        lost += int((old.right & ~new.right).sum())
        won += int((~old.right & new.right).sum())
        is_same = apart.max_abs_diff == 0.0 and len(new.rows) > 0
        difference[head.name] = Quantity(0.0, 0.0, 0.0) if is_same else gain(new, old, metric=head.main_metric)
    fault = _fault(task, difference, lost, won, apart=apart)
    return Candidate(name, size_mib, speedup, difference, lost, won, apart, fault)


def _fault(task: Task, difference: Mapping[str, Quantity], lost: int, won: int, *, apart: Parity) -> str:
    """Say why a form must not ship; nothing where no loss is measured."""
    if not math.isfinite(apart.max_abs_diff):
        return t("some answers are no numbers")
    if any(q.value != q.value for q in difference.values()):
        return t("there are no labelled validation rows to measure it on")
    worst = min(difference, key=lambda head: difference[head].value)
    fall = difference[worst]
    is_shown = fall.high is not None and fall.high < 0
    is_another_model = apart.label_flips > FEW * apart.n and lost - won > 1
    if fall.value < -HARMLESS and (is_shown or is_another_model):
        metric = metric_name(task[worst].main_metric)
        return t("{metric} falls by {points:.1f} points", metric=metric, points=-100 * fall.value)
    if lost - won > HARMLESS * apart.n and _chance(lost, won) < _SURE:
        return t("{lost} right answers became wrong and {won} wrong ones right", lost=lost, won=won)
    return ""


def _chance(lost: int, won: int) -> float:
    """Give the chance of losing as many rows or more of those that changed, if gains and losses were alike."""
    n = lost + won
    return float(sum(math.comb(n, k) for k in range(lost, n + 1))) / 2.0**n if n < 1000 else float(lost <= won)


def _best(candidates: Sequence[Candidate], *, wanted: Sequence[str], most_mib: float | None = None) -> Candidate:
    """Take the smallest of the fastest among the forms that are wanted, lose nothing, and are small enough, if any."""
    fit = [one for one in candidates if one.name in wanted and (one.name == "fp32" or not one.fault)]
    fit = fit or [one for one in candidates if one.name == "fp32"]
    if most_mib is not None:
        fit = [one for one in fit if one.size_mib <= most_mib] or fit
    fastest = max(one.speedup.value for one in fit)
    return min((one for one in fit if one.speedup.value >= _AS_FAST * fastest), key=lambda one: round(one.size_mib, 1))


def _why(chosen: Candidate, candidates: Sequence[Candidate]) -> str:
    """Say in one sentence why a form ships and the others do not."""
    fp32 = candidates[0]
    rest = "; ".join(f"{one.name}: {one.fault or _slower(one)}" for one in candidates[1:] if one is not chosen)
    if chosen is fp32:
        return t("fp32 is kept: {rest}", rest=rest or t("no other format was asked for"))
    said = t(
        "{name} is taken: {speed:.2g} times as fast as fp32, {share:.0%} of its size, {flips} of {n} labels changed, "
        "no loss measured",
        name=chosen.name, speed=chosen.speedup.value, share=chosen.size_mib / fp32.size_mib,
        flips=chosen.parity.label_flips, n=chosen.parity.n,
    )  # fmt: skip
    faults = [one for one in candidates[1:] if one.fault]
    return f"{said} ({'; '.join(f'{one.name}: {one.fault}' for one in faults)})" if faults else said


def _slower(one: Candidate) -> str:
    return t("{speed:.2g} times as fast as fp32", speed=one.speedup.value)
