"""A finding: what is wrong with some rows, what it would do to a model, what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from luodi.data import find_personal, mask_personal
from luodi.data.pair import shown
from luodi.data.personal import MASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.data import Dataset

#: ``error``: the model or its figures would be wrong; ``warning``: they would be worse; ``note``: good to know.
Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
#: So many rows of a finding stand in JSON; ``count`` tells how many there are.
N_EXAMPLES = 50
#: Facts that name something and have to stay that name: a row, a label.
_NAMES = ("twin", "proposed")


@dataclass(frozen=True)
class Suspect:
    """One row to look at.

    Args:
        row: its place in the audited set, from 0.
        facts: what makes it suspect, by a short name: ``twin`` (an origin), ``proposed`` (a label), ``found`` ...;
            plain values that JSON takes; texts among them are masked by the audit.
    """

    row: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fix:
    """What would mend one row.

    Args:
        row: its place in the audited set.
        action: ``drop`` it, or give it another ``label``.
        why: one clause, for the log.
        head: whose label.
        label: the label that it gets.
        kept: the row that stays in its place, where it is dropped as a double.
        is_safe: nobody has to look: done by default. Others are done on request only.
        sureness: how likely the fix is right, 0 to 1.
    """

    row: int
    action: Literal["drop", "label"]
    why: str
    head: str | None = None
    label: str | None = None
    kept: int | None = None
    is_safe: bool = False
    sureness: float = 1.0


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in words that the owner of the rows can act on.

    Args:
        severity: who should care.
        score: how bad it is, from 0 (harmless) to 1; within a severity the worst stands first.
        count: rows that it touches.
        what: what is wrong with how many rows, one sentence with the figures.
        effect: what it would do to the model, one sentence.
        advice: what to do, one or two sentences with the option or the act.
        suspects: the rows, those to look at first first.
        fixes: what would mend them.
        check: the name of the check that found it; the audit writes it in.
    """

    severity: Severity
    score: float
    count: int
    what: str
    effect: str
    advice: str
    suspects: tuple[Suspect, ...] = ()
    fixes: tuple[Fix, ...] = ()
    check: str = ""

    def to_json(self, data: Dataset) -> dict[str, Any]:
        """Give the object of ``luodi audit --json``; ``data`` is the audited set, which holds texts and origins."""
        return {
            "check": self.check, "severity": self.severity, "score": round(float(self.score), 4), "count": self.count,
            "what": self.what, "effect": self.effect, "advice": self.advice,
            "examples": [example(one, data) for one in self.suspects[:N_EXAMPLES]],
        }  # fmt: skip


def example(suspect: Suspect, data: Dataset) -> dict[str, Any]:
    """Show a row: origin, text, label (of several heads: one by name), and what makes it suspect."""
    labels = {head: column[suspect.row] for head, column in data.labels.items()}
    label: Any = next(iter(labels.values())) if len(labels) == 1 else labels or None
    text = shown_text(data, suspect.row)
    return {"origin": data.origin(suspect.row), "text": text, "label": label, **suspect.facts}


def shown_text(data: Dataset, row: int) -> str:
    """Give the text of a row as whoever writes of an audit may show it: without personal data, whatever was found."""
    return mask_personal(shown(data.texts[row]))


def without_personal(finding: Finding, data: Dataset) -> Finding:
    """Mask personal data in what a finding quotes: its sentences, and the facts of its rows.

    A key or a passport is known by the word before it; where it is quoted without, it is known from the row.
    """
    known: dict[str, str] = {}
    for one in finding.suspects[:N_EXAMPLES]:
        known |= personal_values(data.texts[one.row])
    what, effect, advice = (masked(said, known) for said in (finding.what, finding.effect, finding.advice))
    suspects = tuple(_without_personal(one, data) for one in finding.suspects)
    return replace(finding, what=what, effect=effect, advice=advice, suspects=suspects)


def personal_values(text: str) -> dict[str, str]:
    """Give the personal data in a text, each with its mask."""
    return {text[one.start : one.end]: MASKS[one.kind] for one in find_personal(text)}


def masked(quoted: str, known: Mapping[str, str]) -> str:
    """Mask personal data in what is quoted of a text: those that are known of the text, and those that it shows."""
    for value, mask in known.items():
        quoted = quoted.replace(value, mask)
    return mask_personal(quoted)


def _without_personal(suspect: Suspect, data: Dataset) -> Suspect:
    quoted = {key: fact for key, fact in suspect.facts.items() if isinstance(fact, str) and key not in _NAMES}
    if not quoted:
        return suspect
    known = personal_values(data.texts[suspect.row])
    return replace(suspect, facts={**suspect.facts, **{key: masked(fact, known) for key, fact in quoted.items()}})
