"""Tags words by what stands around them: the cheap peer of the head that finds spans."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.pieces import pieces_of
from luodi.data.spans import read_spans
from luodi.registry import register
from luodi.runtime import need
from luodi.tasks.bio import OUTSIDE, tags_of
from luodi.tasks.tag import Found, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Cheap
    from luodi.tasks.terms import Ground

_LONGEST_TEXT = 2000
_N_FEATURES = 2**18
#: Words times tags learned from at most: more texts are left out, so that a minute suffices.
_MOST_PRODUCTS = 20_000_000
#: Strengths of regularisation that are tried; the best on validation is kept.
_TRIED = (1e-5, 1e-6)


@register("baseline", "tag")
def fit_words(head: Tag, ground: Ground) -> Cheap:
    """Weighs each word, its ends and its two neighbours on either side by logistic regression, and reads off spans."""
    need("sklearn", extra="train")
    from sklearn.linear_model import SGDClassifier

    tagged = _fewer(list(_tagged(head, ground.train)), n_tags=head.n_outputs)
    features = _features([words for words, _ in tagged])
    tags = np.concatenate([tags for _, tags in tagged])
    if len(np.unique(tags)) < 2:
        return _Tagger(head, None).answer
    gold = ground.validation.labels[head.name]

    def score(one: _Tagger) -> float:
        judged = head.judge(gold, [found.label for found in one.answer(ground.validation.texts)])
        return judged.scores[head.main_metric](np.arange(len(judged.rows)))

    tried = [SGDClassifier(loss="log_loss", alpha=one, max_iter=5, tol=None, random_state=0) for one in _TRIED]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may stop before it is done; good enough is good enough here
        return max((_Tagger(head, one.fit(features, tags)) for one in tried), key=score).answer


@dataclass(frozen=True)
class _Tagger:
    """A fitted classifier of words; none where all words of the training were tagged alike."""

    head: Tag
    fitted: Any

    def answer(self, texts: Sequence[str]) -> list[Found]:
        """Find the spans of texts."""
        words = [_words(text) for text in texts]
        ends = np.cumsum([0, *(len(one.spans) for one in words)])
        table = np.full(
            (ends[-1], self.head.n_outputs), -20.0, np.float32
        )  # log probabilities of the tags of all words
        if self.fitted is None or not len(table):
            table[:, OUTSIDE] = 0.0
        else:
            table[:, self.fitted.classes_] = np.log(np.maximum(self.fitted.predict_proba(_features(words)), 1e-9))
        return list(self.head.decode([table[start:end] for start, end in pairwise(ends)], words))


def _features(words: Sequence[Pieces]) -> Any:
    """Give the hashed traits of all words, one text after the other: (words, features)."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(_N_FEATURES, input_type="string", alternate_sign=False)
    return hasher.transform(traits for one in words for traits in _traits(one))


def _fewer(tagged: list[Any], *, n_tags: int) -> list[Any]:
    """Draw as many texts as can be learned from in time."""
    n_words = max(1, sum(len(tags) for _, tags in tagged) // max(1, len(tagged)))
    most = max(1, _MOST_PRODUCTS // (n_tags * n_words))
    return [tagged[row] for row in np.random.default_rng(0).permutation(len(tagged))[:most]]


def _tagged(head: Tag, data: Dataset) -> Iterator[tuple[Pieces, Any]]:
    for text, cell in zip(data.texts, data.labels[head.name], strict=True):
        if cell is not None:
            words = _words(text)
            yield words, tags_of(read_spans(cell), words.spans, labels=head.labels)


def _words(text: str) -> Pieces:
    """Divide a text in words, each of which speaks for itself."""
    text = text[:_LONGEST_TEXT]
    pieces = pieces_of(text, [(place, place + 1) for place in range(len(text))])
    return replace(pieces, n_tokens=len(pieces.spans), tokens=np.arange(len(pieces.spans)))


def _traits(pieces: Pieces) -> Iterator[list[str]]:
    """Say of each word what it is and what stands around it."""
    words = ["", "", *(pieces.text[start:end].casefold() for start, end in pieces.spans.tolist()), "", ""]
    for at in range(2, len(words) - 2):
        word = words[at]
        near = [f"{step}:{words[at + step]}" for step in (-2, -1, 0, 1, 2)]
        pairs = [f"{step}&{words[at + step]}|{words[at + step + 1]}" for step in (-1, 0)]
        shape = "".join("9" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in word[:8])
        yield [*near, *pairs, f"<{word[:3]}", f"{word[-3:]}>", f"={shape}"]
