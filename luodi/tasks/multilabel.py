"""Any number of labels for each text: the head that asks of every label whether it fits."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.data.kinds import SEVERAL, labels_in
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import register
from luodi.tasks.judgement import Judgement
from luodi.tasks.overlap import judge_sets
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Cheap, Logits
    from luodi.tasks.terms import Ground


@dataclass(frozen=True)
class Labels:
    """The labels that fit a text.

    Args:
        labels: of the head, in its order.
        fits: whether each fits, (K,).
        probabilities: of each, (K,).
    """

    labels: tuple[str, ...]
    fits: NDArray[np.bool_]
    probabilities: NDArray[np.float32]

    @property
    def label(self) -> str:
        """The labels that fit, as a cell of a table says them."""
        return write_labels(self.labels[k] for k in np.flatnonzero(self.fits))

    @property
    def probability(self) -> float:
        """How likely every label is answered right, were they independent."""
        return float(np.where(self.fits, self.probabilities, 1 - self.probabilities).prod())

    def to_json(self) -> list[dict[str, Any]]:
        """Give the labels that fit, the likeliest first, each with its probability."""
        chosen = sorted(np.flatnonzero(self.fits), key=lambda k: -self.probabilities[k])
        return [{"label": self.labels[k], "probability": round(float(self.probabilities[k]), 6)} for k in chosen]


def write_labels(labels: Iterable[str]) -> str:
    """Write labels as a cell, the same ones always alike.

    >>> write_labels(["b", "a"])
    '["a", "b"]'
    """
    return json.dumps(sorted(labels), ensure_ascii=False)


@register("head", "multilabel")
@dataclass(frozen=True)
class Multilabel:
    """Gives each text any number of labels of a fixed list, none too.

    A label fits from one half on: ``logit_shift`` of the stage ``finetune`` folds its own threshold into its logit.

    Args:
        name: the label column.
        labels: the labels, in the order of the logits.
    """

    main_metric: ClassVar[str] = "macro_f1"
    metrics: ClassVar[tuple[str, ...]] = (
        "accuracy", "macro_f1", "micro_f1", "micro_precision", "micro_recall", "expected_calibration_error",
    )  # fmt: skip
    takes: ClassVar[str] = SEVERAL
    by_token: ClassVar[bool] = False
    apart: ClassVar[bool] = False

    name: str
    labels: tuple[str, ...]

    @classmethod
    def fit(cls, name: str, data: Dataset) -> Multilabel:
        """Read the list of labels off a labelled set.

        Raises:
            DataError: no row has a label.
        """
        rows = Counter(label for cell in data.labels[name] if cell is not None for label in labels_in(cell))
        if not rows:
            raise DataError(
                t("column {name!r} holds no label: there is nothing to tell apart", name=name),
                fix=t("name the right column with --label"),
            )
        return cls(name, tuple(sorted(rows)))

    @property
    def n_outputs(self) -> int:
        """How many logits: one for each label."""
        return len(self.labels)

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> NDArray[np.float32]:
        """Give for each row which labels fit, (n, K), 0 or 1; -100 in all of a row without a cell."""
        place = {label: k for k, label in enumerate(self.labels)}
        targets = np.full((len(data), len(self.labels)), UNLABELLED, np.float32)
        for row, cell in enumerate(data.labels[self.name]):
            if cell is not None:
                targets[row] = 0.0
                targets[row, [place[label] for label in labels_in(cell) if label in place]] = 1.0
        return targets

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the cross-entropy of each label, summed over labels, averaged over rows: (B, K), (B, K) -> scalar."""
        from torch.nn.functional import binary_cross_entropy_with_logits as entropy

        known = targets[:, 0] != UNLABELLED
        total = entropy(logits.float()[known], targets[known].float(), reduction="sum")
        return total / max(int(known.sum()), 1)

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Labels]:
        """Take the labels that are more likely than not: (n, K) -> n answers."""
        table = np.asarray(logits, np.float32)
        shares = (1 / (1 + np.exp(-np.clip(table / temperature, -60, 60)))).astype(np.float32)
        return [Labels(self.labels, row > 0, share) for row, share in zip(table, shares, strict=True)]

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Count the labels that were met; a text is right if all of its labels are and no other."""
        return judge_sets(gold, said, read=labels_in, labels=self.labels, together="micro")[0]


@register("baseline", "multilabel")
def fit_each(head: Multilabel, ground: Ground) -> Cheap:
    """Weighs character n-grams (TF-IDF) by a logistic regression for each label."""
    from sklearn.linear_model import LogisticRegression

    terms, targets = ground.terms, head.targets(ground.train)
    known = np.flatnonzero(targets[:, 0] != UNLABELLED)
    fitted = []
    for k in range(head.n_outputs):
        wanted = targets[known, k]
        is_even = wanted.min() == wanted.max()
        one = None if is_even else LogisticRegression(C=10.0, class_weight="balanced", max_iter=150)
        fitted.append((one.fit(terms.learned[known], wanted) if one is not None else None, float(wanted.mean())))

    def answer(texts: Sequence[str]) -> Sequence[Labels]:
        features = terms.features(texts)
        table = np.zeros((len(texts), len(fitted)), np.float32)
        for k, (one, share) in enumerate(fitted):
            table[:, k] = one.decision_function(features) if one is not None else (30.0 if share > 0.5 else -30.0)
        return head.decode(table)

    return answer
