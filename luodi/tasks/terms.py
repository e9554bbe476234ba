"""Character n-grams of texts, and what is cheaply learned from them: the peer of every large model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.near import normal_form
from luodi.runtime import need
from luodi.tasks.metrics import macro_f1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data.dataset import Dataset

_NGRAMS = (1, 3)
_MOST_FEATURES = 100_000
_LONGEST_TEXT = 2000
#: What is tried, the best on validation is kept: inverse strength of regularisation, and whether every label weighs
#: alike. Rare labels need the latter: on three uneven sentiments it is worth five points of macro-F1.
_TRIED: tuple[tuple[float, str | None], ...] = ((3.0, "balanced"), (3.0, None), (30.0, "balanced"), (30.0, None))
#: Products in one look at all rows (non-zero features times labels) up to which four, two or one of these are tried,
#: so that a minute suffices. Beyond the last, naive Bayes takes their place: a regression would outlast the training.
_PRODUCTS = {10_000_000: 4, 100_000_000: 2, 1_000_000_000: 1}
#: Weights at most; with very many labels features are left out, rarest first.
_MOST_WEIGHTS = 20_000_000
_ROUNDS = 150


class Ground:
    """What the cheap models of all heads stand on: the rows, and the TF-IDF of their character n-grams, made once.

    Args:
        train: rows to learn from.
        validation: rows to choose by.
        n_outputs: of the head with most; it bounds the features.

    Raises:
        MissingExtra: scikit-learn is not installed; told when terms are asked for.
    """

    def __init__(self, train: Dataset, validation: Dataset, *, n_outputs: int) -> None:
        self.train, self.validation, self._n_outputs = train, validation, n_outputs

    @cached_property
    def terms(self) -> Terms:
        """Fit on the training texts."""
        need("sklearn", extra="train")
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=_NGRAMS, sublinear_tf=True, min_df=2 if len(self.train) > 500 else 1,
            max_features=min(_MOST_FEATURES, max(1000, _MOST_WEIGHTS // self._n_outputs)), dtype=np.float32,
        )  # fmt: skip
        learned = vectorizer.fit_transform([_cut(text) for text in self.train.texts])
        return Terms(vectorizer, learned, vectorizer.transform([_cut(text) for text in self.validation.texts]))


@dataclass(frozen=True)
class Terms:
    """TF-IDF of character n-grams.

    Args:
        vectorizer: texts to (n, features).
        learned: the features of the training texts.
        checked: those of the validation texts.
    """

    vectorizer: Any
    learned: Any
    checked: Any

    def features(self, texts: Sequence[str]) -> Any:
        """Give the features of other texts, (n, features)."""
        return self.vectorizer.transform([_cut(text) for text in texts])

    def best(self, labels: Sequence[str | None], gold: Sequence[str | None]) -> Any:
        """Fit what may be tried on the labelled training texts, and keep what scores best on the validation texts.

        Returns:
            A classifier of scikit-learn; its ``classes_`` are the labels as texts.
        """
        rows = [row for row, label in enumerate(labels) if label is not None]
        learned, targets = self.learned[rows], [str(labels[row]) for row in rows]
        known = [row for row, label in enumerate(gold) if label is not None]
        tried = _tried(learned, n_labels=len(set(targets)))
        if not known:
            tried = tried[:1]
        checked = self.checked[known]
        best, best_score = None, -1.0
        for classifier in tried:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it may stop before it is done; good enough is good enough here
                classifier.fit(learned, targets)
            score = _score(classifier, checked, [str(gold[row]) for row in known]) if len(tried) > 1 else 0.0
            if score > best_score:
                best, best_score = classifier, score
        return best


def _cut(text: str) -> str:
    """Fold width and case, and keep the beginning: what a regression on characters needs of a text."""
    return normal_form(text[:_LONGEST_TEXT]) or " "


def _tried(learned: Any, *, n_labels: int) -> list[Any]:
    """List the classifiers that the size of the data allows, the most promising first."""
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB

    if n_labels < 2:
        return [DummyClassifier(strategy="prior")]
    n_products = learned.nnz * (n_labels if n_labels > 2 else 1)
    n_tried = next((n for most, n in _PRODUCTS.items() if n_products <= most), 0)
    if n_tried == 0:
        return [ComplementNB()]
    return [LogisticRegression(C=c, class_weight=weight, max_iter=_ROUNDS) for c, weight in _TRIED[:n_tried]]


def _score(classifier: Any, features: Any, gold: Sequence[str]) -> float:
    place = {label: i for i, label in enumerate(sorted({*map(str, classifier.classes_), *gold}))}
    answered = np.array([place[str(label)] for label in classifier.predict(features)], np.int64)
    return macro_f1(np.array([place[label] for label in gold], np.int64), answered, n_labels=len(place))
