"""Dates that cannot be the days when the texts were written."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.wording import percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: What programs write where no date is known.
_STAND_INS = frozenset({"1970-01-01", "1900-01-01", "1899-12-30", "1904-01-01", "0001-01-01", "9999-12-31"})
#: A day with this share of the rows is no day like others, where there are so many rows and days.
_MOST, _ROWS, _DAYS = 0.5, 100, 5
#: A gap has so many days, is this share of the whole time, and has this share of the rows on either side.
_GAP_DAYS, _GAP, _SIDE = 30, 0.3, 0.05
_SHOWN = 1000

if TYPE_CHECKING:
    from luodi.auditing.evidence import Evidence


@check("dates")
def dates(evidence: Evidence, /) -> Iterable[Finding]:
    """Find dates that stand in for unknown ones, days that hold most of the rows, and long gaps."""
    if evidence.data.times is None:
        return
    days = [moment[:10] for moment in evidence.data.times]
    counts = Counter(day for day in days if day)
    if counts.total() < 2:
        return
    yield from _stand_ins(days, counts)
    real = Counter({day: n for day, n in counts.items() if day not in _STAND_INS})
    if len(real) == 1 and len({*evidence.data.times} - {""}) == 1:
        yield _one_moment(next(iter(real)), counts.total())
    elif real:
        yield from _crowded(days, real)
        yield from _gap(real)


def _stand_ins(days: Sequence[str], counts: Counter[str]) -> Iterator[Finding]:
    found = {day: counts[day] for day in sorted(_STAND_INS & set(counts))}
    if found and len(found) < len(counts):
        n = sum(found.values())
        yield Finding(
            "warning", float(np.sqrt(n / len(days))), n,
            what=t("rows with a date that programs write where none is known: {n:,} ({share}), {days}", n=n,
                   share=percent(n / len(days)), days=", ".join(found)),
            effect=t("Divided by time, these rows count as the oldest or the newest, which they are not."),
            advice=t("Look up their dates, or leave them out before dividing by time."),
            suspects=tuple(Suspect(row, {"found": day}) for row, day in enumerate(days) if day in found)[:_SHOWN],
        )  # fmt: skip


def _one_moment(day: str, n: int) -> Finding:
    return Finding(
        "warning", 0.5, n,
        what=t("all {n:,} rows have the same time: {day}", n=n, day=day),
        effect=t("Nothing can be said of changes over time, and dividing by time is dividing by chance."),
        advice=t("Likely it is the time of an export: name the column that says when a text was written."),
    )  # fmt: skip


def _crowded(days: Sequence[str], counts: Counter[str]) -> Iterator[Finding]:
    (day, n), *_ = counts.most_common(1)
    if n >= _MOST * len(days) and len(days) >= _ROWS and len(counts) >= _DAYS:
        yield Finding(
            "note", n / len(days) / 2, n,
            what=t("{n:,} rows ({share}) are of one day, {day}; the others are spread over {days:,} days", n=n,
                   share=percent(n / len(days)), day=day, days=len(counts) - 1),
            effect=t("Likely it is the day of an import, not of the texts: in order of time these rows stand wrong."),
            advice=t("Ask what the column means before you divide by it with --time."),
            suspects=tuple(Suspect(row) for row, of in enumerate(days) if of == day)[:_SHOWN],
        )  # fmt: skip


def _gap(counts: Counter[str]) -> Iterator[Finding]:
    ordered = [(one, day) for day in sorted(counts) if (one := _read(day)) is not None]
    if len(ordered) < _DAYS:
        return
    span, total, seen = (ordered[-1][0] - ordered[0][0]).days, counts.total(), 0
    for (before, day), (after, next_day) in pairwise(ordered):
        seen += counts[day]
        length = (after - before).days
        if length >= max(_GAP_DAYS, _GAP * span) and _SIDE <= seen / total <= 1 - _SIDE:
            yield Finding(
                "note", min(1.0, length / span), total,
                what=t("no row is of the {days:,} days between {before} and {after}", days=length - 1, before=day,
                       after=next_day),
                effect=t("Before and after may be two sources, with labels given by other people or rules."),
                advice=t("Ask what happened then. If labels changed their meaning, learn from the newer rows only."),
            )  # fmt: skip


def _read(day: str) -> date | None:
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None
