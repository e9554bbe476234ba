"""Tiers: a small model answers the texts that it is sure of, the large one behind it the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle.abstain import threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.bundle.forward import Encoded
    from luodi.tasks.task import Answer, Logits, Task

    #: By head n answers.
    Answers = Mapping[str, Sequence[Answer]]


@dataclass(frozen=True)
class OpenTier:
    """A tier with its engine open.

    Args:
        name: as answers bear it.
        session: its engine; several threads may use it at once.
        temperatures: for each head the number that its logits are divided by.
        least: for each head the probability that an answer has to exceed to stand; where one does not, the text goes
            on to the next tier. Empty for the last one, whose answers always stand.
        file: the engine's file, for complaints.
    """

    name: str
    session: Any
    temperatures: Mapping[str, float]
    least: Mapping[str, float]
    file: str


def hand_over_at(task: Task, first: Answers, behind: Answers, *, risk: float) -> dict[str, float]:
    """Find for each head how sure the first tier has to be, for a stated bound on answers that differ.

    Of all texts at most a share is answered by the first tier otherwise than the tier behind would have: conformal
    risk control as for abstention, what the tier behind says in the place of the true label. So no labels are needed,
    and the bound holds whatever the first tier is worth, for texts drawn as these were.

    Args:
        task: the heads; each has the bound to itself.
        first: answers of the first tier to n texts that it did not learn from.
        behind: those of the tier behind it to the same texts.
        risk: the share, above 0 and below 1.

    Returns:
        For each head the probability to exceed; 1, which no answer exceeds, where n is too small to promise anything.
    """
    return {
        head.name: threshold(_sureness(first[head.name]), _alike(task, head.name, first, behind), risk=risk)
        for head in task.heads
    }


def stands(answers: Answers, least: Mapping[str, float]) -> NDArray[np.bool_]:
    """Tell of n texts whether every head's answer is sure enough to stand, (n,)."""
    n = len(next(iter(answers.values())))
    sure = np.ones(n, bool)
    for head, bound in least.items():
        sure &= _sureness(answers[head]) > bound
    return sure


def ask_in_turn(
    tiers: Sequence[OpenTier],
    task: Task,
    encoded: Encoded,
    *,
    compute: Callable[[OpenTier, Encoded], Mapping[str, Logits]],
) -> tuple[dict[str, list[Answer]], list[str]]:
    """Ask the first tier about every text, and each later one about those that went on to it.

    Args:
        tiers: the one that answers first at the beginning.
        task: the heads.
        encoded: n texts; all tiers read the same ids.
        compute: gives each head's logits of some texts by a tier.

    Returns:
        For each head its n answers, and the n names of the tiers that gave them.
    """
    first, *behind = tiers
    said = task.decode(compute(first, encoded), encoded.pieces, temperatures=first.temperatures)
    names = [first.name] * len(encoded.ids)
    if not behind or not names:
        return {head: list(column) for head, column in said.items()}, names
    stand = stands(said, first.least)
    went_on = np.flatnonzero(~stand)
    later, later_names = ask_in_turn(behind, task, encoded.some(went_on), compute=compute)
    for name, row in zip(later_names, went_on, strict=True):
        names[row] = name
    return together(said, later, stand), names


def together(first: Answers, later: Answers, stand: NDArray[np.bool_]) -> dict[str, list[Answer]]:
    """Take the first tier's answers where they stand, and the later ones for the other texts.

    Args:
        first: answers to n texts.
        later: answers to the texts that went on, in their order.
        stand: whether the first answers to a text stand, (n,).
    """
    merged = {}
    for head, column in first.items():
        rest = iter(later[head])
        merged[head] = [one if is_sure else next(rest) for one, is_sure in zip(column, stand, strict=True)]
    return merged


def differs(task: Task, first: Answers, behind: Answers) -> NDArray[np.bool_]:
    """Tell of n texts whether any head's answer is another one than that of the tier behind, (n,)."""
    apart = np.zeros(len(next(iter(first.values()))), bool)
    for head in task.heads:
        apart |= ~_alike(task, head.name, first, behind)
    return apart


def _sureness(column: Sequence[Answer]) -> NDArray[np.float64]:
    return np.array([one.probability for one in column], np.float64)


def _alike(task: Task, head: str, first: Answers, behind: Answers) -> NDArray[np.bool_]:
    """Hold answers against those of the tier behind as against labels: (n,)."""
    gold = [one.label for one in behind[head]]
    return task[head].judge(gold, [one.label for one in first[head]]).right
