"""A batch: the texts that somebody is asked about, in order, each with why it is worth a look."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from luodi.auditing import Evidence
from luodi.auditing.opinion.suspicion import suspicion
from luodi.labelling.order import informative, margins
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.auditing import Opinion
    from luodi.labelling.source import Source

#: ``unlikely``: models trained on the other rows hold the label for unlikely; ``torn``: they hesitate between two;
#: ``unlike``: there are no labels to learn from, and the text is unlike those before it; ``next``: it comes next.
Why = Literal["unlikely", "torn", "unlike", "next"]
#: The action that enters a batch into a journal.
ACTION = "batch"
#: Labelled rows below which no model is asked.
_FEWEST_LABELLED = 10
#: Rows without a label that are considered; of more, so many are drawn.
_MOST_OPEN = 100_000


@dataclass(frozen=True)
class Look:
    """One text to look at.

    Args:
        text_sha256: the text, by ``text_key``.
        why: what makes it worth a look.
        figures: probabilities that say so: of its own label where it is ``unlikely``, of the first two where ``torn``.
        proposed: the label that models would give; None where none was asked.
    """

    text_sha256: str
    why: Why
    figures: tuple[float, ...] = ()
    proposed: str | None = None


def plan(
    source: Source,
    answered: Mapping[str, str | None],
    *,
    n: int,
    seed: int = 7,
    progress: Progress | None = None,
) -> list[Look]:
    """Choose what to ask next: the most informative texts without a label, then the most suspicious with one.

    Where a second table came with the source, only its texts are asked about.

    Args:
        source: the rows.
        answered: texts that are done, by key, with the label that they were given; it counts as theirs.
        n: how many at most.
        seed: of what is drawn.
        progress: who is told.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    labels = [answered.get(key) or own for key, own in zip(source.keys, source.data.labels[source.head], strict=True)]
    is_pool = len(source.data) > source.n_own
    rows = _distinct(source, answered, start=source.n_own if is_pool else 0)
    open_rows = [row for row in rows if labels[row] is None]
    if len(open_rows) > _MOST_OPEN:
        drawn = np.random.default_rng(seed).choice(len(open_rows), _MOST_OPEN, replace=False)
        open_rows = [open_rows[place] for place in np.sort(drawn)]
    given = [] if is_pool else [row for row in rows if labels[row] is not None]
    opinion = _opinion(source, labels, open_rows, seed=seed, progress=progress or Silent())
    looks = _informative(source, open_rows, opinion, n=n, seed=seed)
    return [*looks, *_suspicious(source, given, opinion, n=n - len(looks))]


def to_entry(looks: Sequence[Look], *, head: str, who: str | None, time: str) -> dict[str, Any]:
    """Give a batch as one entry of a journal."""
    return {"action": ACTION, "head": head, "who": who, "time": time, "texts": [asdict(look) for look in looks]}


def last_batch(entries: Iterable[Mapping[str, Any]], *, head: str, who: str | None) -> list[Look]:
    """Give the batch that somebody was last given under a head; empty where there is none."""
    mine = [one for one in entries if one["action"] == ACTION and (one.get("head"), one.get("who")) == (head, who)]
    try:
        return [
            Look(str(one["text_sha256"]), one["why"], tuple(map(float, one["figures"])), one["proposed"])
            for one in (mine[-1]["texts"] if mine else ())
        ]
    except (KeyError, TypeError, ValueError):  # written by hand, or by another version: begin a new one
        return []


def _distinct(source: Source, answered: Mapping[str, str | None], *, start: int) -> list[int]:
    """Give the first row of each text that is not done, in the order of the rows; rows without a sign are left out."""
    return [
        rows[0]
        for key, every in source.rows_of.items()
        if key not in answered and (rows := [row for row in every if row >= start])
    ]


@dataclass(frozen=True)
class _Asked:
    """What models say of some rows.

    Args:
        opinion: of the rows that were asked about, in their order.
        place_of: the place of a row there.
    """

    opinion: Opinion
    place_of: Mapping[int, int]

    def places(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Give the places of some rows."""
        return np.array([self.place_of[row] for row in rows], np.int64)


def _opinion(
    source: Source, labels: Sequence[str | None], open_rows: Sequence[int], *, seed: int, progress: Progress
) -> _Asked | None:
    """Ask models of the other rows; None where the labels do not suffice to teach one."""
    labelled = [row for row, label in enumerate(labels) if label is not None]
    if len(labelled) < _FEWEST_LABELLED or len({labels[row] for row in labelled}) < 2:
        return None
    rows = [*labelled, *open_rows]
    data = replace(source.data.take(rows), labels={source.head: tuple(labels[row] for row in rows)})
    opinion = Evidence({"train": data}, seed=seed, progress=progress).opinion(source.head)
    return _Asked(opinion, {row: place for place, row in enumerate(rows)})


def _informative(source: Source, rows: Sequence[int], asked: _Asked | None, *, n: int, seed: int) -> list[Look]:
    if not rows:
        return []
    found = asked.opinion.probabilities[asked.places(rows)] if asked else None
    texts = [source.data.texts[row] for row in rows]
    margin = margins(found) if found is not None else None
    looks = []
    for place in informative(texts, n=n, margin=margin, seed=seed):
        key = source.keys[rows[place]]
        if asked is None or found is None:
            looks.append(Look(key, "unlike"))
            continue
        first, second = found[place].argsort()[::-1][:2]
        figures = (_rounded(found[place][first]), _rounded(found[place][second]))
        looks.append(Look(key, "torn", figures, asked.opinion.labels[first]))
    return looks


def _suspicious(source: Source, rows: Sequence[int], asked: _Asked | None, *, n: int) -> list[Look]:
    if n <= 0 or not rows:
        return []
    if asked is None:
        return [Look(source.keys[row], "next") for row in rows[:n]]
    opinion, places = asked.opinion, asked.places(rows)
    counts = np.bincount(opinion.targets[opinion.targets >= 0], minlength=len(opinion.labels))
    found, targets = opinion.probabilities[places], opinion.targets[places]
    scores, others = suspicion(found, targets, counts=counts)
    looks = []
    for place in (-scores).argsort(kind="stable")[:n]:
        key, own, other = source.keys[rows[place]], targets[place], others[place]
        if scores[place] == 0:  # its label is on too few rows to be judged
            looks.append(Look(key, "next"))
            continue
        likelier = own if found[place][own] >= found[place][other] else other
        looks.append(Look(key, "unlikely", (_rounded(found[place][own]),), opinion.labels[likelier]))
    return looks


def _rounded(probability: np.floating[Any]) -> float:
    return round(float(probability), 4)
