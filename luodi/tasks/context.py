"""Tags words by what stands around them: the cheap peer of the head that finds spans."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.pieces import pieces_of
from luodi.data.spans import read_spans
from luodi.registry import register
from luodi.runtime import need
from luodi.tasks.bio import tags_of
from luodi.tasks.tag import Found, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Cheap

_LONGEST_TEXT = 2000
_N_FEATURES = 2**18
#: Words times tags learned from at most: more texts are left out, so that a minute suffices.
_MOST_PRODUCTS = 20_000_000
#: Strengths of regularisation that are tried; the best on validation is kept.
_TRIED = (1e-5, 1e-6)


@register("baseline", "tag")
def fit_words(head: Tag, train: Dataset, validation: Dataset) -> Cheap:
    """Weighs each word, its ends and its two neighbours on either side by logistic regression, and reads off spans."""
    need("sklearn", extra="train")
    learned = _Words(head)
    tagged = list(_tagged(head, train))
    most = max(1, _MOST_PRODUCTS // (head.n_outputs * max(1, int(np.mean([len(tags) for _, tags in tagged] or [1])))))
    chosen = np.random.default_rng(0).permutation(len(tagged))[:most]
    learned.fit([tagged[row] for row in chosen], validation)
    return learned.answer


class _Words:
    """A classifier of words, fitted."""

    def __init__(self, head: Tag) -> None:
        from sklearn.feature_extraction import FeatureHasher

        self.head = head
        self.hasher = FeatureHasher(_N_FEATURES, input_type="string", alternate_sign=False)
        self.fitted: Any = None

    def fit(self, tagged: Sequence[tuple[Pieces, Any]], validation: Dataset) -> None:
        """Try the strengths and keep the best."""
        from sklearn.linear_model import SGDClassifier

        features = self._features([one for one, _ in tagged])
        wanted = np.concatenate([tags for _, tags in tagged])
        if len(set(wanted.tolist())) < 2:
            self.fitted = None
            return
        gold = validation.labels[self.head.name]
        best = -1.0
        for strength in _TRIED:
            one = SGDClassifier(loss="log_loss", alpha=strength, max_iter=5, tol=None, random_state=0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it may stop before it is done; good enough is good enough here
                one.fit(features, wanted)
            before, self.fitted = self.fitted, one
            judged = self.head.judge(gold, [found.label for found in self.answer(validation.texts)])
            score = judged.scores[self.head.main_metric](np.arange(len(judged.rows)))
            if score <= best:
                self.fitted = before
            best = max(score, best)

    def answer(self, texts: Sequence[str]) -> list[Found]:
        """Find the spans of texts."""
        pieces = [_words(text) for text in texts]
        table = self._log_shares(pieces)
        ends = np.cumsum([0, *(len(one.spans) for one in pieces)])
        rows = [table[start:end] for start, end in pairwise(ends)]
        places = [np.arange(len(one.spans)) for one in pieces]
        by_word = [type(one)(one.text, len(one.spans), one.spans, at) for one, at in zip(pieces, places, strict=True)]
        return list(self.head.decode(rows, by_word))

    def _log_shares(self, pieces: Sequence[Pieces]) -> Any:
        """Give log probabilities of the tags of all words, one text after the other: (words, K)."""
        n_words = sum(len(one.spans) for one in pieces)
        table = np.full((n_words, self.head.n_outputs), -20.0, np.float32)
        if self.fitted is None or not n_words:
            table[:, 0] = 0.0
            return table
        found = self.fitted.predict_proba(self._features(pieces))
        table[:, self.fitted.classes_] = np.log(np.maximum(found, 1e-9))
        return table

    def _features(self, pieces: Sequence[Pieces]) -> Any:
        return self.hasher.transform(traits for one in pieces for traits in _traits(one))


def _tagged(head: Tag, data: Dataset) -> Iterator[tuple[Pieces, Any]]:
    for text, cell in zip(data.texts, data.labels[head.name], strict=True):
        if cell is not None:
            words = _words(text)
            yield words, tags_of(read_spans(cell), words.spans, labels=head.labels)


def _words(text: str) -> Pieces:
    text = text[:_LONGEST_TEXT]
    return pieces_of(text, [(place, place + 1) for place in range(len(text))])


def _traits(pieces: Pieces) -> Iterator[list[str]]:
    """Say of each word what it is and what stands around it."""
    words = ["", "", *(pieces.text[start:end].casefold() for start, end in pieces.spans.tolist()), "", ""]
    for at in range(2, len(words) - 2):
        word = words[at]
        near = [f"{step}:{words[at + step]}" for step in (-2, -1, 0, 1, 2)]
        pairs = [f"{step}&{words[at + step]}|{words[at + step + 1]}" for step in (-1, 0)]
        shape = "".join("9" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in word[:8])
        yield [*near, *pairs, f"<{word[:3]}", f"{word[-3:]}>", f"={shape}"]
