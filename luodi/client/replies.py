"""Turns what a service answers back into the predictions that the bundle gives where it lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.spans import Span
from luodi.errors import LuodiError
from luodi.language import t
from luodi.tasks.classify import Label
from luodi.tasks.fit import Fit
from luodi.tasks.multilabel import Labels
from luodi.tasks.prediction import Prediction
from luodi.tasks.score import Rating
from luodi.tasks.tag import Found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.tasks.task import Answer

#: What stands beside the heads in an answer.
_BESIDE = ("id", "abstained", "tier", "stored", "text")
#: No cleaning makes a text so many times longer.
_LONGER = 32


@dataclass(frozen=True)
class Replied(Prediction):
    """A prediction that came from a service.

    Attributes:
        id: what the answer is called there; ``Client.feedback`` takes it.
        stored: whether it was kept, so that feedback finds it.
    """

    id: str = field(default="", compare=False)
    stored: bool = field(default=False, compare=False)


def read_reply(row: Mapping[str, Any], text: str) -> Replied:
    """Read one prediction.

    ``to_json`` gives what the bundle's own prediction gives. An answer that lists labels or spans comes with the
    probabilities of those alone: its ``probability`` is that all it lists is right.

    Args:
        row: as the service wrote it.
        text: what was asked about.

    Raises:
        LuodiError: it is none.
    """
    try:
        answers = {head: _read(said, text) for head, said in row.items() if head not in _BESIDE}
        return Replied(
            answers, abstained=bool(row["abstained"]), tier=str(row["tier"]), id=str(row.get("id", "")),
            stored=bool(row.get("stored", False)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as strange:
        raise not_understood() from strange


def not_understood() -> LuodiError:
    """Make the error for an answer that is not one of a service of luodi."""
    return LuodiError(
        t("what came back is no answer of a luodi service"),
        fix=t("name the address of `luodi serve`, of the version that is installed here"),
    )


def _read(said: Any, text: str) -> Answer:
    if isinstance(said, list):
        return _spans(said, text) if said and "start" in said[0] else _labels(said)
    label, sure = str(said["label"]), float(said["probability"])
    if "value" in said:
        value, low, high = (float(said[name]) for name in ("value", "low", "high"))
        return Rating(label, value, low, high, sure, _numbers([sure]))
    if "score" in said:
        near = said.get("similarity")
        return Fit(label, sure, float(said["score"]), None if near is None else float(near))
    return Label(label, sure, _numbers([sure]))


def _labels(said: Sequence[Mapping[str, Any]]) -> Labels:
    names = tuple(str(one["label"]) for one in said)
    return Labels(names, np.ones(len(names), np.bool_), _numbers([float(one["probability"]) for one in said]))


def _spans(said: Sequence[Mapping[str, Any]], text: str) -> Found:
    spans = tuple(Span(int(one["start"]), int(one["end"]), str(one["label"])) for one in said)
    sure = tuple(float(one["probability"]) for one in said)
    if not all(0 <= one.start < one.end <= _LONGER * (len(text) + 1) for one in spans):
        raise ValueError
    read = text if all(text[a.start : a.end] == one["text"] for a, one in zip(spans, said, strict=True)) else ""
    if not read:  # the bundle cleans its texts, and counts in what it read: as much of that as it tells
        signs = [" "] * max(one.end for one in spans)
        for place, one in zip(spans, said, strict=True):
            signs[place.start : place.end] = str(one["text"])
        read = "".join(signs)
    return Found(read, spans, sure, float(np.prod(sure)), _numbers(sure))


def _numbers(sure: Sequence[float]) -> Any:
    return np.array(sure, np.float32)
