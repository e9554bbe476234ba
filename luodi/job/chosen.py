"""Which candidate of the ladder is built: the cheapest that keeps the budget and is shown to be no worse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.job.rung import TEACHER
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.job.weighed import Weighed

#: Latencies that lie no further apart count as equal; the smaller bundle goes before.
_AS_FAST = 1.05
#: A candidate this much above the straight line between the ends is a knee, on axes of length 1.
_ABOVE = 0.05


@dataclass(frozen=True)
class Chosen:
    """The candidate that is built.

    Args:
        name: of it.
        runner_up: who would be built without it; empty where there is nobody.
        why: the reason in a sentence.
    """

    name: str
    runner_up: str
    why: str


@dataclass(frozen=True)
class Terms:
    """What a choice is made by.

    Args:
        margin: how much of the main metric a candidate may be worse than the recipe's own model.
        has_budget: whether any limit was declared.
        cost: what is to be small, by the names of ``limits.COSTS``: a latency.
    """

    margin: float
    has_budget: bool
    cost: str = "latency_p50_ms"


def choose(weighed: Sequence[Weighed], terms: Terms) -> Chosen:
    """Choose among candidates that were weighed, the recipe's own model among them.

    With a budget: the cheapest of those that keep it and are shown to be no worse than the recipe's own model by more
    than the margin; that model itself counts as such. Where nobody is, of those that keep it the best, and it is said
    that this is not shown. Where nobody keeps it, the recipe's own model, or what is as good and cheaper.
    Without: the knee of quality over latency. What has no labelled row to be compared on is not chosen.
    """
    known = [one for one in weighed if not math.isnan(one.gain)]
    first, why = _best(known, terms)
    rest = [one for one in known if one is not first]
    return Chosen(first.name, _best(rest, terms)[0].name if rest else "", why)


def _best(weighed: Sequence[Weighed], terms: Terms) -> tuple[Weighed, str]:
    margin, points = terms.margin, 100 * terms.margin
    if not terms.has_budget:
        one = knee(weighed, cost=terms.cost)
        return one, t("{name} is the knee of the curve: cheaper candidates lose much quality for little time, dearer "
                      "ones take much time for little quality", name=_said(one))  # fmt: skip
    keeping = [one for one in weighed if not one.breaches]
    good = [one for one in keeping if one.is_good(margin=margin)]
    if good:
        one = _cheapest(good, cost=terms.cost)
        if one.name == TEACHER:
            return one, t("{name} keeps the budget, and no cheaper candidate is shown to be no worse by more than "
                          "{points:.1f} points", name=_said(one), points=points)  # fmt: skip
        return one, t("{name} is the cheapest weighed that keeps the budget and is shown to be no worse than the "
                      "recipe's own model by more than {points:.1f} points",
                      name=_said(one), points=points)  # fmt: skip
    if keeping:
        one = max(keeping, key=lambda some: some.gain)
        if (rows := one.rows_needed(margin=margin)) is not None:
            return one, t("{name} does best of those that keep the budget; that it is no worse than the recipe's own "
                          "model by more than {points:.1f} points is not shown: about {rows:,} validation rows would "
                          "show it", name=_said(one), points=points, rows=rows)  # fmt: skip
        return one, t("{name} does best of those that keep the budget, {loss:.1f} points below the recipe's own model",
                      name=_said(one), loss=-100 * one.gain)  # fmt: skip
    one = _cheapest([some for some in weighed if some.is_good(margin=margin)] or weighed, cost=terms.cost)
    return one, t("no candidate keeps the budget; {name} is the cheapest that is no worse", name=_said(one))


def knee(weighed: Sequence[Weighed], *, cost: str) -> Weighed:
    """Find the candidate behind which more time buys little quality.

    Of the candidates that none beats in both, on axes from the cheapest to the dearest (logarithm of latency) and
    from the worst to the best (main metric), the one furthest above the straight line between the ends; where none
    lies above it there is no knee, and the best is taken.

    Source: Satopää, Albrecht, Irwin and Raghavan 2011, Finding a "Kneedle" in a Haystack, ICDCS workshops.
    """
    front = [one for one in weighed if not any(_beats(other, one, cost=cost) for other in weighed)]
    front.sort(key=lambda one: (one.gain, -one.cost(cost)))
    times = [math.log(max(one.cost(cost), 1e-6)) for one in front]
    scores = [one.gain for one in front]
    width, height = times[-1] - times[0] or 1.0, scores[-1] - scores[0] or 1.0
    above = [(score - scores[0]) / height - (time - times[0]) / width
             for score, time in zip(scores, times, strict=True)]  # fmt: skip
    best = max(range(len(front)), key=lambda place: above[place])
    return front[best] if above[best] > _ABOVE else front[-1]


def _beats(one: Weighed, other: Weighed, *, cost: str) -> bool:
    mine, theirs = one.cost(cost), other.cost(cost)
    return mine <= theirs and one.gain >= other.gain and (mine < theirs or one.gain > other.gain)


def _cheapest(some: Sequence[Weighed], *, cost: str) -> Weighed:
    fastest = min(one.cost(cost) for one in some)
    return min((one for one in some if one.cost(cost) <= _AS_FAST * fastest), key=lambda one: one.size_mib)


def _said(one: Weighed) -> str:
    return t("the recipe's own model") if one.name == TEACHER else one.name
