"""Labels that are probably wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.opinion.suspicion import suspicion
from luodi.auditing.wording import of_head, percent
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence
    from luodi.auditing.opinion.opinion import Opinion

#: A label is called wrong where that is likelier than not.
_WRONG = 0.5
#: A label that is not called wrong is worth a look where its own probability is below, another one's above these.
_OWN, _OTHER = 0.02, 0.8
#: So many rows worth a look are shown; so many rows called wrong.
_LOOKED_AT, _SHOWN = 50, 10_000
#: From these shares of wrong labels on it is a warning; or an error, as figures measured on such labels are off.
_SOME, _MANY = 0.005, 0.04


@dataclass(frozen=True)
class _Verdict:
    """What is believed of n labels.

    Args:
        suspicion: from 0 to 1, (n,).
        proposed: the place of the likeliest other label, (n,).
        sureness: how likely the label is wrong, (n,).
        share: how many of the labels are wrong, from below.
    """

    suspicion: NDArray[np.float64]
    proposed: NDArray[np.int64]
    sureness: NDArray[np.float64]
    share: float


@check("wrong_labels")
def wrong_labels(evidence: Evidence, /) -> Iterable[Finding]:
    """Find labels that are probably wrong, with the label proposed; models that did not see a row judge it."""
    for head in evidence.data.labels:
        opinion = evidence.opinion(head)
        if opinion.yardstick is None:
            continue
        scores, proposed = suspicion(opinion.probabilities, opinion.targets)
        sureness = opinion.yardstick.sureness(scores)
        verdict = _Verdict(scores, proposed, sureness, opinion.yardstick.share_wrong())
        order = np.argsort(-scores, kind="stable")
        wrong = order[sureness[order] >= _WRONG]
        if len(wrong):
            yield _called_wrong(evidence, head, verdict, wrong)
        elif len(rows := order[_contradicted(opinion, verdict)[order]]):
            yield _worth_a_look(evidence, head, verdict, rows)


def _contradicted(opinion: Opinion, verdict: _Verdict) -> NDArray[np.bool_]:
    rows = np.arange(len(opinion.targets))
    own, other = opinion.probabilities[rows, opinion.targets], opinion.probabilities[rows, verdict.proposed]
    return (verdict.suspicion > 0) & (own < _OWN) & (other > _OTHER)


def _called_wrong(evidence: Evidence, head: str, verdict: _Verdict, rows: NDArray[np.int64]) -> Finding:
    opinion = evidence.opinion(head)
    n = int((opinion.targets >= 0).sum())
    share = max(verdict.share, float(verdict.sureness[rows].sum()) / n)
    what = t("labels that are probably wrong: at least about {n_wrong:,} ({share}); {n:,} can be named, by what "
             "{by} learned from the other rows", n_wrong=round(share * n), share=percent(share), n=len(rows),
             by=opinion.by)  # fmt: skip
    return Finding(
        "error" if share >= _MANY else "warning" if share >= _SOME else "note",
        float(min(1.0, np.sqrt(5 * share))), len(rows),
        what=of_head(what, head=head, data=evidence.data),
        effect=t("A model learns them too; and in the test a right answer to such a row counts as a mistake: no model "
                 "can be shown to be better than {best}.", best=percent(1 - share)),
        advice=t("Read them from the top, the surest first. --fix OUT --fix-labels writes a copy in which those that "
                 "are sure enough have the label proposed; nothing is changed without it."),
        suspects=tuple(_suspects(opinion, verdict, rows[:_SHOWN])),
        fixes=tuple(_fixes(head, opinion, verdict, rows)),
    )  # fmt: skip


def _worth_a_look(evidence: Evidence, head: str, verdict: _Verdict, rows: NDArray[np.int64]) -> Finding:
    opinion = evidence.opinion(head)
    what = t("labels that contradict what {by} learned from the other rows: {n:,}", n=len(rows), by=opinion.by)
    return Finding(
        "note", 0.1, len(rows),
        what=of_head(what, head=head, data=evidence.data),
        effect=t("Some may be wrong, others right and hard; that many labels are wrong could not be shown."),
        advice=t("Read the first few. Where they turn out wrong, look for the rule behind them: labels that overlap, "
                 "or texts that two people would label differently."),
        suspects=tuple(_suspects(opinion, verdict, rows[:_LOOKED_AT])),
    )  # fmt: skip


def _suspects(opinion: Opinion, verdict: _Verdict, rows: NDArray[np.int64]) -> Iterator[Suspect]:
    for row in rows.tolist():
        proposed = int(verdict.proposed[row])
        yield Suspect(
            row,
            {
                "proposed": opinion.labels[proposed],
                "probability": round(float(opinion.probabilities[row, proposed]), 3),
                "own_probability": round(float(opinion.probabilities[row, opinion.targets[row]]), 3),
                "sureness": round(float(verdict.sureness[row]), 2),
            },
        )


def _fixes(head: str, opinion: Opinion, verdict: _Verdict, rows: NDArray[np.int64]) -> Iterator[Fix]:
    """Propose labels; a proposal is as sure as the label is wrong, times the proposal's part of all other labels."""
    for row in rows.tolist():
        proposed, own = int(verdict.proposed[row]), int(opinion.targets[row])
        q, p = float(opinion.probabilities[row, proposed]), float(opinion.probabilities[row, own])
        why = t("{label!r} has a probability of {q}, the label in the file {p}", label=opinion.labels[proposed],
                q=percent(q), p=percent(p))  # fmt: skip
        sureness = float(verdict.sureness[row]) * min(1.0, q / max(1 - p, 1e-9))
        yield Fix(row, "label", why, head=head, label=opinion.labels[proposed], sureness=sureness)
