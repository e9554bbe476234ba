"""The cheap model beside every large one: character TF-IDF with logistic regression."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.near import normal_form
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.runtime import need
from luodi.tasks import Label, Prediction
from luodi.tasks.metrics import macro_f1

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.data import Dataset
    from luodi.tasks import Head, Task

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


@dataclass(frozen=True)
class Baseline:
    """A vectorizer and, for each head, a fitted classifier: a ``Predictor``.

    Args:
        vectorizer: texts to (n, features).
        classifiers: by head.
        labels: by head, the order of the probabilities in its answers.
        seconds: that fitting took.
    """

    vectorizer: Any
    classifiers: Mapping[str, Any]
    labels: Mapping[str, tuple[str, ...]]
    seconds: float

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Answer every text, in order."""
        if not texts:
            return []
        features = self.vectorizer.transform([_cut(text) for text in texts])
        columns = {head: _answers(fitted, features, self.labels[head]) for head, fitted in self.classifiers.items()}
        return [
            Prediction({head: column[row] for head, column in columns.items()}, tier="baseline")
            for row in range(len(texts))
        ]


def fit_baseline(train: Dataset, validation: Dataset, *, task: Task, progress: Progress | None = None) -> Baseline:
    """Fit the cheap model on the rows that the large one learned from; its settings are chosen on validation.

    It gets the care that the large model gets (weights for rare labels, choice by macro-F1): beside a neglected
    baseline every model shines.

    Args:
        train: rows to learn from.
        validation: rows to choose by.
        task: the heads; each gets a classifier of its own.
        progress: who is told.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    need("sklearn", extra="train")
    from sklearn.feature_extraction.text import TfidfVectorizer

    progress = progress or Silent()
    start = time.monotonic()
    with progress.work(t("fitting the baseline"), total=len(task.heads), unit=t("heads")) as bar:
        most_labels = max(head.n_outputs for head in task.heads)
        vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=_NGRAMS, sublinear_tf=True, min_df=2 if len(train) > 500 else 1,
            max_features=min(_MOST_FEATURES, max(1000, _MOST_WEIGHTS // most_labels)), dtype=np.float32,
        )  # fmt: skip
        learned = vectorizer.fit_transform([_cut(text) for text in train.texts])
        checked = vectorizer.transform([_cut(text) for text in validation.texts])
        classifiers = {}
        for head in task.heads:
            classifiers[head.name] = _best(learned, train.labels[head.name], checked, validation.labels[head.name])
            bar.advance()
    labels = {head.name: _labels(head, classifiers[head.name]) for head in task.heads}
    return Baseline(vectorizer, classifiers, labels, time.monotonic() - start)


def _cut(text: str) -> str:
    """Fold width and case, and keep the beginning: what a regression on characters needs of a text."""
    return normal_form(text[:_LONGEST_TEXT]) or " "


def _best(learned: Any, labels: Sequence[str | None], checked: Any, gold: Sequence[str | None]) -> Any:
    """Fit what may be tried on the labelled rows, and keep what scores best on the checked ones."""
    rows = [row for row, label in enumerate(labels) if label is not None]
    learned, targets = learned[rows], [str(labels[row]) for row in rows]
    asked = [row for row, label in enumerate(gold) if label is not None]
    tried = _tried(learned, n_labels=len(set(targets)))
    if not asked:
        tried = tried[:1]
    best, best_score = None, -1.0
    for classifier in tried:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it may stop before it is done; good enough is good enough here
            classifier.fit(learned, targets)
        score = _score(classifier, checked[asked], [str(gold[row]) for row in asked]) if len(tried) > 1 else 0.0
        if score > best_score:
            best, best_score = classifier, score
    return best


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


def _labels(head: Head, classifier: Any) -> tuple[str, ...]:
    """Give the head's own order of labels, with what else train held at its end."""
    own = tuple(getattr(head, "labels", ()))
    return (*own, *(str(label) for label in classifier.classes_ if str(label) not in own))


def _answers(classifier: Any, features: Any, labels: tuple[str, ...]) -> list[Label]:
    found = classifier.predict_proba(features).astype(np.float32)  # (n, labels that train held)
    place = {label: i for i, label in enumerate(labels)}
    table = np.zeros((found.shape[0], len(labels)), np.float32)
    table[:, [place[str(label)] for label in classifier.classes_]] = found
    best = table.argmax(axis=1)
    return [Label(labels[k], float(row[k]), row) for k, row in zip(best, table, strict=True)]
