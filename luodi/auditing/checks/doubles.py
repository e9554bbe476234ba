"""Texts that stand in the set more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.wording import percent
from luodi.data.near import overlap
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence
    from luodi.data import Dataset

#: From this share of doubles on it is a warning.
_MANY, _MANY_NEAR = 0.01, 0.05
#: So many rows are shown at most; fixes name them all.
_SHOWN = 10_000


@check("exact_doubles")
def exact_doubles(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows that repeat the text and the labels of another row; width, case and white space do not count."""
    data = evidence.data
    doubles = list(_doubles(evidence))
    if not doubles:
        return
    n, share = len(doubles), len(doubles) / len(data)
    copies = np.unique([kept for _, kept in doubles], return_counts=True)
    often = dict(zip(*(column.tolist() for column in copies), strict=True))
    doubles.sort(key=lambda pair: (-often[pair[1]], pair[1]))
    why = t("the text and the labels repeat those of another row")
    is_learned = (evidence.part_of == 0).tolist()
    yield Finding(
        "warning" if share >= _MANY else "note", float(np.sqrt(share)), n,
        what=t("rows that repeat the text and the label of another row: {n:,} ({share}); the most frequent text "
               "stands there {most:,} times", n=n, share=percent(share), most=max(often.values()) + 1),
        effect=t("They count double in training; in the test they make a figure look surer than it is."),
        advice=t("Drop them: --fix OUT keeps one of each. A test that came as a file of its own stays as it is."),
        suspects=tuple(Suspect(row, {"twin": data.origin(kept)}) for row, kept in doubles[:_SHOWN]),
        # a test that came as a file stays as it is, unless someone wants it otherwise
        fixes=tuple(Fix(row, "drop", why, kept=kept, is_safe=is_learned[row]) for row, kept in doubles),
    )  # fmt: skip


def _doubles(evidence: Evidence) -> Iterator[tuple[int, int]]:
    """Pair each row that repeats another of its part with the one that stays."""
    columns = list(evidence.data.labels.values())
    _, group, counts = np.unique(_keys(evidence), return_inverse=True, return_counts=True)
    repeated = np.flatnonzero((counts > 1)[group])
    repeated = repeated[np.argsort(group[repeated], kind="stable")]
    for rows in np.split(repeated, np.flatnonzero(np.diff(group[repeated])) + 1):
        if len(rows) and evidence.forms[rows[0]]:  # blank texts are another check's
            yield from _repeats(rows.tolist(), columns)


def _keys(evidence: Evidence) -> NDArray[np.int64]:
    """Number the texts of each part by their normal form, (n,)."""
    return evidence.exact * len(evidence.parts) + evidence.part_of


def _repeats(rows: Sequence[int], columns: Sequence[Sequence[str | None]]) -> Iterator[tuple[int, int]]:
    """Pair rows of one text with the row that has their labels, or more of them: the best labelled ones stay."""
    kept: dict[tuple[str | None, ...], int] = {}
    for row in sorted(rows, key=lambda row: sum(column[row] is None for column in columns)):
        labels = tuple(column[row] for column in columns)
        same = kept.get(labels)
        if same is None and None in labels:
            same = next((other for theirs, other in kept.items() if _covers(theirs, labels)), None)
        if same is None:
            kept[labels] = row
        else:
            yield row, same


def _covers(theirs: Sequence[str | None], labels: Sequence[str | None]) -> bool:
    return all(label is None or label == other for label, other in zip(labels, theirs, strict=True))


@check("near_doubles")
def near_doubles(evidence: Evidence, /) -> Iterable[Finding]:
    """Find rows whose text differs from that of another row in a few characters only."""
    pairs = _near_pairs(evidence)
    if len(pairs):
        differs = _labels_differ(evidence, pairs)
        yield from _alike(evidence, pairs[~differs])
        yield from _differing(evidence, pairs[differs])


def _near_pairs(evidence: Evidence) -> NDArray[np.int64]:
    """Pair rows of one part with nearly the same text, (m, 2), the later row first; of equal texts the first row."""
    texts, parts = evidence.pairs, len(evidence.parts)
    keys, rows = np.unique(_keys(evidence), return_index=True)  # the first row of each text in each part
    found = []
    for part in range(parts if len(texts) else 0):
        places = np.searchsorted(keys, texts * parts + part)
        there = (keys[np.minimum(places, len(keys) - 1)] == texts * parts + part).all(axis=1)
        found.append(np.sort(rows[places[there]], axis=1)[:, ::-1])
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _labels_differ(evidence: Evidence, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each pair whether two labels contradict each other, (m,)."""
    columns = list(evidence.data.labels.values())
    return np.array(
        [
            any(None not in (one := (column[row], column[other])) and one[0] != one[1] for column in columns)
            for row, other in pairs.tolist()
        ],
        bool,
    )


def _alike(evidence: Evidence, pairs: NDArray[np.int64]) -> Iterator[Finding]:
    data, forms = evidence.data, evidence.forms
    kept_of: dict[int, int] = {}
    for row, other in pairs.tolist():  # in order: a row is dropped only for one that stays
        if other not in kept_of:
            kept_of.setdefault(row, other)
    if not kept_of:
        return
    n, share = len(kept_of), len(kept_of) / len(data)
    shown = [(row, kept, overlap(forms[row], forms[kept])) for row, kept in list(kept_of.items())[:_SHOWN]]
    shown.sort(key=lambda one: -one[2])
    why = t("the text is nearly that of another row")
    yield Finding(
        "warning" if share >= _MANY_NEAR else "note", float(np.sqrt(share)) / 2, n,
        what=t("rows that are nearly the same as another row with the same label: {n:,} ({share})", n=n,
               share=percent(share)),
        effect=t("They teach little that is new. Divided at random they would stand in training and test at once and "
                 "flatter the figures; luodi keeps them on one side."),
        advice=t("Nothing needs to be done. If they come from copying, or from a form with blanks to fill in, leave "
                 "one of each."),
        suspects=tuple(Suspect(row, {"twin": data.origin(kept), "found": t("{share:.0%} alike", share=alike)})
                       for row, kept, alike in shown),
        fixes=tuple(Fix(row, "drop", why, kept=kept, sureness=0.5) for row, kept in kept_of.items()),
    )  # fmt: skip


def _differing(evidence: Evidence, pairs: NDArray[np.int64]) -> Iterator[Finding]:
    if not len(pairs):
        return
    data, forms = evidence.data, evidence.forms
    n, share = len(pairs), len(np.unique(pairs)) / len(data)
    shown = [(row, other, overlap(forms[row], forms[other])) for row, other in pairs[:_SHOWN].tolist()]
    shown.sort(key=lambda one: -one[2])
    yield Finding(
        "warning" if share >= _MANY else "note", float(np.sqrt(share)), len(np.unique(pairs)),
        what=t("pairs of rows with nearly the same text, but different labels: {n:,} ({share} of the rows)", n=n,
               share=percent(share)),
        effect=t("Either a few characters decide, which a model learns only from many such rows, or one of the two "
                 "labels is wrong."),
        advice=t("Read the pairs side by side and correct the label that is wrong."),
        suspects=tuple(
            Suspect(row, {"twin": data.origin(other),
                          "found": t("{share:.0%} alike, labelled {label}", share=alike, label=_labelled(data, other))})
            for row, other, alike in shown),
    )  # fmt: skip


def _labelled(data: Dataset, row: int) -> str:
    return ", ".join(repr(column[row]) for column in data.labels.values() if column[row] is not None)
