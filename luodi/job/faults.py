"""What is wrong with the fields of a recipe, each by itself and beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.job.duration import read_duration
from luodi.job.rung import read_rungs
from luodi.language import t
from luodi.limits import COSTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: Fewer tokens than this leave nothing of a text between its marks.
FEWEST_TOKENS = 8


def may_shrink(shrink: str, limits: Iterable[str], *, cascade: float | None = None) -> bool:
    """Tell whether a cheaper model may be looked for: always, or where the budget limits costs.

    Beside a cascade of the recipe's own it is not: the ladder puts models together itself.

    >>> may_shrink("auto", ["macro_f1"]), may_shrink("auto", ["size_mib"]), may_shrink("never", ["size_mib"])
    (False, True, False)
    """
    limits_costs = any(name in COSTS for name in limits)
    return shrink == "always" or (shrink == "auto" and limits_costs and cascade is None)


def faults_of(fields: Mapping[str, Any]) -> Iterator[str]:
    """Say what in the fields of a recipe cannot be obeyed.

    Raises:
        ValueError: what is no span of time, or no candidate of a ladder.
    """
    yield from _out_of_range(fields)
    yield from _at_odds(fields)
    if fields["time_limit"] is not None:
        read_duration(fields["time_limit"])
    read_rungs(fields["rungs"] or ())


def _out_of_range(fields: Mapping[str, Any]) -> Iterator[str]:
    most = fields["max_tokens"]
    if isinstance(most, int) and most < FEWEST_TOKENS:
        yield t("max_tokens: {n} is too few; {least} are the least", n=most, least=FEWEST_TOKENS)
    for name in ("abstain", "cascade"):
        if fields[name] is not None and not 0 < fields[name] < 1:
            yield t("{name}: {risk} is no share between 0 and 1", name=name, risk=fields[name])
    if not 0 <= fields["margin"] < 1:
        yield t("{name}: {risk} is no share between 0 and 1", name="margin", risk=fields["margin"])
    for name in ("seed", "trials"):
        if fields[name] < 0:
            yield t("{name}: {n} is below 0", name=name, n=fields[name])
    if fields["seeds"] < 1:
        yield t("seeds: {n} is less than one", n=fields["seeds"])


def _at_odds(fields: Mapping[str, Any]) -> Iterator[str]:
    learning = [stage.learns for stage in fields["stages"]]
    shrinks = may_shrink(fields["shrink"], fields["budget"].limits, cascade=fields["cascade"])
    if fields["cascade"] is not None and not (sum(learning) > 1 and learning[-1]):
        yield t("cascade: two stages have to learn, the last one among them: the model that it makes answers first, "
                "and the one that it was given answers the other texts")  # fmt: skip
    if fields["cascade"] is not None and fields["shrink"] == "always":
        yield t("cascade: looking for a cheaper model puts models together itself; leave out cascade or --shrink")
    for name, none in (("seeds", 1), ("trials", 0)):
        if fields["cascade"] is not None and fields[name] != none:
            yield t("{name}: not beside a cascade: they speak of one model, a cascade has two", name=name)
    if fields["time_limit"] is not None and not (fields["trials"] or shrinks):
        yield t("time_limit limits what is tried, and nothing is; add --trials 20, or --shrink")
    if fields["rungs"] is not None and not shrinks:
        yield t("rungs: nothing is tried; add --shrink, or a limit on latency or size")
