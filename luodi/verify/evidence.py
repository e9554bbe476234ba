"""What a report shows beside its numbers: labels mixed up, how honest probabilities are, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.pair import shown
from luodi.data.text import encodable
from luodi.tasks import judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.budget import HeadReport
    from luodi.data import Dataset
    from luodi.tasks import Answer, Head, Prediction

N_MISTAKES = 30
N_BINS = 10
#: With more labels than this the whole table of confusions is too large to look at.
MOST_LABELS = 30
N_PAIRS = 40
_LONGEST_TEXT = 500


def assess(head: Head, data: Dataset, predictions: Sequence[Prediction]) -> tuple[HeadReport, dict[str, Any]]:
    """Score the answers of one head, and gather what is drawn of them as plain values.

    Returns:
        The scores; and the evidence: ``labels`` and ``confusion`` (rows: true, columns: answered) where the labels are
        few enough; ``confused``: the pairs most often mixed up; ``reliability``: for bins of probability their rows,
        mean probability and accuracy; ``mistakes``: the surest wrong answers with text, labels, probability and origin;
        ``ranking``: what a head that ranks says of that.
    """
    gold = data.labels[head.name]
    answers = [one.answers[head.name] for one in predictions]
    met = judged(head, data, answers)
    confidence = np.array([answers[row].probability for row in met.rows])
    labels = sorted({label for pair in met.confusions for label in pair})
    wrong = sorted(met.rows[~met.right], key=lambda row: -answers[row].probability)
    found: dict[str, Any] = {
        "confused": [
            {"true": true, "answered": answered, "n": n}
            for (true, answered), n in met.confusions.most_common()
            if true != answered
        ][:N_PAIRS],
        "reliability": _reliability(confidence, met.right),
        "mistakes": [_mistake(data, int(row), gold[row], answers[row]) for row in wrong[:N_MISTAKES]],
    }
    if len(labels) <= MOST_LABELS:
        found["labels"] = labels
        found["confusion"] = [[met.confusions[true, answered] for answered in labels] for true in labels]
    if hasattr(head, "exhibit"):
        found["ranking"] = head.exhibit(data, answers)
    return met.report(confidence), found


def _mistake(data: Dataset, row: int, gold: str | None, answer: Answer) -> dict[str, Any]:
    text = encodable(shown(data.texts[row])[: _LONGEST_TEXT + 1])
    return {
        "text": text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…",
        "true": gold,
        "answered": answer.label,
        "probability": round(float(answer.probability), 4),
        "row": row,
    }


def _reliability(confidence: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> list[dict[str, float]]:
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return [
        {
            "from": place / N_BINS,
            "n": int((bins == place).sum()),
            "probability": float(confidence[bins == place].mean()),
            "accuracy": float(right[bins == place].mean()),
        }
        for place in range(N_BINS)
        if (bins == place).any()
    ]
