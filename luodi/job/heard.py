"""An answer as a file keeps it: enough to hold it against another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from luodi.tasks import Answer


@dataclass(frozen=True)
class Heard:
    """An ``Answer`` that came out of a file: its label, how sure it was, and what it was decided by."""

    label: str
    probability: float
    probabilities: NDArray[np.float32]

    @classmethod
    def of(cls, answer: Answer) -> Heard:
        """Take from an answer what a file keeps."""
        return cls(answer.label, answer.probability, answer.probabilities)

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        numbers = np.asarray(self.probabilities, np.float32).tolist()
        return {"label": self.label, "probability": float(self.probability), "probabilities": numbers}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Heard:
        """Read what ``to_json`` wrote, trusting nothing.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        label, sure = raw["label"], raw["probability"]
        numbers = np.array(raw["probabilities"], np.float32)
        if not isinstance(label, str) or type(sure) not in (int, float) or not np.isfinite(numbers).all():
            raise ValueError(f"an answer of {label!r}")
        return cls(label, float(sure), numbers)
