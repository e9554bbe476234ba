"""What the overview shows: is it well, how fast, how sure; the last hour, the last week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.console.chart import Chart, Series
from luodi.console.figures import count, milliseconds, percent
from luodi.data.text import encodable
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.store import Tally

HOUR_S, WEEK_S = 3600.0, 7 * 86400.0
#: How finely the two are drawn.
HOUR_STEP_S, WEEK_STEP_S = 120.0, 6 * 3600.0
#: Labels of a head that are listed.
_MOST_LABELS = 6


@dataclass(frozen=True)
class Health:
    """In what state the service is.

    Args:
        tone: ``good``, ``busy`` or ``bad``.
        sentence: what a person is told.
    """

    tone: str
    sentence: str


@dataclass(frozen=True)
class Summary:
    """A stretch of time in five figures; None where nothing was answered in it."""

    n: int
    mean_seconds: float | None
    mean_probability: float | None
    abstained: float | None
    corrected: float | None


@dataclass(frozen=True)
class Share:
    """How much of a head's answers bear a label."""

    label: str
    share: float


@dataclass(frozen=True)
class Period:
    """The last hour or week.

    Args:
        name: of the period.
        summary: in figures.
        charts: how many, how fast, how sure; empty where nothing was answered.
        labels: for each head its most frequent labels.
    """

    name: str
    summary: Summary
    charts: tuple[Chart, ...]
    labels: tuple[tuple[str, tuple[Share, ...]], ...]


def judge(*, n_models: int, n_warm: int, n_waiting: int, share_failed: float) -> Health:
    """Say in one sentence how the service is.

    Args:
        n_models: bundles that it has.
        n_warm: of them, those that answer.
        n_waiting: texts that wait now.
        share_failed: of the last minutes' requests, those that ended in an error of the service.

    >>> judge(n_models=1, n_warm=1, n_waiting=0, share_failed=0.0).tone
    'good'
    """
    if n_models == 0 or n_warm < n_models:
        return Health("bad", t("{n} of {all} models do not answer yet.", n=n_models - n_warm, all=n_models))
    if share_failed > 0.01:
        return Health("bad", t("{share} of the last requests failed.", share=percent(share_failed)))
    if n_waiting > 100:
        return Health("busy", t("All models answer; {n} texts wait for their turn.", n=n_waiting))
    return Health("good", t("All is well: every model answers, nothing piles up."))


def read_period(name: str, tallies: Sequence[Tally], *, step_s: float, form: str) -> Period:
    """Arrange the tallies of a stretch of time.

    Args:
        name: of the period.
        tallies: one for each step, the oldest first.
        step_s: how long each is.
        form: how times are said, ``time`` or ``day``.
    """
    summary = summarise(tallies)
    return Period(name, summary, _charts(tallies, step_s, form) if summary.n else (), _labels(tallies))


def summarise(tallies: Sequence[Tally]) -> Summary:
    """Add tallies up; means are weighed by how many answers each holds."""
    n = sum(one.n for one in tallies)
    if not n:
        return Summary(0, None, None, None, None)

    def mean(pairs: Sequence[tuple[float | None, int]]) -> float | None:
        known = [(value, k) for value, k in pairs if value is not None and k]
        total = sum(k for _, k in known)
        return sum(value * k for value, k in known) / total if total else None

    return Summary(
        n, mean([(one.mean_seconds, one.n) for one in tallies]),
        mean([(one.mean_probability, one.n) for one in tallies]),
        sum(one.n_abstained for one in tallies) / n, sum(one.n_corrected for one in tallies) / n,
    )  # fmt: skip


def _charts(tallies: Sequence[Tally], step_s: float, form: str) -> tuple[Chart, ...]:
    starts = tuple(one.start for one in tallies)

    def chart(title: str, values: Sequence[float | None], say: object, **rest: object) -> Chart:
        return Chart(title, starts, step_s, (Series(title, tuple(values)),), say, form=form, **rest)  # type: ignore[arg-type]

    return (
        chart(t("answers given"), [float(one.n) for one in tallies], count, has_bars=True),
        chart(t("mean latency"), [one.mean_seconds if one.n else None for one in tallies], milliseconds),
        chart(t("mean probability"), [one.mean_probability if one.n else None for one in tallies], percent, top=1.0),
    )


def _labels(tallies: Sequence[Tally]) -> tuple[tuple[str, tuple[Share, ...]], ...]:
    """Give for each head its most frequent labels, as shares of all its answers."""
    counts: dict[str, dict[str, int]] = {}
    for one in tallies:
        for head, labels in one.labels.items():
            into = counts.setdefault(head, {})
            for label, n in labels.items():
                into[label] = into.get(label, 0) + n
    found = []
    for head, labels in counts.items():
        total = sum(labels.values())
        first = sorted(labels.items(), key=lambda row: (-row[1], row[0]))[:_MOST_LABELS]
        found.append((encodable(head), tuple(Share(encodable(label), n / total) for label, n in first)))
    return tuple(found)
