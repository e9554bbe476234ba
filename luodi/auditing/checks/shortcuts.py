"""Traits that give the label away without the content."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.signs.giveaway import Giveaway, Labelled, Told, told_by
from luodi.auditing.signs.keywords import holds, propose
from luodi.auditing.signs.markers import Trait, named_labels, traits_of
from luodi.auditing.wording import of_head, percent
from luodi.data.near import normal_form
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from luodi.auditing.evidence import Evidence
    from luodi.data import Dataset

    #: a word, which rows hold it, what it tells
    _ToldWord = tuple[str, NDArray[np.bool_], Giveaway]

#: In larger sets so many rows, drawn, are looked at.
_LOOKED_AT = 100_000
#: A trait gives a label away where it tells so much of it at least, and so much of the label's rows have it. In seven
#: real sets the strongest honest trait (long take-away reviews are complaints) told 0.65.
_GAIN, _COVERAGE = 0.8, 0.1
#: A word has to tell more, for most words that tell of a label are its very content.
_GAIN_OF_WORD, _COVERAGE_OF_WORD = 0.9, 0.2
#: From here on the figures themselves are in doubt.
_MUCH, _WIDE = 0.9, 0.5
#: So much has to be told by a column of customers or files, and of so many rows.
_GAIN_OF_COLUMN, _SHARE_OF_COLUMN = 0.7, 0.2
#: So many texts that name their own label, so much of all, and so many times those that name another, are no chance.
_NAMED, _NAMED_SHARE, _NAMED_TIMES = 5, 0.001, 4
#: Traits that share so much of the rows of one are the same.
_SAME = 0.8
#: Marks that say what a thing is; others say what it looks like.
_PLAIN = frozenset({"web address", "e-mail address", "date", "long number"})
#: So many traits of a head are reported, so many words named, so many rows listed.
_MOST, _WORDS, _LISTED = 5, 6, 1000

_MARKS = {
    "web address": "a web address",
    "e-mail address": "an e-mail address",
    "date": "a date",
    "long number": "a number of six digits or more",
    "digit first": "a digit at the beginning",
    "digit last": "a digit at the end",
    "digit": "a digit",
    "capital first": "a capital letter at the beginning",
    "capitals": "a word in capital letters",
    "Latin letter": "a Latin letter",
    "sign last": "a sign of punctuation at the end",
    "line break": "a line break",
    "spaces": "several spaces in a row",
    "emoji": "an emoji",
}
_TRAITS = {
    "no mark": "no such thing as {value}",
    "sign": "the sign {value}",
    "first": "“{value}” set off at the beginning",
    "last": "“{value}” set off at the end",
    "short": "no more than {value} characters",
    "long": "more than {value} characters",
}


@check("shortcuts")
def shortcuts(evidence: Evidence, /) -> Iterable[Finding]:
    """Find what gives the label away beside the content: a sign, a length, a word, the label's name, the source."""
    rows = _rows(evidence)
    data = evidence.data.take(rows) if len(rows) < len(evidence.data) else evidence.data
    traits = traits_of(data.texts) if data.labels else []
    for head, column in data.labels.items():
        labels = Labelled(column, n_traits=len(traits))
        if len(labels.names) > 1:
            found = chain(
                _of_names(data, column, rows),
                _of_traits(traits, labels, rows),
                _of_words(_words(data.texts, labels, seed=evidence.seed), rows),
                _of_columns(data, labels),
            )
            yield from (replace(one, what=of_head(one.what, head=head, data=data)) for one in found)


def _rows(evidence: Evidence) -> NDArray[np.int64]:
    """Give the first row of every text, drawn where they are many: what is repeated is no further proof."""
    rows = np.flatnonzero(evidence.exact == np.arange(len(evidence.exact)))
    if len(rows) > _LOOKED_AT:
        rows = np.sort(np.random.default_rng(evidence.seed).choice(rows, _LOOKED_AT, replace=False))
    return rows


def _of_names(data: Dataset, column: Sequence[str | None], rows: NDArray[np.int64]) -> Iterator[Finding]:
    own, n_others = named_labels(data.texts, column)
    n, share = len(own), len(own) / len(data)
    if n < max(_NAMED, _NAMED_SHARE * len(data), _NAMED_TIMES * n_others):
        return
    yield Finding(
        "error", min(1.0, 0.5 + share), n,
        what=t(
            "{n:,} rows ({share}) name their own label in the text: in brackets, before a colon or at the end",
            n=n, share=percent(share),
        ),
        effect=t(
            "The model learns to read the label off. In service no label stands there, and it is helpless: figures "
            "measured on such rows are far too good."
        ),
        advice=t(
            "Take the label out of the texts. If two columns were joined by mistake, name the right one with --text."
        ),
        suspects=tuple(Suspect(int(rows[place])) for place in own[:_LISTED]),
    )  # fmt: skip


def _of_traits(traits: Sequence[Trait], labels: Labelled, rows: NDArray[np.int64]) -> Iterator[Finding]:
    told = [(trait, one) for trait in traits if (one := labels.tell(trait.has, coverage=_COVERAGE)) is not None]
    told = [(trait, one) for trait, one in told if one.gain >= _GAIN]
    told.sort(key=lambda pair: (-round(pair[1].gain * pair[1].coverage, 2), _vagueness(pair[0])))
    kept: list[Trait] = []
    for trait, one in told:
        if len(kept) < _MOST and not any(_is_same(trait.has, other.has) for other in kept):
            kept.append(trait)
            yield _of_trait(trait, one, rows)


def _vagueness(trait: Trait) -> int:
    """Rank traits of the same rows: an address tells more than the signs in it, a sign more than to be long."""
    if trait.kind == "mark":
        return 0 if trait.value in _PLAIN else 3
    return {"first": 1, "last": 1, "sign": 2}.get(trait.kind, 4)


def _is_same(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """Tell whether two traits share most of the rows of the first, or one is the absence of the other."""
    common = int((one & other).sum())
    return common >= _SAME * int(one.sum()) or (common == 0 and bool((one | other).all()))


def _of_trait(trait: Trait, told: Giveaway, rows: NDArray[np.int64]) -> Finding:
    is_much = told.gain >= _MUCH and told.coverage >= _WIDE
    return Finding(
        "error" if is_much else "warning", min(1.0, told.gain * told.coverage**0.5), told.n,
        what=t(
            "{n:,} rows with {trait}: {precision:.1%} of them bear the label {label!r}, while {base:.0%} of all rows "
            "do; {coverage:.0%} of the label's rows are among them",
            n=told.n, trait=_called(trait), precision=told.precision, label=told.label, base=told.base,
            coverage=told.coverage,
        ),
        effect=t(
            "The model learns this in place of the content: it looks good here, and errs in service where such texts "
            "bear another label, or texts of this label lack it."
        ),
        advice=t(
            "Ask where it comes from. If from the way that the rows were gathered, take it out of the texts, or gather "
            "rows of the other labels that have it too."
        ),
        suspects=tuple(Suspect(int(rows[place])) for place in np.flatnonzero(trait.has)[:_LISTED]),
    )  # fmt: skip


def _called(trait: Trait) -> str:
    if trait.kind == "mark":
        return t(_MARKS[trait.value])
    return t(_TRAITS[trait.kind], value=t(_MARKS[trait.value]) if trait.kind == "no mark" else trait.value)


def _words(texts: Sequence[str], labels: Labelled, *, seed: int) -> list[_ToldWord]:
    """Give the words that tell a label alone and are no part of its name, with the rows that hold them: (n,)."""
    told = []
    for word, code in propose(texts, labels.codes, coverage=_COVERAGE_OF_WORD, rng=np.random.default_rng(seed)):
        name = normal_form(labels.names[code])
        if word in name or (len(name) > 1 and name in word):
            continue  # of the weather a text says so, and so does its label
        has = holds(texts, word)
        one = labels.tell(has, coverage=_COVERAGE_OF_WORD)
        if one is not None and one.gain >= _GAIN_OF_WORD:
            told.append((word, has, one))
    told.sort(key=lambda one: (-round(one[2].coverage, 2), -len(one[0])))
    return [one for place, one in enumerate(told) if not any(_is_same(one[1], other) for _, other, _ in told[:place])]


def _of_words(told: Sequence[_ToldWord], rows: NDArray[np.int64]) -> Iterator[Finding]:
    if not told:
        return
    widest = told[0][2].coverage
    words = "; ".join(
        t(
            "“{word}” ({precision:.1%} of its {n:,} rows are {label!r}, {coverage:.0%} of the label's rows hold it)",
            word=word, precision=one.precision, n=one.n, label=one.label, coverage=one.coverage,
        )
        for word, _, one in told[:_WORDS]
    )  # fmt: skip
    yield Finding(
        "warning" if widest >= _WIDE else "note", min(1.0, widest),
        int(np.any([has for _, has, _ in told], axis=0).sum()),
        what=t("single words give the label away: {words}", words=words),
        effect=t(
            "If the word is what the label means, all is well, and a rule may do as well as a model. If it is a name, "
            "a product or a turn of one writer, the model learns that in place of the content."
        ),
        advice=t(
            "Ask of each word whether the label would be the same without it. If so, gather rows of the other labels "
            "that hold it, and rows of this label that do not."
        ),
        suspects=tuple(
            Suspect(int(rows[place]), {"found": word})
            for word, has, _ in told[:_WORDS] for place in np.flatnonzero(has)[: _LISTED // _WORDS]
        ),
    )  # fmt: skip


def _of_columns(data: Dataset, labels: Labelled) -> Iterator[Finding]:
    if data.groups is not None and _is_told(told := told_by(data.groups, labels)):
        yield _of_column(
            t(
                "the group that a row belongs to nearly tells its label: of the rows with others in their group "
                "({share:.0%} of all) the others' most frequent label is right for {right:.0%}, the most frequent of "
                "all for {base:.0%}",
                share=told.share, right=told.right, base=told.base,
            ),
            told, len(data),
        )  # fmt: skip
    if len(data.files) > 1 and _is_told(told := told_by(list(map(str, data.file_of)), labels)):
        yield _of_column(
            t(
                "the file that a row came from nearly tells its label: the file's most frequent label is right for "
                "{right:.0%} of the rows, the most frequent of all for {base:.0%}",
                right=told.right, base=told.base,
            ),
            told, len(data),
        )  # fmt: skip


def _is_told(told: Told | None) -> TypeGuard[Told]:
    return told is not None and told.gain >= _GAIN_OF_COLUMN and told.share >= _SHARE_OF_COLUMN


def _of_column(what: str, told: Told, n_rows: int) -> Finding:
    return Finding(
        "warning", min(1.0, told.gain * told.share), round(told.share * n_rows), what,
        effect=t(
            "The model may learn to tell whose text it is by its wording, and repeat that one's label: on new "
            "customers or sources it will be worse than measured."
        ),
        advice=t(
            "Measure it on groups that it has not seen: --group COL puts all rows of a group on one side of the split. "
            "Better still, gather rows of every label from every source."
        ),
    )  # fmt: skip
