"""An answer that was given, and what a person said of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Answered:
    """One text and its answer.

    Args:
        id: names the answer for ever; no other may bear it.
        at: when, in seconds since 1970.
        model: the name under which the bundle was asked.
        bundle: its fingerprint.
        tier: which of its tiers answered.
        text: what was asked; None where texts are not kept.
        answers: for each head what ``to_json`` of its answer gives.
        probability: of the head that is least sure, 0 to 1.
        abstained: whether it may only be a guess.
        seconds: between the arrival of the text and its answer.
        n_tokens: of the text, where they were counted.
        request: the id of the request that the text came with.
    """

    id: str
    at: float
    model: str
    bundle: str
    tier: str
    text: str | None
    answers: Mapping[str, Any]
    probability: float
    abstained: bool
    seconds: float
    n_tokens: int | None
    request: str


@dataclass(frozen=True)
class Correction:
    """What an answer should have been.

    Args:
        answer: the id of the answer.
        at: when it was said, in seconds since 1970; the last word on a head holds.
        head: of which it is said.
        label: what is right, as plain JSON: a label, a list of labels, a list of spans, a number.
        who: said so; empty where nobody is named.
    """

    answer: str
    at: float
    head: str
    label: Any
    who: str


@dataclass(frozen=True)
class Kept:
    """An answer with all that was said of it, in the order in which it was said."""

    answered: Answered
    corrections: tuple[Correction, ...]

    def right(self) -> dict[str, Any]:
        """Give for each head that was corrected the label that holds: the last that was said."""
        return {one.head: one.label for one in self.corrections}
