"""How far two people agree on labels beyond chance: Cohen's kappa, label by label, and where they part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.budget import Quantity
from luodi.errors import DataError
from luodi.labelling.answers import Answer, answers_of, standing
from luodi.labelling.keys import in_order
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

#: Standard errors of a 95 % interval.
_Z = 1.959963984540054


@dataclass(frozen=True)
class OnLabel:
    """How two people use one label: how often each gave it, how often both did, and 2 both / (first + second)."""

    first: int
    second: int
    both: int
    agreement: float


@dataclass(frozen=True)
class Difference:
    """A text that two people labelled differently: their answers, and where it stands."""

    text_sha256: str
    origin: str
    first: str
    second: str


@dataclass(frozen=True)
class Agreement:
    """How far two people agree.

    Args:
        head: the label column.
        n: texts that both labelled.
        only: texts that only the first, and only the second labelled.
        agreed: the share on which they agree, 0 to 1, with its interval.
        kappa: agreement beyond chance: 1 all of it, 0 none; NaN where both gave one and the same label throughout.
        per_label: by label.
        differences: the texts on which they part.
    """

    head: str
    n: int
    only: tuple[int, int]
    agreed: Quantity
    kappa: Quantity
    per_label: Mapping[str, OnLabel]
    differences: Sequence[Difference]

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``luodi label --agree --json``."""
        return {
            "head": self.head, "n": self.n, "only_first": self.only[0], "only_second": self.only[1],
            "agreed": self.agreed.to_json(), "kappa": self.kappa.to_json(),
            "per_label": {label: vars(one) for label, one in self.per_label.items()},
            "differences": [vars(one) for one in self.differences],
        }  # fmt: skip


def cohen_kappa(table: NDArray[np.int64]) -> Quantity:
    """Give Cohen's kappa of a table of counts, (K, K): rows are the first's labels, columns the second's.

    kappa = (p_o - p_e) / (1 - p_e): the share on which they agree, less what chance would give, over what it leaves.
    The interval is the asymptotic one, cut at -1 and 1; it is too narrow below some 30 texts, and there is none where
    nobody ever parts.

    Source: Cohen 1960, A coefficient of agreement for nominal scales; the standard error: Fleiss, Cohen and Everitt
        1969, Large sample standard errors of kappa and weighted kappa, Psychological Bulletin 72, eq. 13.

    >>> kappa = cohen_kappa(np.array([[20, 5], [10, 15]]))
    >>> f"{kappa.value:.3f} ({kappa.low:.3f} to {kappa.high:.3f})"
    '0.400 (0.151 to 0.649)'
    """
    n = int(table.sum())
    p = table / max(n, 1)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    seen, chance = float(np.trace(p)), float(rows @ columns)
    if n == 0 or math.isclose(chance, 1.0):
        return Quantity(math.nan)
    kappa = (seen - chance) / (1.0 - chance)
    own = np.diag(p) @ (1.0 - (rows + columns) * (1.0 - kappa)) ** 2
    off = p * (columns[:, None] + rows[None, :]) ** 2
    others = (1.0 - kappa) ** 2 * (off.sum() - np.trace(off))
    variance = (own + others - (kappa - chance * (1.0 - kappa)) ** 2) / (n * (1.0 - chance) ** 2)
    if seen == 1.0:
        return Quantity(kappa)
    reach = _Z * math.sqrt(max(float(variance), 0.0))
    return Quantity(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))


def agreement(first: Mapping[str, Answer], second: Mapping[str, Answer], *, head: str) -> Agreement:
    """Compare the answers that stand of two people, by text; what either passed over is left out.

    Raises:
        DataError: no text was labelled by both.
    """
    one = {key: answer.label for key, answer in first.items() if answer.label is not None}
    other = {key: answer.label for key, answer in second.items() if answer.label is not None}
    both = [key for key in one if key in other]
    if not both:
        raise DataError(
            t("labels: no text was labelled by both"),
            found=t("{first} texts of one, {second} of the other", first=len(one), second=len(other)),
            fix=t("both must label the same table, with the same --n and --seed"),
        )
    labels = in_order({*(one[key] for key in both), *(other[key] for key in both)})
    place = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), np.int64)
    for key in both:
        table[place[one[key]], place[other[key]]] += 1
    differing = [key for key in both if one[key] != other[key]]
    return Agreement(
        head, len(both), (len(one) - len(both), len(other) - len(both)),
        _share(int(np.trace(table)), len(both)), cohen_kappa(table),
        {label: _on_label(table, i) for label, i in place.items()},
        [Difference(key, first[key].origin, one[key], other[key]) for key in differing],
    )  # fmt: skip


def two_people(first: Iterable[Mapping[str, Any]], second: Iterable[Mapping[str, Any]] | None) -> Agreement:
    """Compare two journals, or the two people in one.

    Args:
        first: entries of a journal.
        second: entries of the other; None: both people are in the first.

    Raises:
        DataError: there are not two people, they labelled different columns, or no text was labelled by both.
    """
    answers = [answers_of(first), answers_of(second or ())]
    people = [(side, who) for side in (0, 1) for who in dict.fromkeys(answer.who for answer in answers[side])]
    if len(people) != 2:
        raise DataError(
            t("labels: agreement is between two people, {n} answered here", n=len(people)),
            found=", ".join(who or "-" for _, who in people) or None,
            fix=t("name two files of answers, one for each person"),
        )
    mine = [[answer for answer in answers[side] if answer.who == who] for side, who in people]
    heads = [list(dict.fromkeys(answer.head for answer in one)) for one in mine]
    common = [head for head in heads[0] if head in heads[1]]
    if not common:
        raise DataError(
            t("labels: the two labelled different columns"), found=f"{', '.join(heads[0])} / {', '.join(heads[1])}"
        )
    head = common[0]
    return agreement(*(standing(answer for answer in one if answer.head == head) for one in mine), head=head)


def _on_label(table: NDArray[np.int64], i: int) -> OnLabel:
    first, second, both = int(table[i].sum()), int(table[:, i].sum()), int(table[i, i])
    return OnLabel(first, second, both, 2 * both / (first + second))


def _share(k: int, n: int) -> Quantity:
    """Give a share with its interval. Source: Wilson 1927."""
    p, z2 = k / n, _Z * _Z
    middle, reach = (p + z2 / (2 * n)) / (1 + z2 / n), _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Quantity(p, max(0.0, middle - reach), min(1.0, middle + reach))
