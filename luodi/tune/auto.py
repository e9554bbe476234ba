"""Chooses a tuner from rows, labels, model, machine and time allowed, and says why."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi import runtime
from luodi.language import t
from luodi.models.layers import layers_of
from luodi.tune.full import Full
from luodi.tune.lora import Lora
from luodi.tune.probe import Probe
from luodi.tune.top_k import TopK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.tune.tuner import Tuner

#: With fewer rows a label than this, heads alone score no worse than a whole encoder, in a fifth of the time. Measured
#: on banking77 with ``minilm-en``: 2, 6, 8 and 12 rows a label gave 0.49, 0.77, 0.82 and 0.85 against 0.40, 0.76, 0.81
#: and 0.85 (1,000 texts of the test set, one seed).
_FEW_ROWS = 10
#: What a training step computes in a second: measured on a core without AMX (fp32), assumed for a GPU (bf16).
_CORE_FLOPS, _GPU_FLOPS = 60e9, 40e12
#: Bytes that a learning weight takes: itself, its gradient, two moments, and a copy of the best so far.
_BYTES = 20


@dataclass(frozen=True)
class Ahead:
    """How much there is to learn from.

    Args:
        rows_per_label: of a typical label, under the head that has fewest.
        n_tokens: of all rows together, once.
        epochs: passes over them.
        minutes: that may go by; None for as many as it takes.
    """

    rows_per_label: float
    n_tokens: int
    epochs: int
    minutes: float | None


@dataclass(frozen=True)
class Machine:
    """What a training runs on: products and sums a second, and bytes of memory."""

    flops: float
    memory: float


@dataclass(frozen=True)
class Chosen:
    """A tuner, and a sentence that says why."""

    tuner: Tuner
    why: str


def choose_tuner(model: Model, ahead: Ahead, machine: Machine) -> Chosen:
    """Choose the tuner that changes most of what rows, memory and time allow.

    Times are estimated from the arithmetic, within a factor of two or so: nothing is measured, so that the same rows
    on the same machine are always tuned the same way.
    """
    n_weights = model.n_parameters
    if ahead.rows_per_label < _FEW_ROWS:
        why = t("{n:.0f} rows of a typical label are too few to change an encoder by", n=ahead.rows_per_label)
        return Chosen(Probe(), why)
    if n_weights * _BYTES > machine.memory / 2:
        why = t(
            "all {n:,} weights would take {gib:,.1f} GiB while they learn", n=n_weights, gib=n_weights * _BYTES / 2**30
        )
        return Chosen(Lora(), why)
    if ahead.minutes is None:
        return Chosen(Full(), t("memory allows it, and no time is set"))
    for tuner, flops in _by_cost(model, ahead):
        minutes = flops / machine.flops / 60
        if minutes <= ahead.minutes:
            return Chosen(tuner, t("it takes about {minutes:,.1f} of {most:,.1f} minutes allowed", minutes=minutes,
                                   most=ahead.minutes))  # fmt: skip
    return Chosen(Probe(), t("everything else takes longer than {most:,.1f} minutes", most=ahead.minutes))


def _by_cost(model: Model, ahead: Ahead) -> Iterator[tuple[Tuner, float]]:
    """Give tuners with what they compute, the dearest first: 2 operations a weight and token forward, 4 back."""
    from luodi.models.additions import innermost  # it needs torch, and tuners are listed without

    layers = layers_of(model.network.encoder)
    embedded = innermost(model.network.encoder.get_input_embeddings()).weight.numel()
    n_inner = sum(weight.numel() for weight in model.network.encoder.parameters()) - embedded
    yield Full(), 6.0 * n_inner * ahead.n_tokens * ahead.epochs
    for part in (2, 4):
        if n := len(layers) // part:
            share = n / len(layers)
            yield TopK(layers=n), 2.0 * n_inner * ahead.n_tokens * (1 + 3 * share * ahead.epochs)


def typical_rows(train: Dataset) -> float:
    """Count the rows of a typical label, under the head whose labels have fewest; all, where no column sorts them."""
    counts = [Counter(cell for cell in column if cell is not None) for column in train.sorting().values()]
    return min((float(np.median(list(rows.values()))) for rows in counts if rows), default=float(len(train)))


def this_machine() -> Machine:
    """Tell what a training would run on here."""
    import torch

    if torch.cuda.is_available():
        return Machine(_GPU_FLOPS, float(torch.cuda.get_device_properties(0).total_memory))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(_CORE_FLOPS * runtime.n_cores(), float(memory))
