"""Chooses the number format that ships, by measuring speed, size and answers of each on this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from luodi.bundle.bench import Bench
from luodi.bundle.candidate import Candidate
from luodi.bundle.engine import usable
from luodi.bundle.form import FORMS, Precision, worth_measuring
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.bundle.bench import Tried
    from luodi.bundle.engine import Engine
    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.models.model import Model
    from luodi.tasks.task import Logits

__all__ = ["FORMS", "Candidate", "Choice", "Precision", "choose_precision"]

#: Forms whose speeds lie no further apart than this count as equally fast; the smallest of them wins.
_AS_FAST = 0.95


@dataclass(frozen=True)
class Choice:
    """The form that ships, why, and what was measured of every form.

    Args:
        precision: its name.
        engine: that runs it fastest here.
        onnx: its file.
        why: the reason in one sentence.
        candidates: all forms measured.
        logits: for fp32 and for the form that ships, and each head, its logits of the validation rows.
        pieces: where the words of those rows stand; empty where no head asks for it.
    """

    precision: Precision
    engine: Engine
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
    What counts as a loss: ``candidate.fault``. A form that loses and would win otherwise keeps in fp32 the layers that
    cause it, if few enough do. Where no forms are named, the winner is also tried with embeddings in 4 bits. Last, the
    engines that are installed are tried on what won.

    Args:
        fp32: the file that ``export`` made.
        model: whose file it is; its tokenizer and task are used, not its weights.
        validation: rows with labels that the model was not trained on; with none there are no forms with ranges, which
            are found on them.
        forms: names from ``FORMS`` that are wanted. All that may be the fastest here unless given.
        most_mib: forms whose file is no larger go before all others, however fast those are.
        clock: seconds that only go up.
        progress: who is told.
    """
    progress = progress or Silent()
    bench = Bench(fp32, model=model, validation=validation, clock=clock)
    wanted = list(forms or worth_measuring())
    others = [name for name in wanted if name != "fp32" and (len(validation) or not FORMS[name].needs_ranges)]
    tried = []
    with progress.work(t("comparing number formats"), total=len(others), unit=t("formats")) as bar:
        for name in others:
            tried.append(bench.tried(FORMS[name]))
            bar.advance()
        tried = [bench.fp32, *bench.timed(tried, beside=bench.fp32)]
    tried = [_mended(one, tried, bench, wanted=wanted, progress=progress) for one in tried]
    chosen = _chosen(tried, wanted=wanted, most_mib=most_mib)
    if forms is None and (smaller := _with_small_embeddings(chosen, bench)):
        tried.append(smaller)
        chosen = _chosen(tried, wanted=[*wanted, smaller.candidate.name], most_mib=most_mib)
    at = tried.index(chosen)
    tried[at] = chosen = _on_the_best_engine(chosen, bench)
    candidates = tuple(one.candidate for one in tried)
    best = chosen.candidate
    logits = {"fp32": bench.fp32.logits, best.name: chosen.logits}
    why = _why(best, candidates, n_products=bench.n_products)
    return Choice(best.name, best.engine, chosen.onnx, why, candidates, logits, bench.encoded.pieces)  # type: ignore[arg-type]  # names of forms and engines are those of the fields


def _chosen(tried: Sequence[Tried], *, wanted: Sequence[str], most_mib: float | None) -> Tried:
    best = _best([one.candidate for one in tried], wanted=wanted, most_mib=most_mib)
    return next(one for one in tried if one.candidate is best)


def _mended(one: Tried, tried: Sequence[Tried], bench: Bench, *, wanted: Sequence[str], progress: Progress) -> Tried:
    """Give a form that loses with its guilty layers kept in fp32, where it would win otherwise."""
    found, best = one.candidate, _best([one.candidate for one in tried], wanted=wanted)
    may_win = best.name not in wanted or found.speedup.value * _AS_FAST > best.speedup.value
    if not found.fault or not found.form.is_integer or not found.is_measured or not may_win:
        return one
    progress.note(t("{name}: {fault}; looking for the layers that cause it", name=found.name, fault=found.fault))
    return bench.mended(one) or one


def _with_small_embeddings(chosen: Tried, bench: Bench) -> Tried | None:
    """Try the form that won with embeddings in 4 bits; nothing where it keeps them in fp32."""
    form = chosen.candidate.form
    if form.embeddings != "int8":
        return None
    smaller = bench.tried(replace(form, embeddings="int4"))
    smaller = replace(smaller, candidate=replace(smaller.candidate, mended=chosen.candidate.mended))
    return bench.timed([smaller], beside=chosen)[0]


def _on_the_best_engine(chosen: Tried, bench: Bench) -> Tried:
    """Try every engine on the form that ships; another than onnxruntime has to be faster, and lose nothing."""
    if len(usable()) == 1:
        return chosen
    others = [bench.tried(chosen.candidate.form, engine=name) for name in usable() if name != chosen.candidate.engine]
    others = bench.timed(others, beside=chosen)
    engines = {one.candidate.engine: one.candidate.speedup for one in (chosen, *others)}
    fit = [one for one in others if not one.candidate.fault]
    best = max([chosen, *fit], key=lambda one: one.candidate.speedup.value)
    if best.candidate.speedup.value * _AS_FAST <= chosen.candidate.speedup.value:
        best = chosen
    return replace(best, candidate=replace(best.candidate, mended=chosen.candidate.mended, engines=engines))


def _best(candidates: Sequence[Candidate], *, wanted: Sequence[str], most_mib: float | None = None) -> Candidate:
    """Take the smallest of the fastest among the forms that are wanted, lose nothing, and are small enough, if any."""
    fit = [one for one in candidates if one.name in wanted and (one.name == "fp32" or not one.fault)]
    fit = fit or [one for one in candidates if one.name == "fp32"]
    if most_mib is not None:
        fit = [one for one in fit if one.size_mib <= most_mib] or fit
    fastest = max(one.speedup.value for one in fit)
    return min((one for one in fit if one.speedup.value >= _AS_FAST * fastest), key=lambda one: round(one.size_mib, 1))


def _why(chosen: Candidate, candidates: Sequence[Candidate], *, n_products: int) -> str:
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
    if chosen.form.kept:
        said += t(
            "; {n} of {all} products stay in fp32, without which {fault}: {names}",
            n=len(chosen.form.kept), all=n_products, fault=chosen.mended, names=", ".join(sorted(chosen.form.kept)),
        )  # fmt: skip
    if chosen.engine != "onnxruntime":
        said += t("; the engine is {engine}", engine=chosen.engine)
    faults = [one for one in candidates[1:] if one.fault]
    return f"{said} ({'; '.join(f'{one.name}: {one.fault}' for one in faults)})" if faults else said


def _slower(one: Candidate) -> str:
    return t("{speed:.2g} times as fast as fp32", speed=one.speedup.value)
