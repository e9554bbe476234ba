"""One label for each text: the head that sorts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.data.kinds import ONE
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import register
from luodi.tasks.judgement import Judgement, labelled_rows
from luodi.tasks.metrics import by_label, count, macro_f1
from luodi.tasks.softmax import softmax
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Cheap, Logits
    from luodi.tasks.terms import Ground


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
    takes: ClassVar[str] = ONE
    by_token: ClassVar[bool] = False
    apart: ClassVar[bool] = False

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

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> NDArray[np.int64]:
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

        weights = None if weights is None else weights.to(logits.device)
        each = cross_entropy(logits.float(), targets, weight=weights, ignore_index=UNLABELLED, reduction="none")
        if focus:
            unsure = -cross_entropy(logits.float(), targets, ignore_index=UNLABELLED, reduction="none").neg().expm1()
            each = each * unsure.clamp(min=1e-9) ** focus  # at 0 a root has no slope
        total = each.sum()
        labelled = targets[targets != UNLABELLED]
        share = weights[labelled].sum() if weights is not None else labelled.numel()
        return total / max(float(share), 1e-9)

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Label]:
        """Take the most probable label of each row: (n, K) -> n answers."""
        probabilities = softmax(np.asarray(logits) / temperature)
        best = probabilities.argmax(axis=1)
        return [
            Label(self.labels[place], float(row[place]), row) for place, row in zip(best, probabilities, strict=True)
        ]

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Count who is taken for whom; a label that the head never saw counts as missed."""
        names = (*self.labels, *sorted({cell for cell in (*gold, *said) if cell is not None} - set(self.labels)))
        place = {label: i for i, label in enumerate(names)}
        rows = labelled_rows(gold)
        true = np.array([place[str(gold[row])] for row in rows], np.int64)
        answered = np.array([place[said[row]] for row in rows], np.int64)
        counts = count(true, answered, n_labels=len(names))
        return Judgement(
            rows, true == answered,
            {"macro_f1": lambda i: macro_f1(true[i], answered[i], n_labels=len(names))}, by_label(names, counts),
            Counter((str(gold[row]), said[row]) for row in rows),
        )  # fmt: skip


@register("baseline", "classify")
def fit_terms(head: Classify, ground: Ground) -> Cheap:
    """Weighs character n-grams (TF-IDF) by logistic regression; strength and class weights are chosen on validation."""
    terms = ground.terms
    fitted = terms.best(ground.train.labels[head.name], ground.validation.labels[head.name])
    labels = (*head.labels, *(str(label) for label in fitted.classes_ if str(label) not in head.labels))
    place = [labels.index(str(label)) for label in fitted.classes_]

    def answer(texts: Sequence[str]) -> list[Label]:
        found = fitted.predict_proba(terms.features(texts)).astype(np.float32)  # (n, labels that train held)
        table = np.zeros((len(texts), len(labels)), np.float32)
        table[:, place] = found
        return [Label(labels[k], float(row[k]), row) for k, row in zip(table.argmax(axis=1), table, strict=True)]

    return answer


def _by_number(label: str) -> tuple[float, str]:
    return (float(label), label) if re.fullmatch(r"-?\d+(\.\d+)?", label) else (float("inf"), label)
