"""The numbers of a training, worked out from the fields of a stage and the rows at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.tune.auto import typical_rows
from luodi.tune.plan import Plan

if TYPE_CHECKING:
    from luodi.data import Dataset

#: ``epochs: auto`` goes on until each label's rows were shown about this often in all ...
_SHOWN = 800
#: ... within these bounds.
_FEWEST, _MOST = 3, 12
#: Which numbers the fields take that every such stage has.
KINDS = {
    "epochs": "count", "batch_tokens": "count", "batch_texts": "count", "patience": "count",
    "evaluations_per_epoch": "from zero", "cache_mib": "from zero", "seed": "from zero",
    "weight_decay": "from zero", "learning_rate": "above zero", "head_learning_rate": "above zero",
    "max_grad_norm": "above zero", "warmup": "share", "dropout": "share",
}  # fmt: skip
#: The fields that go into a plan as they are.
_AS_THEY_ARE = (
    "weight_decay", "warmup", "max_grad_norm", "batch_tokens", "batch_texts", "patience", "averages", "seed",
)  # fmt: skip


def plan_of(stage: Any, train: Dataset, *, suits: Any, is_judged: bool) -> Plan:
    """Make the plan of a stage's training.

    Args:
        stage: has the fields that ``KINDS`` names, ``averages`` and ``precision``; ``auto`` where it leaves one open.
        train: the labelled rows.
        suits: has the rates to take where the stage leaves them open: a tuner.
        is_judged: whether there are rows to judge by; with none there are no evaluations.
    """
    return Plan(
        epochs=fitting_epochs(train) if isinstance(stage.epochs, str) else stage.epochs,
        learning_rate=_rate(stage.learning_rate, suits.learning_rate),
        head_learning_rate=_rate(stage.head_learning_rate, suits.head_learning_rate),
        evaluations_per_epoch=stage.evaluations_per_epoch if is_judged else 0,
        bf16=is_bf16(stage.precision),
        **{name: getattr(stage, name) for name in _AS_THEY_ARE},
    )


def fitting_epochs(train: Dataset) -> int:
    """Find how many passes show a typical label's rows often enough, under the head that needs most."""
    return int(np.clip(round(_SHOWN / max(typical_rows(train), 1)), _FEWEST, _MOST))


def is_bf16(precision: str) -> bool:
    """Tell whether to compute in 16 bits: on CPUs it pays with AMX alone (1.75 times on a Xeon of 2023)."""
    if precision != "auto":
        return precision == "bf16"
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return "amx_bf16" in runtime.cpu_flags()


def _rate(wanted: float | str, suits: float) -> float:
    return suits if isinstance(wanted, str) else wanted
