"""A candidate of the ladder, weighed on the validation rows under the budget's own conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from luodi.verify import Comparison, rows_to_show


@dataclass(frozen=True)
class Weighed:
    """What was found of one candidate.

    Args:
        name: of its rung.
        seconds: that making and measuring it took.
        report: as the contract's Report, measured on the validation rows.
        breaches: limits of the budget that it does not keep there.
        comparisons: for each head its answers beside those of the recipe's own model, as ``Comparison.to_json`` gives
            them with ``n``; empty for that model itself.
        answers: for each head a label for each validation row.
        sure: for each head how probable each of them is.
        why: it could not be made; empty where it was.
    """

    name: str
    seconds: float
    report: Mapping[str, Any]
    breaches: tuple[Mapping[str, Any], ...]
    comparisons: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, list[str]]
    sure: Mapping[str, list[float]]
    why: str = ""

    def cost(self, name: str) -> float:
        """Give one of its costs, by the names of ``limits.COSTS``."""
        return _value(self.report.get(name))

    @property
    def size_mib(self) -> float:
        """The size of its bundle."""
        return self.cost("size_mib")

    @property
    def gain(self) -> float:
        """The difference of the main metric to the recipe's own model, of the head where it is worst; 0 for itself.

        Where nothing was measured under some head it is no number.
        """
        gains = [one.gain.value for one in self._compared()]
        return math.nan if any(map(math.isnan, gains)) else min(gains, default=0.0)

    def is_good(self, *, margin: float) -> bool:
        """Tell whether it is shown, at 97.5 % confidence, to be no worse by more than a margin, under every head."""
        return not self.why and all(one.no_worse_than <= margin for one in self._compared())

    def is_worse(self, *, margin: float) -> bool:
        """Tell whether it lies below by the margin or more, under some head, whether that is shown or not."""
        return any(not one.gain.value > -margin for one in self._compared())

    def rows_needed(self, *, margin: float) -> int | None:
        """Give about how many validation rows would show that it is good; None where it is, or lies below."""
        if self.is_worse(margin=margin):
            return None
        needed = [rows_to_show(one, margin=margin) for one in self._compared()]
        return max((rows for rows in needed if rows is not None), default=None)

    def _compared(self) -> list[Comparison]:
        return [Comparison.from_json(one) for one in self.comparisons.values()]


def _value(raw: Any) -> float:
    found = raw.get("value") if isinstance(raw, Mapping) else raw
    return math.nan if found is None else float(found)
