"""Scores a predictor on labelled rows: quality alone, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.verify.evidence import assess

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.tasks import Prediction, Predictor, Task

_CHUNK = 1024


def evaluate(predictor: Predictor, data: Dataset, *, task: Task, progress: Progress | None = None) -> dict[str, Any]:
    """Answer every row and score the answers.

    Returns:
        The object of ``luodi evaluate --json``: ``n``, ``heads`` as in a report, ``mistakes`` with their origins.
    """
    predictions: list[Prediction] = []
    with (progress or Silent()).work(t("answering the rows"), total=len(data), unit=t("texts")) as bar:
        for start in range(0, len(data), _CHUNK):
            predictions += predictor.predict(data.texts[start : start + _CHUNK])
            bar.advance(len(data.texts[start : start + _CHUNK]))
    assessed = {head.name: assess(head, data, predictions) for head in task.heads}
    mistakes = [
        {"head": head, **{k: v for k, v in one.items() if k != "row"}, "origin": data.origin(one["row"])}
        for head, (_, drawn) in assessed.items()
        for one in drawn["mistakes"]
    ]
    return {
        "n": len(data),
        "heads": {head: scores.to_json() for head, (scores, _) in assessed.items()},
        "mistakes": sorted(mistakes, key=lambda one: -float(one["probability"])),
    }
