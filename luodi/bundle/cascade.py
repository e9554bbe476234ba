"""Tiers: a small model answers the texts that it is sure of, the large one behind it the others."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.bundle.forward import Encoded
    from luodi.tasks.task import Answer, Logits, Task

    #: By head n answers.
    Answers = Mapping[str, Sequence[Answer]]

#: The confidence that a bound on answers that differ is kept.
_SURE = 0.95


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

    Of all texts at most a share is answered by the first tier otherwise than the tier behind would have, with 95 %
    confidence: in 95 of 100 sets drawn as these n texts were, the bound that is found keeps it. No labels are needed,
    and it holds whatever the first tier is worth. With several heads each gets its part of the share, so that it is
    one for the answer as a whole.

    Args:
        task: the heads.
        first: answers of the first tier to n texts that it did not learn from.
        behind: those of the tier behind it to the same texts.
        risk: the share, above 0 and below 1.

    Returns:
        For each head the probability to exceed; 1, which no answer exceeds, where n is too small to promise anything.

    Source: Bates, Angelopoulos, Lei, Malik and Jordan 2021, arXiv:2101.02703 (risk-controlling prediction sets).
    """
    each = risk / len(task.heads)
    return {
        head.name: sure_threshold(_sureness(first[head.name]), _alike(task, head.name, first, behind), risk=each)
        for head in task.heads
    }


def sure_threshold(confidence: NDArray[np.floating], alike: NDArray[np.bool_], *, risk: float) -> float:
    """Find the probability to exceed so that, with 95 % confidence, at most a share stands and is not alike.

    Of the n texts so many may stand and differ that more would be seen in 95 of 100 sets if the true share were the
    risk: the exact binomial bound. As fewer stand the higher the threshold, that one bound holds at the one chosen.

    Args:
        confidence: probability of each of n answers, (n,).
        alike: whether each is the answer wanted, (n,).
        risk: the share, above 0 and below 1.

    >>> sure = np.linspace(0.5, 1.0, 200)
    >>> round(sure_threshold(sure, np.arange(200) % 10 > 0, risk=0.05), 3), sure_threshold(sure, sure > 2, risk=0.01)
    (0.877, 1.0)
    """
    n_allowed = most_allowed(len(alike), risk=risk)
    if n_allowed < 0:
        return 1.0
    scores = np.sort(np.where(alike, 0.0, confidence))[::-1]
    return float(scores[n_allowed]) if n_allowed < len(scores) else 0.0


def most_allowed(n: int, *, risk: float) -> int:
    """Give how many of n may be seen that show, with 95 % confidence, a share below the risk; -1 where n is too small.

    >>> most_allowed(298, risk=0.01), most_allowed(299, risk=0.01), most_allowed(1000, risk=0.02)
    (-1, 0, 12)
    """
    chance, seen = 0.0, -1
    while seen < n:
        k = seen + 1
        chance += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(risk) + (n - k) * log1p(-risk))
        if chance > 1 - _SURE:
            break
        seen = k
    return seen


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
    names = [first.name] * encoded.n
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
