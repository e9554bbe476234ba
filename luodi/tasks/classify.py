"""One label for each text: the head that sorts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.budget import HeadReport
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import register
from luodi.tasks.metrics import (
    N_RESAMPLES,
    accuracy,
    bootstrap,
    calibration,
    count,
    macro_f1,
    precision_recall_f1,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.dataset import Dataset
    from luodi.tasks.task import Answer

#: The target of a row that has no label; the loss leaves it out.
UNLABELLED = -100


@dataclass(frozen=True)
class Label:
    """The most probable label, its probability, and the probabilities of all labels, (K,), in the head's order."""

    label: str
    probability: float
    probabilities: NDArray[np.float32]

    def to_json(self) -> dict[str, Any]:
        """Give the label and its probability."""
        return {"label": self.label, "probability": round(self.probability, 6)}


@register("head", "classify")
@dataclass(frozen=True)
class Classify:
    """Gives each text one label of a fixed list.

    Args:
        name: the label column.
        labels: the labels, in the order of the logits.
    """

    main_metric: ClassVar[str] = "macro_f1"
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "macro_f1", "expected_calibration_error")

    name: str
    labels: tuple[str, ...]

    @classmethod
    def fit(cls, name: str, data: Dataset) -> Classify:
        """Read the list of labels off a labelled set; numbers are ordered as numbers.

        Raises:
            DataError: there are fewer than two labels.
        """
        rows = Counter(cell for cell in data.labels[name] if cell is not None)
        if len(rows) < 2:
            raise DataError(
                t("column {name!r} holds one label only: there is nothing to tell apart", name=name),
                found=", ".join(f"{label!r} x {n}" for label, n in rows.items()) or t("no label at all"),
                fix=t("name the right column with --label, or add rows of another label"),
            )
        return cls(name, tuple(sorted(rows, key=_by_number)))

    @property
    def n_outputs(self) -> int:
        """How many logits: one for each label."""
        return len(self.labels)

    def targets(self, data: Dataset) -> NDArray[np.int64]:
        """Give the place of each row's label, (n,); -100 where it has none or one that is not on the list."""
        place = {label: i for i, label in enumerate(self.labels)}
        column = data.labels[self.name]
        return np.array([place.get(cell, UNLABELLED) if cell is not None else UNLABELLED for cell in column], np.int64)

    def loss(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None = None, focus: float = 0.0) -> Tensor:
        """Give the cross-entropy, averaged over the labelled rows (by their weight): (B, K), (B,) -> scalar.

        With a ``focus`` a row whose label has the probability p counts (1 - p)^focus times: less, the easier it is.

        Source: Lin et al. 2017, arXiv:1708.02002, eq. 4 and 5 (focal loss).
        """
        from torch.nn.functional import cross_entropy

        each = cross_entropy(logits.float(), targets, weight=weights, ignore_index=UNLABELLED, reduction="none")
        if focus:
            unsure = -cross_entropy(logits.float(), targets, ignore_index=UNLABELLED, reduction="none").neg().expm1()
            each = each * unsure.clamp(min=1e-9) ** focus  # at 0 a root has no slope
        total = each.sum()
        labelled = targets[targets != UNLABELLED]
        share = weights[labelled].sum() if weights is not None else labelled.numel()
        return total / max(float(share), 1e-9)

    def decode(self, logits: NDArray[np.float32], *, temperature: float = 1.0) -> Sequence[Label]:
        """Take the most probable label of each row: (B, K) -> B answers."""
        probabilities = softmax(logits / temperature)
        best = probabilities.argmax(axis=1)
        return [
            Label(self.labels[place], float(row[place]), row) for place, row in zip(best, probabilities, strict=True)
        ]

    def measure(self, data: Dataset, answers: Sequence[Answer], *, intervals: bool = True) -> HeadReport:
        """Score answers against labels; a label that the head never saw counts as missed."""
        names = (*self.labels, *sorted({c for c in data.labels[self.name] if c is not None} - set(self.labels)))
        place = {label: i for i, label in enumerate(names)}
        kept = [(place[c], a) for c, a in zip(data.labels[self.name], answers, strict=True) if c is not None]
        gold = np.array([code for code, _ in kept], np.int64)
        given: list[Label] = [answer for _, answer in kept]  # type: ignore[misc]
        answered = np.array([place[answer.label] for answer in given], np.int64)
        confidence = np.array([answer.probability for answer in given])
        return _report(gold, answered, confidence, names, n_resamples=N_RESAMPLES if intervals else 0)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits into probabilities, row by row: (B, K) -> (B, K)."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


def _report(
    gold: NDArray[np.int64],
    answered: NDArray[np.int64],
    confidence: NDArray[np.float64],
    names: Sequence[str],
    *,
    n_resamples: int,
) -> HeadReport:
    right = gold == answered
    metrics = {
        "accuracy": accuracy(gold, answered),
        "macro_f1": bootstrap(
            lambda i: macro_f1(gold[i], answered[i], n_labels=len(names)),
            n=len(gold),
            rng=np.random.default_rng(0),
            n_resamples=n_resamples,
        ),
        "expected_calibration_error": calibration(
            confidence, right, rng=np.random.default_rng(0), n_resamples=n_resamples
        ),
    }
    counts = count(gold, answered, n_labels=len(names))
    columns = zip(names, *precision_recall_f1(counts), counts.rows, strict=True)
    rows = {
        label: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(support)}
        for label, p, r, f, support in columns
    }
    return HeadReport(metrics, rows)


def _by_number(label: str) -> tuple[float, str]:
    return (float(label), label) if re.fullmatch(r"-?\d+(\.\d+)?", label) else (float("inf"), label)
