"""The space that trials are drawn from: for each field what may stand there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.tune.finetune import Finetune
from luodi.tune.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.models.stage import Stage

    #: (field, value) -> why the recipe refuses the value there; None where it takes it.
    Refused = Callable[[str, Any], str | None]

#: What may differ between trials; all else would change what they are compared by.
TRIED = ("stages", "model", "max_tokens")
_SIDES = ("low", "high", "log")
#: Unless the recipe says what to try, rates go up and down by this factor.
_FACTOR = 4.0
_MOST_DROPOUT = 0.3
#: Unless the recipe names a number of epochs, these are tried beside ``auto``.
_EPOCHS = (2, 4, 8)


@dataclass(frozen=True)
class Choices:
    """Some values, one of which stands in the field."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Range:
    """Every number from low to high.

    Args:
        low: the least.
        high: the most.
        log: drawn by its logarithm, so that 0.001 to 0.01 counts as much as 0.01 to 0.1.
        whole: whole numbers alone.
        auto: the number that ``auto`` in the field amounts to, where that is known.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False
    auto: float | None = None


def read_space(block: Mapping[str, Any], *, refused: Refused, faults: dict[str, str]) -> Mapping[str, Choices | Range]:
    """Read the block ``search`` of a recipe: dotted field -> list of values, or a block with low, high and log.

    Args:
        block: as the recipe holds it.
        refused: whether the recipe would take a value in a field; both ends of a range are asked about, and every
            value of a list.
        faults: takes what is wrong, by dotted place.
    """
    found = {}
    for at, raw in block.items():
        place = f"search.{at}"
        one = _untried(at) or (_choices(raw) if isinstance(raw, list | tuple) else _range(raw))
        if not isinstance(one, str):
            values = one.values if isinstance(one, Choices) else (one.low, one.high)
            one = next(filter(None, (refused(at, value) for value in values)), one)
        if isinstance(one, str):
            faults[place] = one
            continue
        if isinstance(one, Range) and one.whole:  # 0 to 1 may be meant as two whole numbers, or as a share
            one = replace(one, whole=refused(at, one.low + 0.5) is not None)
        found[at] = one
    return found


def default_space(stages: Sequence[Stage]) -> Mapping[str, Choices | Range]:
    """Give what is worth trying of the first ``finetune`` among the stages; nothing where there is none.

    Rates are tried around what suits the tuner; where ``auto`` chooses the tuner they stay as they are.
    """
    stage = next((one for one in stages if isinstance(one, Finetune)), None)
    if stage is None:
        return {}
    n, tuner = stage.epochs, stage.tuner
    space: dict[str, Choices | Range] = {}
    if not isinstance(tuner, str):
        rate = "head_learning_rate" if isinstance(tuner, Probe) else "learning_rate"
        wanted = getattr(stage, rate)
        middle = getattr(tuner, rate) if isinstance(wanted, str) else wanted
        space[rate] = Range(middle / _FACTOR, middle * _FACTOR, log=True, auto=middle)
    space["epochs"] = Choices((n, *_EPOCHS) if isinstance(n, str) else tuple(sorted({max(1, n // 2), n, 2 * n})))
    space["loss"] = Choices(("plain", "weighted", "focal"))
    space["averages"] = Choices((False, True))
    space["dropout"] = Range(0.0, _MOST_DROPOUT)
    if ranks := _ranks(tuner):
        space["tuner.rank"] = Choices(ranks)
    return {f"stages.finetune.{name}": one for name, one in space.items()}


def _ranks(tuner: Any) -> tuple[int, ...]:
    """Give half, once and twice the rank of a tuner that has one, as far as it takes them."""
    rank = getattr(tuner, "rank", None)
    if not isinstance(rank, int):
        return ()
    taken = []
    for one in sorted({max(1, rank // 2), rank, 2 * rank}):
        try:
            replace(tuner, rank=one)
        except RecipeError:
            continue
        taken.append(one)
    return tuple(taken)


def _untried(at: str) -> str:
    """Say why a field cannot be tried; nothing where it can."""
    first, last = at.partition(".")[0], at.rpartition(".")[2]
    if first not in TRIED:
        what = t("trials may differ in {names} alone: all else would change what they are compared by",
                 names=", ".join(TRIED))  # fmt: skip
        near = did_you_mean(first, TRIED)
        return what + (near if near.endswith("?") else "")
    if last == "seed":
        return t("the best of several seeds is the luckiest one; --seeds 5 shows how far they lie apart")
    return ""


def _choices(raw: Sequence[Any]) -> Choices | str:
    return Choices(tuple(raw)) if raw else t("the list of what to try is empty")


def _range(raw: Any) -> Range | str:
    if not isinstance(raw, dict):
        return t("{raw!r} is neither a list of values nor a range; write [1, 2] or {{low: 1, high: 2}}", raw=raw)
    if strange := [key for key in raw if key not in _SIDES]:
        return t("a range has no {key!r}", key=strange[0]) + did_you_mean(str(strange[0]), _SIDES)
    low, high, log = raw.get("low"), raw.get("high"), raw.get("log", False)
    if not (_is_number(low) and _is_number(high)):
        return t("a range wants low and high, both numbers")
    if not isinstance(log, bool):
        return t("log is true or false, not {value!r}", value=log)
    if low >= high:
        return t("the range is upside down: low {low} is not below high {high}", low=low, high=high)
    if log and low <= 0:
        return t("a range with log: true begins above 0, not at {low}", low=low)
    return Range(low, high, log, whole=isinstance(low, int) and isinstance(high, int))


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
