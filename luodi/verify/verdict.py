"""The honest sentence: whether the large model is worth it beside the cheap one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.tasks.names import metric_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.verify.compare import Comparison

#: A gain that surely stays under this many points is shown, yet hardly worth a larger model.
SLIGHT = 0.015
#: On fewer rows nothing is told: an interval of so few has no meaning.
FEWEST = 20
#: A gain that is not shown, yet may be larger than this, is left open rather than called none.
OPEN = 0.03


def verdict(comparison: Comparison) -> tuple[str, str]:
    """Judge the model's gain over the baseline.

    Returns:
        A word and a sentence: ``worth it`` where a gain is shown that may be more than slight, ``slight`` where it is
        shown and slight, ``not shown`` where the baseline may be as good (the sentence says whether the rows were
        enough to exclude a large gain), ``worse`` where the baseline is better.
    """
    if comparison.n == 0:
        return "not shown", t("No test row has a label here: nothing is shown.")
    if comparison.n < FEWEST:
        return "not shown", t(
            "Only {n:,} test rows have a label here: too few to tell whether the large model is better. Until more do, "
            "the cheap model is the safe choice.",
            n=comparison.n,
        )  # fmt: skip
    gain, metric = comparison.gain, metric_name(comparison.metric)
    low, high = (100 * (side if side is not None else gain.value) for side in (gain.low, gain.high))
    numbers: dict[str, Any] = {
        "n": comparison.n,
        "metric": metric,
        "points": 100 * gain.value,
        "low": low,
        "high": high,
    }
    if high < 0:
        return "worse", t(
            "On {n:,} test rows the cheap baseline is better by {points:.1f} points of {metric} ({low:.1f} to "
            "{high:.1f}). Use the baseline.",
            n=comparison.n, metric=metric, points=-100 * gain.value, low=-high, high=-low,
        )  # fmt: skip
    if low <= 0:
        return "not shown", _not_shown(comparison, numbers, is_open=high > 100 * OPEN)
    if high < 100 * SLIGHT:
        return "slight", t(
            "On {n:,} test rows the large model is better than the cheap baseline, but by little: {points:+.1f} "
            "points of {metric} ({low:+.1f} to {high:+.1f}). Ask whether that is worth its cost.",
            **numbers,
        )
    return "worth it", t(
        "On {n:,} test rows the large model is better than the cheap baseline by {points:+.1f} points of {metric} "
        "({low:+.1f} to {high:+.1f}).",
        **numbers,
    )


def _not_shown(comparison: Comparison, numbers: Mapping[str, Any], *, is_open: bool) -> str:
    """Say that the gain may be none; where a large one is not excluded either, say that instead of "enough"."""
    if is_open:
        said = t(
            "On {n:,} test rows the large model is not shown to be better than the cheap baseline: {points:+.1f} "
            "points of {metric}, anywhere from {low:+.1f} to {high:+.1f}. So few rows cannot tell; until more do, "
            "the cheap model is the safe choice.",
            **numbers,
        )
    else:
        said = t(
            "On {n:,} test rows the large model is not shown to be better than the cheap baseline: {points:+.1f} "
            "points of {metric}, anywhere from {low:+.1f} to {high:+.1f}. The cheap model is enough here.",
            **numbers,
        )
    needed = comparison.rows_needed
    if needed is None or comparison.gain.value <= 0:
        return said
    return said + " " + t("About {needed:,} test rows would show a difference of this size.", needed=_round(needed))


def _round(n: int) -> int:
    """Round to two digits: more would pretend to know.

    >>> _round(12_345), _round(87)
    (12000, 87)
    """
    return int(round(n, 2 - len(str(n)))) if n > 99 else n
