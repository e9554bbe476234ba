"""What a report shows beside its numbers: labels mixed up, how honest probabilities are, what went wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.text import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data import Dataset
    from luodi.tasks import Head, Prediction

N_MISTAKES = 30
N_BINS = 10
#: With more labels than this the whole table of confusions is too large to look at.
MOST_LABELS = 30
N_PAIRS = 40
_LONGEST_TEXT = 500


def evidence_of(head: Head, data: Dataset, predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Gather what is drawn for one head, as plain values.

    Returns:
        ``labels`` and ``confusion`` (rows: true, columns: answered) where the labels are few enough; ``confused``:
        the pairs most often mixed up; ``reliability``: for bins of probability their rows, mean probability and
        accuracy; ``mistakes``: the surest wrong answers with text, labels, probability and origin.
    """
    gold = data.labels[head.name]
    answers: list[Any] = [one.answers[head.name] for one in predictions]
    rows = [row for row, label in enumerate(gold) if label is not None]
    pairs = Counter((str(gold[row]), str(answers[row].label)) for row in rows)
    labels = sorted({label for pair in pairs for label in pair})
    found: dict[str, Any] = {
        "confused": [
            {"true": true, "answered": answered, "n": n}
            for (true, answered), n in pairs.most_common()
            if true != answered
        ][:N_PAIRS],
        "reliability": _reliability(
            np.array([answers[row].probability for row in rows]),
            np.array([answers[row].label == gold[row] for row in rows], bool),
        ),
        "mistakes": [_mistake(data, row, gold[row], answers[row]) for row in _surest_wrong(rows, gold, answers)],
    }
    if len(labels) <= MOST_LABELS:
        found["labels"] = labels
        found["confusion"] = [[pairs[true, answered] for answered in labels] for true in labels]
    return found


def _surest_wrong(rows: Sequence[int], gold: Sequence[str | None], answers: Sequence[Any]) -> list[int]:
    wrong = [row for row in rows if answers[row].label != gold[row]]
    return sorted(wrong, key=lambda row: -answers[row].probability)[:N_MISTAKES]


def _mistake(data: Dataset, row: int, gold: str | None, answer: Any) -> dict[str, Any]:
    text = encodable(data.texts[row][: _LONGEST_TEXT + 1])
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
