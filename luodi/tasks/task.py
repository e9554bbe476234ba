"""What a right answer is: the heads over one input, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from luodi.errors import DataError
from luodi.language import t
from luodi.registry import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.budget import HeadReport
    from luodi.data.dataset import Dataset

#: What an answer in JSON says besides its heads: no head may bear one of these names.
RESERVED = ("text", "abstained", "tier")


class Answer(Protocol):
    """What one head says of one text."""

    def to_json(self) -> Any:
        """Give the value under the head's name in the JSON contract of ``predict``."""


class Head(Protocol):
    """One question asked of every text; a frozen dataclass, entered under the kind ``head``.

    Its fields besides ``name`` are what decoding needs (the labels), and are written into the bundle.
    ``fit(name, data)`` is its classmethod constructor, reading those fields off labelled data.
    ``metrics`` names all that ``measure`` reports and a budget may limit, ``main_metric`` the one that decides.
    """

    main_metric: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]

    @property
    def name(self) -> str:
        """The label column that this head answers."""

    @property
    def n_outputs(self) -> int:
        """How many numbers the encoder's head layer puts out for a text."""

    def targets(self, data: Dataset) -> NDArray[np.generic]:
        """Turn the label column into what ``loss`` wants, (n, ...); -100 where a row has no label."""

    def loss(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Give the mean loss, a scalar: logits (B, n_outputs), targets (B, ...), weights (n_outputs,)."""

    def decode(self, logits: NDArray[np.float32], *, temperature: float = 1.0) -> Sequence[Answer]:
        """Turn logits (B, n_outputs) into B answers, with probabilities at a temperature."""

    def measure(self, data: Dataset, answers: Sequence[Answer], *, intervals: bool = True) -> HeadReport:
        """Hold n answers against the n labels of ``data``: metrics with 95 % intervals, a row for each label.

        Without ``intervals`` it is quick, as choices during a training need it.
        """


@dataclass(frozen=True)
class Prediction:
    """What a predictor says of one text: an answer for each head.

    ``label`` and ``probability`` are those of the only head; with several heads, ask ``answers``.
    """

    answers: Mapping[str, Answer]
    abstained: bool = False
    tier: str = "model"

    @property
    def label(self) -> Any:
        """The only head's label."""
        return self._only().label

    @property
    def probability(self) -> float:
        """The only head's probability of its label."""
        return float(self._only().probability)

    def to_json(self) -> dict[str, Any]:
        """Give one line of ``predict`` in the JSON contract, without the text."""
        answers = {head: answer.to_json() for head, answer in self.answers.items()}
        return {**answers, "abstained": self.abstained, "tier": self.tier}

    def _only(self) -> Any:
        if len(self.answers) != 1:
            msg = f"this prediction has {len(self.answers)} answers ({', '.join(self.answers)}): ask .answers[head]"
            raise AttributeError(msg)
        return next(iter(self.answers.values()))


class Predictor(Protocol):
    """Anything that answers texts: a tier, an engine, a model in memory, a model elsewhere."""

    def predict(self, texts: Sequence[str]) -> Sequence[Prediction]:
        """Answer every text, in order."""


@dataclass(frozen=True)
class Task:
    """The heads that one model answers in one pass."""

    heads: tuple[Head, ...]

    def __getitem__(self, name: str) -> Head:
        return next(head for head in self.heads if head.name == name)

    def to_json(self) -> list[dict[str, Any]]:
        """Give the heads with all their fields, as the bundle's manifest keeps them."""
        return [{"use": _name_of(head), **_fields(head)} for head in self.heads]

    @classmethod
    def from_json(cls, raw: Sequence[Mapping[str, Any]]) -> Task:
        """Read what ``to_json`` wrote."""
        return cls(tuple(_head(row) for row in raw))


def read_task(data: Dataset, kinds: Mapping[str, str] | None = None) -> Task:
    """Make the task that a set's label columns pose.

    Args:
        data: the labelled rows.
        kinds: head kind by label column (``{"intent": "classify"}``); ``classify`` where none is named.

    Raises:
        DataError: a column cannot be answered (one label only, a label with too few rows), or bears a name that
            stands for something else in an answer.
    """
    kinds = kinds or {}
    if taken := [name for name in data.labels if name in RESERVED]:
        raise DataError(
            t("a label column cannot be named {name!r}: that name means something else in an answer", name=taken[0]),
            found=", ".join(data.labels),
            fix=t("rename the column"),
        )
    return Task(tuple(find("head", kinds.get(name, "classify")).fit(name, data) for name in data.labels))


def _head(row: Mapping[str, Any]) -> Head:
    fields = {key: tuple(cell) if isinstance(cell, list) else cell for key, cell in row.items() if key != "use"}
    head: Head = find("head", row["use"])(**fields)
    return head


def _fields(head: Head) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(head)  # type: ignore[call-overload, no-any-return]


def _name_of(head: Head) -> str:
    from luodi.registry import parts

    return next(name for name, part in parts("head").items() if part is type(head))
