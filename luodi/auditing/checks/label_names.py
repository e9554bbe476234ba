"""Label names that are likely one label twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.signs.names import bare_form, plain_form, slips
from luodi.auditing.wording import listed, of_head
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence
    from luodi.auditing.opinion.opinion import Opinion

#: From this share of the rows on a label that is split in two makes the figures wrong.
_MANY = 0.01
#: A misspelt name has at most so many rows, or this share of the rows of the right one.
_FEW_ROWS, _FEW = 3, 0.05
#: Fewer rows of a label do not tell whether it can be told from another.
_FEWEST = 15
#: Share of the rarer label's rows that is taken for the other label, from which on the two are looked at.
_MIXED = 0.25
#: Two labels are told apart in this share of pairs at most, its uncertainty counted in; guessing gets 0.5.
_APART = 0.75
_Z = 1.6448536269514722  # one-sided 95 %
#: So sure is that a name is another one written differently.
_CERTAIN = 0.9
_SHOWN = 10_000


@dataclass(frozen=True)
class _Twice:
    """A name that is likely another one's, how sure that is, and whether nobody needs to look."""

    name: str
    right: str
    sureness: float
    is_safe: bool = False


@check("label_names")
def label_names(evidence: Evidence, /) -> Iterable[Finding]:
    """Find label names that are likely one label twice: spelt differently, misspelt, or never told apart."""
    for head, column in evidence.data.labels.items():
        counts = Counter(label for label in column if label is not None)
        if len(counts) > 1:
            yield from _of_head(evidence, head, counts)


def _of_head(evidence: Evidence, head: str, counts: Counter[str]) -> Iterator[Finding]:
    if spelt := _spelt_differently(counts):
        yield _finding(evidence, head, spelt, _spelling(spelt))
    pairs = slips(list(counts))
    if not pairs and counts.most_common(2)[1][1] < _FEWEST:
        return  # nothing that the opinion could tell of
    opinion = evidence.opinion(head)
    known = {one.name for one in spelt}
    if misspelt := [one for one in _misspelt(opinion, counts, pairs) if one.name not in known]:
        yield _finding(evidence, head, misspelt, _misspelling(misspelt))
    known |= {one.name for one in misspelt}
    if mixed := [(one, apart) for one, apart in _mixed_up(opinion) if one.name not in known]:
        yield _finding(evidence, head, [one for one, _ in mixed], _mixing(mixed, by=opinion.by))


def _spelt_differently(counts: Counter[str]) -> list[_Twice]:
    """Find names that are equal but for width, case, spaces and marks; the most frequent one is right."""
    alike: dict[str, list[str]] = {}
    for name, _ in counts.most_common():
        alike.setdefault(bare_form(name), []).append(name)
    return [
        _Twice(name, names[0], 0.99 if (is_same := _is_same(name, names[0])) else _CERTAIN, is_safe=is_same)
        for names in alike.values()
        for name in names[1:]
    ]


def _is_same(one: str, other: str) -> bool:
    """Tell whether names differ by nothing that anybody sees; single letters may mean different things."""
    form = plain_form(one)
    return form == plain_form(other) and len(form) > 1


def _misspelt(opinion: Opinion, counts: Counter[str], pairs: Sequence[tuple[str, str]]) -> Iterator[_Twice]:
    """Find rare names a slip of the pen away from a frequent one, for which their rows are taken too."""
    place = {name: i for i, name in enumerate(opinion.labels)}
    said = opinion.probabilities.argmax(axis=1)
    for pair in pairs:
        right, rare = sorted(pair, key=lambda name: -counts[name])
        if counts[rare] <= max(_FEW_ROWS, _FEW * counts[right]) and right in place and rare in place:
            of_rare = said[opinion.targets == place[rare]]
            taken = float((of_rare == place[right]).mean()) if len(of_rare) else 0.0
            if taken >= 0.5:
                yield _Twice(rare, right, 0.8 + 0.15 * taken)


def _mixed_up(opinion: Opinion) -> Iterator[tuple[_Twice, float]]:
    """Find pairs of labels that the opinion cannot tell apart though it tells them from the others."""
    asked = opinion.targets >= 0
    own, table = opinion.targets[asked], opinion.probabilities[asked]
    n_labels, said = len(opinion.labels), table.argmax(axis=1)
    rows = np.bincount(own, minlength=n_labels)
    wrong = own != said
    pairs, often = np.unique(own[wrong] * n_labels + said[wrong], return_counts=True)
    for pair, n in zip(pairs.tolist(), often.tolist(), strict=True):
        rare, other = divmod(pair, n_labels)
        is_first = (rows[rare], rare) < (rows[other], other)  # each pair once, the rarer label first
        if is_first and rows[rare] >= _FEWEST and n >= _MIXED * rows[rare]:
            concerned = (own == rare) | (own == other)
            stays = np.isin(said[concerned], (rare, other)).mean()
            apart = told_apart(table[own == rare][:, [rare, other]], table[own == other][:, [rare, other]])
            if stays >= 0.5 and apart[1] <= _APART:
                yield _Twice(opinion.labels[rare], opinion.labels[other], 0.5), apart[0]


def told_apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[float, float]:
    """Tell in which share of pairs, a row of each label, the probabilities say which is which.

    Args:
        one: probabilities of both labels, that of the first label first, of the rows of the first, (n, 2).
        other: of the rows of the second, (m, 2).

    Returns:
        The share (the area under the ROC curve; 0.5 is guessing), and its upper 95 % bound, were it 0.5.

    Source: Hanley and McNeil 1982, Radiology 143.
    """
    mine, theirs = (np.log((table[:, 0] + 1e-9) / (table[:, 1] + 1e-9)) for table in (one, other))
    theirs = np.sort(theirs)
    below, upto = np.searchsorted(theirs, mine, "left"), np.searchsorted(theirs, mine, "right")
    n, m = len(mine), len(theirs)
    share = float((below + upto).mean() / (2 * m))
    return share, share + _Z * float(np.sqrt((n + m + 1) / (12 * n * m)))


@dataclass(frozen=True)
class _Words:
    """What a finding says, and what the log says of a row whose label should be another one."""

    what: str
    effect: str
    advice: str
    why: Callable[[str], str]


def _spelling(found: Sequence[_Twice]) -> _Words:
    return _Words(
        t("{n:,} label names are another one written differently: {names}", n=len(found), names=_named(found)),
        t("For a model these are labels of their own: it learns each from a part of the rows, and an answer under the "
          "other name counts as a mistake."),
        t("Give them one name: --fix OUT does so where only width, case, spaces or invisible signs differ, with "
          "--fix-labels in all."),
        lambda right: t("the label is {right} written differently", right=right),
    )  # fmt: skip


def _misspelling(found: Sequence[_Twice]) -> _Words:
    return _Words(
        t("{n:,} rare label names are likely another one misspelt: {names}", n=len(found), names=_named(found)),
        t("A label with so few rows is never learned, and each of its rows counts as a mistake."),
        t("Look at the names; --fix-labels gives these rows the right one."),
        lambda right: t("the label is likely {right} misspelt", right=right),
    )


def _mixing(found: Sequence[tuple[_Twice, float]], *, by: str) -> _Words:
    pairs = listed([f"{one.name} = {one.right} ({share:.0%})" for one, share in found])
    return _Words(
        t("{n:,} pairs of labels cannot be told apart by their texts: {pairs}; in brackets how often {by} tells which "
          "of two rows has which label, where guessing gets 50%", n=len(found), pairs=pairs, by=by),
        t("Between the two a model can only guess, and answers that mean the same count as mistakes."),
        t("If they mean the same, merge them. If not, say in writing what tells them apart and look at the rows again, "
          "or add to the text what decides (a product, a channel)."),
        lambda right: t("the label cannot be told from {right}", right=right),
    )  # fmt: skip


def _finding(evidence: Evidence, head: str, found: Sequence[_Twice], words: _Words) -> Finding:
    twice = {one.name: one for one in found}
    column = evidence.data.labels[head]
    rows = [(row, twice[label]) for row, label in enumerate(column) if label in twice]
    share = len(rows) / len(column)
    is_certain = all(one.sureness >= _CERTAIN for one in found)
    return Finding(
        "error" if is_certain and share >= _MANY else "warning", float(min(1.0, np.sqrt(share))), len(rows),
        what=of_head(words.what, head=head, data=evidence.data), effect=words.effect, advice=words.advice,
        suspects=tuple(Suspect(row, {"proposed": one.right}) for row, one in rows[:_SHOWN]),
        fixes=tuple(Fix(row, "label", words.why(one.right), head=head, label=one.right, is_safe=one.is_safe,
                        sureness=one.sureness)
                    for row, one in rows),
    )  # fmt: skip


def _named(found: Sequence[_Twice]) -> str:
    return listed([f"{one.name} -> {one.right}" for one in found])
