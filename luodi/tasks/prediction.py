"""What a predictor says of one text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.tasks.task import Answer


@dataclass(frozen=True)
class Prediction:
    """What a predictor says of one text: an answer for each head.

    ``label`` and ``probability`` are those of the only head; with several heads, ask ``answers``.
    """

    answers: Mapping[str, Answer]
    abstained: bool = False
    tier: str = "model"

    @property
    def label(self) -> str:
        """The only head's label."""
        return self._only().label

    @property
    def probability(self) -> float:
        """The only head's probability of its label."""
        return self._only().probability

    def behind(self, n: int) -> Prediction:
        """Give the same prediction for the text behind n blanks: places in it, where an answer has some, move along."""
        moved = {head: one.behind(n) if hasattr(one, "behind") else one for head, one in self.answers.items()}
        return replace(self, answers=moved) if n else self

    def to_json(self) -> dict[str, Any]:
        """Give one line of ``predict`` in the JSON contract, without the text."""
        answers = {head: answer.to_json() for head, answer in self.answers.items()}
        return {**answers, "abstained": self.abstained, "tier": self.tier}

    def _only(self) -> Answer:
        if len(self.answers) != 1:
            msg = f"this prediction has {len(self.answers)} answers ({', '.join(self.answers)}): ask .answers[head]"
            raise AttributeError(msg)
        return next(iter(self.answers.values()))


class Predictor(Protocol):
    """Anything that answers texts: a tier, an engine, a model in memory, a model elsewhere."""

    def predict(self, texts: Sequence[str]) -> Sequence[Prediction]:
        """Answer every text, in order."""
