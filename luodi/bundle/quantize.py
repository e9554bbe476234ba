"""Chooses the number format that ships, by measuring speed, size and answers of each on this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.budget import Parity, Quantity
from luodi.bundle.engine import open_session
from luodi.bundle.forward import encode, forward
from luodi.bundle.int8 import to_int8, to_int8_7bit, to_int8_weights
from luodi.bundle.manifest import Limits
from luodi.bundle.parity import parity
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.runtime import has_vnni
from luodi.tasks.classify import softmax
from luodi.tasks.metrics import bootstrap, macro_f1

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.data.dataset import Dataset
    from luodi.models.model import Model

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
        difference: for each head its macro-F1 minus that of fp32, with a paired 95 % interval.
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
            "macro_f1_difference": {head: q.to_json() for head, q in self.difference.items()},
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
        logits: for each form, and each head, its logits on the validation rows, (n, n_outputs).
    """

    precision: str
    onnx: bytes
    why: str
    candidates: tuple[Candidate, ...]
    logits: Mapping[str, Mapping[str, NDArray[np.float32]]]


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

    A form loses something when macro-F1 falls by more than ``HARMLESS`` and either the paired 95 % interval lies below
    zero or more than a ``FEW`` labels changed, more than one row to the worse; or when more rows are lost than won, by
    more than ``HARMLESS`` of all and by more than chance explains (one-sided sign test, 5 %). A small validation set
    cannot show small losses; it does not forbid int8 either.

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
    ids = _ids(model, validation.texts)
    made = {name: FORMS[name](fp32) for name in ("fp32", *(form for form in forms if form != "fp32"))}
    sessions = {name: open_session(raw) for name, raw in made.items()}
    logits = {}
    with (progress or Silent()).work(t("comparing number formats"), total=len(made), unit=t("formats")) as bar:
        for name, session in sessions.items():
            logits[name] = _answers(session, ids, model)
            bar.advance()
        seconds = _seconds(sessions, ids[:: max(1, len(ids) // _TIMED_TEXTS)][:_TIMED_TEXTS], model, clock=clock)
    speeds = {name: _speedup(seconds["fp32"], seconds[name]) for name in made}
    candidates = tuple(
        _judge(name, logits, size_mib=len(raw) / 2**20, speedup=speeds[name], model=model, data=validation)
        for name, raw in made.items()
    )
    chosen = _best(candidates, wanted=forms, most_mib=most_mib)
    return Choice(chosen.name, made[chosen.name], _why(chosen, candidates), candidates, logits)


def _ids(model: Model, texts: Sequence[str]) -> list[NDArray[np.int32]]:
    tokenizer = type(model.tokenizer).from_str(model.tokenizer.to_str())
    tokenizer.enable_truncation(model.max_tokens)
    return encode(tokenizer, texts, max_characters=Limits().max_characters)


def _answers(session: Any, ids: list[NDArray[np.int32]], model: Model) -> dict[str, NDArray[np.float32]]:
    heads = model.task.heads
    columns = forward(session, ids, widths=[head.n_outputs for head in heads], pad_id=model.pad_id)
    return {head.name: column for head, column in zip(heads, columns, strict=True)}


def _seconds(
    sessions: Mapping[str, Any], ids: list[NDArray[np.int32]], model: Model, *, clock: Callable[[], float]
) -> dict[str, NDArray[np.float64]]:
    """Time the forms in turn, so that a busy moment of the machine hits all alike: name -> seconds, (rounds,)."""
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(_ROUNDS):
        for name, session in sessions.items():
            start = clock()
            _answers(session, ids, model)
            taken[name].append(clock() - start)
    return {name: np.array(rounds) for name, rounds in taken.items()}


def _speedup(fp32: NDArray[np.float64], form: NDArray[np.float64]) -> Quantity:
    """Give the median ratio with the least and the most of six rounds: 97 % sure to hold the true median."""
    ratios = fp32 / np.maximum(form, 1e-9)
    return Quantity(float(np.median(ratios)), float(ratios.min()), float(ratios.max()))


def _judge(
    name: str,
    logits: Mapping[str, Mapping[str, NDArray[np.float32]]],
    *,
    size_mib: float,
    speedup: Quantity,
    model: Model,
    data: Dataset,
) -> Candidate:
    """Hold a form's answers against those of fp32 and the labels."""
    before, after = logits["fp32"], logits[name]
    lost = won = 0
    difference = {}
    for head in model.task.heads:
        gold = np.asarray(head.targets(data), np.int64)
        known = gold >= 0
        gold, old, new = gold[known], before[head.name][known].argmax(1), after[head.name][known].argmax(1)
        lost += int(((old == gold) & (new != gold)).sum())
        won += int(((old != gold) & (new == gold)).sum())
        difference[head.name] = _difference(gold, old, new, n_labels=head.n_outputs)
    apart = parity(_probabilities(before), _probabilities(after), names=("fp32", name))
    fault = _fault(difference, lost, won, apart=apart, logits=after)
    return Candidate(name, size_mib, speedup, difference, lost, won, apart, fault)


def _difference(gold: NDArray[np.int64], old: NDArray[np.int64], new: NDArray[np.int64], *, n_labels: int) -> Quantity:
    if len(gold) == 0:
        return Quantity(float("nan"))
    if np.array_equal(old, new):
        return Quantity(0.0, 0.0, 0.0)

    def gain(rows: NDArray[np.int64]) -> float:
        after, before = (macro_f1(gold[rows], answered[rows], n_labels=n_labels) for answered in (new, old))
        return after - before

    return bootstrap(gain, n=len(gold), rng=np.random.default_rng(0))


def _probabilities(logits: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    return {head: softmax(column) for head, column in logits.items()}


def _fault(
    difference: Mapping[str, Quantity], lost: int, won: int, *, apart: Parity, logits: Mapping[str, NDArray[np.float32]]
) -> str:
    """Say why a form must not ship; nothing where no loss is measured."""
    if not all(np.isfinite(column).all() for column in logits.values()):
        return t("some answers are no numbers")
    if any(q.value != q.value for q in difference.values()):
        return t("there are no labelled validation rows to measure it on")
    worst = min(difference.values(), key=lambda q: q.value)
    is_shown = worst.high is not None and worst.high < 0
    is_another_model = apart.label_flips > FEW * apart.n and lost - won > 1
    if worst.value < -HARMLESS and (is_shown or is_another_model):
        return t("macro-F1 falls by {points:.1f} points", points=-100 * worst.value)
    if lost - won > HARMLESS * apart.n and _chance(lost, won) < _SURE:
        return t("{lost} right answers became wrong and {won} wrong ones right", lost=lost, won=won)
    return ""


def _chance(lost: int, won: int) -> float:
    """Give the chance of losing as many rows or more of those that changed, if gains and losses were alike."""
    n = lost + won
    return float(sum(comb(n, k) for k in range(lost, n + 1))) / 2.0**n if n < 1000 else float(lost <= won)


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
