"""The resolution of a test: how small a difference so many rows can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding
from luodi.auditing.wording import of_head
from luodi.language import t
from luodi.tasks.metrics import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.auditing.evidence import Evidence

_Z, _POWER_Z = 1.959963984540054, 0.8416212335729143  # two-sided 95 %; found in four of five tries
_TEST_SHARE = 0.2
#: An accuracy more extreme than these would promise too narrow an interval.
_WORST, _BEST = 0.5, 0.98
#: Points of accuracy on either side from which on it is a warning.
_COARSE = 5.0


@check("test_resolution")
def resolution(evidence: Evidence, /) -> Iterable[Finding]:
    """Tell how sure the figures of the test will be, and how small a difference it can show."""
    is_given = "test" in evidence.parts
    of_test = evidence.part_of == evidence.parts.index("test") if is_given else np.ones(len(evidence.data), bool)
    for head, column in evidence.data.labels.items():
        if len({*column} - {None}) > 1:
            is_labelled = np.array([label is not None for label in column])
            n_texts = len(np.unique(evidence.near[is_labelled & of_test]))  # a text that repeats another proves nothing
            n = n_texts if is_given else int(n_texts * _TEST_SHARE)
            if n:
                yield _finding(evidence, head, n, is_given=is_given)


def _finding(evidence: Evidence, head: str, n: int, *, is_given: bool) -> Finding:
    expected = _expected(evidence, head)
    low, high = wilson(expected, n)
    half = 100 * (high - low) / 2
    shown, needed = 100 * difference_shown(n, differing=1 - expected), rows_needed(0.01, differing=1 - expected)
    what = (
        t("the test has {n:,} different texts: an accuracy of {expected:.0%} is known to within {half:.1f} points", n=n,
          expected=expected, half=half)
        if is_given
        else t("a test of a fifth of the rows, {n:,} different texts, will know an accuracy of {expected:.0%} to "
               "within {half:.1f} points", n=n,
               expected=expected, half=half)
    )  # fmt: skip
    return Finding(
        "warning" if half >= _COARSE else "note", float(min(1.0, half / 20)), n,
        what=of_head(what, head=head, data=evidence.data),
        effect=t("Of two models it shows a difference of about {shown:.1f} points; a smaller one may be chance. One "
                 "point would take about {needed:,}.", shown=shown, needed=needed),
        advice=t("Do not choose between models by differences smaller than that. More labelled rows help: four times "
                 "as many halve it."),
    )  # fmt: skip


def _expected(evidence: Evidence, head: str) -> float:
    """Give the accuracy that a simple model reaches on rows that it did not learn from."""
    opinion = evidence.opinion(head)
    asked = opinion.targets >= 0
    right = opinion.probabilities[asked].argmax(axis=1) == opinion.targets[asked]
    return float(np.clip(right.mean(), _WORST, _BEST))


def difference_shown(n: int, *, differing: float) -> float:
    """Give the difference in accuracy of two models that n rows, asked of both, show in four of five tries.

    Args:
        n: rows.
        differing: share of the rows where just one of the two is right; of two good models about as many as one of
            them gets wrong.

    >>> round(difference_shown(2400, differing=0.1), 3)
    0.018
    """
    return float(min(differing, (_Z + _POWER_Z) * np.sqrt(differing / n)))


def rows_needed(difference: float, *, differing: float) -> int:
    """Give how many rows show a difference in accuracy of two models in four of five tries, rounded to two digits.

    >>> rows_needed(0.01, differing=0.1)
    7800

    Source: Connor 1987, Biometrics 43 (McNemar's test, at 95 %), without the term for large differences.
    """
    needed = (_Z + _POWER_Z) ** 2 * differing / difference**2
    return int(float(f"{needed:.2g}"))
