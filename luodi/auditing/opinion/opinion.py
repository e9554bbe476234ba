"""What models that never saw a row say of its label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.auditing.opinion.encoder import encode
from luodi.auditing.opinion.folds import deal
from luodi.auditing.opinion.linear import Linear, combine
from luodi.auditing.opinion.panel import Judge, Panel, fit_shares, merged, softmax
from luodi.auditing.opinion.terms import Terms, fit_terms
from luodi.auditing.opinion.yardstick import Yardstick, plant
from luodi.language import t
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Probabilities kept, rows times labels; of more labels the rarest are not asked about.
_MOST_CELLS = 100_000_000
#: Rows to learn from, and these times labels; the other rows are only judged.
_MOST_LEARNED, _MOST_LEARNED_CELLS = 50_000, 20_000_000
#: Weights of one model; with many labels fewer terms count.
_MOST_WEIGHTS = 5_000_000
#: Terms of all rows times labels, up to which the ridge sees every row, and from which folds are 10, not 5.
_RIDGE_PRODUCTS, _QUICK_PRODUCTS = 100_000_000, 10_000_000
#: A ridge on fewer rows a label than this would not be worth its time.
_FEWEST_A_LABEL = 10
_CHUNK = 20_000


@dataclass(frozen=True)
class Opinion:
    """Out-of-fold probabilities of one head's labels.

    Args:
        labels: the K labels, in the order of the columns; of very many on very many rows only the most frequent.
        targets: the place in ``labels`` of each row's own label, (n,); -1 where it has none.
        probabilities: for each row what models trained without it (and without its near-duplicates) say, (n, K).
        by: who was asked, as a sentence names it: the linear model, or the encoder.
        learned: how many rows they learned from.
        yardstick: how suspect labels look that are known to be wrong, where that was tried.
        likeness: of each row's terms to those of the rows of the nearest label, without it and its near-duplicates,
            the cosine, (n,); None where nobody was asked.
    """

    labels: tuple[str, ...]
    targets: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    by: str
    learned: int = 0
    yardstick: Yardstick | None = None
    likeness: NDArray[np.float32] | None = None


def opinion_of(
    texts: Sequence[str],
    labels: Sequence[str | None],
    *,
    groups: NDArray[np.int64],
    encoder: str | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> Opinion:
    """Ask models of the other folds about every row.

    Linear models of character runs and words (a ridge regression, centroids, naive Bayes), and with an encoder also of
    its vectors, are learned in folds; their scores are added up with the shares that make the labels likeliest. Rows
    without a label are answered by the models of all folds together.

    Args:
        texts: the texts, n of them.
        labels: their labels, None where a row has none.
        groups: for each row the group of its near-duplicates, (n,): a group is never on both sides.
        encoder: name of the pretrained encoder to ask as well.
        seed: of the folds, and of what is planted.
        progress: who is told.

    Raises:
        MissingExtra: scikit-learn is not installed, or what the encoder needs.
        ModelError: the encoder cannot be found.
    """
    progress, rng = progress or Silent(), np.random.default_rng(seed)
    names, targets = _codes(labels)
    by = t("a linear model") if encoder is None else t("the encoder {name}", name=encoder)
    folds = deal(targets, groups, n_folds=10, rng=rng)
    learned = _sample(targets, n_labels=len(names), rng=rng)
    probabilities = np.full((len(texts), len(names)), 1 / max(len(names), 1), np.float32)
    if len(names) < 2 or len(set(folds[learned].tolist())) < 2:
        return Opinion(names, targets, probabilities, by)
    vectors = encode(texts, encoder, progress=progress) if encoder else None
    most = max(1000, min(100_000, _MOST_WEIGHTS // len(names)))
    terms, found = fit_terms([texts[row] for row in learned], most=most, n_texts=len(texts))
    panel = _panel((found,) if vectors is None else (found, vectors[learned]), folds[learned], n_labels=len(names))
    answers = _ask(panel, targets[learned], rng=rng, progress=progress)
    likeness = np.zeros(len(texts), np.float32)
    probabilities[learned], likeness[learned] = answers.said, answers.likeness
    asked = _Asked(answers.judges, terms, vectors, np.where(targets < 0, -1, folds % len(answers.judges)))
    others = np.setdiff1d(np.arange(len(texts)), learned)
    asked.fill(probabilities, likeness, texts, rows=others, progress=progress)
    return Opinion(names, targets, probabilities, by, len(learned), answers.yardstick, likeness)


def _codes(labels: Sequence[str | None]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Number the labels in order of name; of more than memory allows, the rarest count as none."""
    counts = Counter(label for label in labels if label is not None)
    names = sorted(label for label, _ in counts.most_common(max(2, _MOST_CELLS // max(len(labels), 1))))
    place = {label: number for number, label in enumerate(names)}
    return tuple(names), np.array([-1 if label is None else place.get(label, -1) for label in labels], np.int64)


def _sample(targets: NDArray[np.int64], *, n_labels: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give the rows to learn from: all labelled ones, or of very many some; rare labels keep their rows."""
    rows = np.flatnonzero(targets >= 0)
    most = min(_MOST_LEARNED, _MOST_LEARNED_CELLS // max(n_labels, 1))
    if len(rows) <= most:
        return rows
    shuffled = rows[rng.permutation(len(rows))]
    order = np.argsort(targets[shuffled], kind="stable")
    counts = np.bincount(targets[rows], minlength=n_labels)
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.maximum(most * counts / len(rows), np.minimum(most // n_labels // 2, 50))
    return np.sort(shuffled[rank < kept[targets[shuffled]]])


def _panel(features: tuple[Any, ...], folds: NDArray[np.int64], *, n_labels: int) -> Panel:
    """Choose folds and the ridge's rows so that the whole takes seconds."""
    products = features[0].nnz * (n_labels if n_labels > 2 else 1)
    ridge_rows = int(len(folds) * min(1.0, _RIDGE_PRODUCTS / max(products, 1)))
    if ridge_rows < min(len(folds), _FEWEST_A_LABEL * n_labels):
        ridge_rows = 0
    return Panel(features, folds % (10 if products <= _QUICK_PRODUCTS else 5), n_labels, ridge_rows)


@dataclass(frozen=True)
class _Answers:
    """What the panel says of its own n rows, and how it would be asked about others.

    Args:
        said: probabilities, (n, K).
        likeness: the cosine to the nearest label's rows, (n,).
        judges: for each fold one model of each kind of features, and the centroids of the terms.
        yardstick: of the labels that were planted.
    """

    said: NDArray[np.float64]
    likeness: NDArray[np.float32]
    judges: list[tuple[Judge, Linear]]
    yardstick: Yardstick


def _ask(panel: Panel, targets: NDArray[np.int64], *, rng: np.random.Generator, progress: Progress) -> _Answers:
    n_folds = int(panel.folds.max()) + 1
    with progress.work(t("asking models that did not see a row"), total=None, unit=t("folds")) as bar:
        scores, models = panel.out_of_fold(targets, folds=range(n_folds), bar=bar)
        centroids = len(models[0][0]) - 2  # the place of the terms' centroids, as ``learn`` orders its models
        likeness = scores[centroids].max(axis=1)
        shares = fit_shares(scores, targets, rng=rng)
        said = softmax(sum(share * table for share, table in zip(shares, scores, strict=True)))
        judges = [(merged(one, shares), one[0][centroids]) for one in models]
        del scores, models
        return _Answers(said, likeness, judges, plant(panel, targets, said, shares=shares, rng=rng, bar=bar))


@dataclass(frozen=True)
class _Asked:
    """What answers the rows that nothing was learned from.

    Args:
        judges: for each fold one model of each kind of features, and the centroids of the terms.
        terms: of the texts.
        vectors: of the encoder, (n, H), or None.
        folds: the fold of each row, (n,); -1 where all folds answer together.
    """

    judges: Sequence[tuple[Judge, Linear]]
    terms: Terms
    vectors: NDArray[np.float32] | None
    folds: NDArray[np.int64]

    def fill(
        self,
        probabilities: NDArray[np.float32],
        likeness: NDArray[np.float32],
        texts: Sequence[str],
        *,
        rows: NDArray[np.int64],
        progress: Progress,
    ) -> None:
        """Write the answers to some rows into (n, K), and how like they are to any label into (n,)."""
        if not len(rows):
            return
        judges = {fold: self._judge([fold]) for fold in range(len(self.judges))}
        judges[-1] = self._judge(range(len(self.judges)))
        with progress.work(t("asking about the other rows"), total=len(rows), unit=t("rows")) as bar:
            for start in range(0, len(rows), _CHUNK):
                chunk = rows[start : start + _CHUNK]
                features = [self.terms.of([texts[row] for row in chunk])]
                features += [] if self.vectors is None else [self.vectors[chunk]]
                for fold in np.unique(self.folds[chunk]).tolist():
                    judge, centroids = judges[fold]
                    places = np.flatnonzero(self.folds[chunk] == fold)
                    scores = sum(model.scores(kind[places]) for model, kind in zip(judge, features, strict=True))
                    probabilities[chunk[places]] = softmax(scores)
                    likeness[chunk[places]] = centroids.scores(features[0][places]).max(axis=1)
                bar.advance(len(chunk))

    def _judge(self, folds: Sequence[int]) -> tuple[Judge, Linear]:
        """Average the models of some folds."""
        if len(folds) == 1:
            return self.judges[folds[0]]
        share = [1 / len(folds)] * len(folds)
        kinds = zip(*(self.judges[fold][0] for fold in folds), strict=True)
        return tuple(combine(kind, share) for kind in kinds), combine([self.judges[f][1] for f in folds], share)
