"""Which rows to look at first: the most informative ones of those without a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.near import normal_form
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Candidates for each row wanted, and their number at least and at most: choosing costs candidates times rows wanted.
_CANDIDATES_A_ROW, _FEWEST, _MOST = 20, 2000, 20_000
#: Nothing more alike than this to a chosen text (cosine) is chosen while there is anything else.
_ALIKE = 0.8
#: Texts are compared by their first characters.
_LONGEST = 500
_MOST_FEATURES = 50_000


def margins(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give by how much each row's first label leads its second, (n, K) -> (n,), 0 (torn) to 1 (sure).

    >>> margins(np.array([[0.5, 0.5], [0.9, 0.1]], np.float32)).round(2).tolist()
    [0.0, 0.800000011920929]
    """
    if probabilities.shape[1] < 2:
        return np.ones(len(probabilities), np.float32)
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    return (two[:, 1] - two[:, 0]).clip(0, 1)


def informative(texts: Sequence[str], *, n: int, margin: NDArray[np.float32] | None = None, seed: int = 7) -> list[int]:
    """Choose texts that are worth a label: those on which the models are torn, and no two alike.

    Of the candidates (the smallest margins; without margins, a draw) rows are taken one by one with a probability that
    grows with the doubt about them and with their distance to what was taken before. Linear in the number of texts.

    Args:
        texts: those to choose from; equal ones are chosen once at most.
        n: how many are wanted.
        margin: how sure models are of each, (len(texts),), as ``margins`` gives it; None where no model can be asked.
        seed: of what is drawn.

    Returns:
        Places in ``texts``, the first to look at first; fewer than ``n`` where there are not so many different texts.

    Raises:
        MissingExtra: scikit-learn is not installed.

    Source: Arthur and Vassilvitskii 2007, k-means++; drawing by doubt and distance as in Ash et al. 2020,
        arXiv:1906.03671.
    """
    chance = np.random.default_rng(seed)
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        first.setdefault(text, place)
    distinct = np.fromiter(first.values(), np.int64, len(first))
    doubt = np.ones(len(distinct)) if margin is None else 1.0 - margin[distinct].astype(np.float64)
    most = min(_MOST, max(_FEWEST, _CANDIDATES_A_ROW * n))
    if len(distinct) > most:
        kept = chance.permutation(len(distinct))[:most] if margin is None else np.argpartition(-doubt, most)[:most]
        distinct, doubt = distinct[np.sort(kept)], doubt[np.sort(kept)]
    if len(distinct) <= 1 or n <= 0:
        return [int(place) for place in distinct[: max(n, 0)]]
    vectors = _Vectors([texts[place] for place in distinct])
    return [int(distinct[place]) for place in _spread(vectors, doubt=doubt, n=min(n, len(distinct)), chance=chance)]


class _Vectors:
    """Texts as vectors of one to three characters, twice: as they are, to know copies, and by TF-IDF, to know topics.

    TF-IDF alone would not know copies: where most texts are copies of one, what they share weighs next to nothing.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        need("sklearn", extra="train")
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
        from sklearn.preprocessing import normalize

        counter = CountVectorizer(
            analyzer="char", ngram_range=(1, 3), binary=True, max_features=_MOST_FEATURES, dtype=np.float32
        )
        counts = counter.fit_transform([normal_form(text[:_LONGEST]) or " " for text in texts])
        self.plain: Any = normalize(counts)
        self.weighted: Any = TfidfTransformer().fit_transform(counts)


def _likeness(vectors: Any, place: int) -> NDArray[np.float64]:
    """Give the cosine of every row with one of them, (n,)."""
    likeness: NDArray[np.float64] = np.asarray(vectors @ vectors[place].toarray().ravel(), np.float64)
    return np.minimum(likeness, 1.0)


def _spread(vectors: _Vectors, *, doubt: NDArray[np.float64], n: int, chance: np.random.Generator) -> list[int]:
    """Draw n different rows, each by its doubt times its squared distance to those drawn before."""
    taken = [_first(vectors.weighted, doubt)]
    near = np.zeros(len(doubt))  # of each row, how alike it is to the most alike of those taken
    free = np.ones(len(doubt), bool)
    is_copy = np.zeros(len(doubt), bool)
    while True:
        free[taken[-1]] = False
        if len(taken) == n:
            return taken
        near = np.maximum(near, _likeness(vectors.weighted, taken[-1]))
        is_copy |= _likeness(vectors.plain, taken[-1]) >= _ALIKE
        weight = np.where(free & ~is_copy, (doubt + 1e-6) * (1.0 - near) ** 2, 0.0)
        if weight.sum() <= 0:
            weight = np.where(free, (doubt + 1e-6) * (1.0 - near + 1e-6), 0.0)
        taken.append(int(chance.choice(len(weight), p=weight / weight.sum())))


def _first(vectors: Any, doubt: NDArray[np.float64]) -> int:
    """Begin with the row of the greatest doubt; of several, with the one that is most like the rest."""
    middle = np.asarray(vectors.mean(axis=0)).ravel()
    likeness = np.asarray(vectors @ middle).ravel()
    return int(np.lexsort((-likeness, -doubt.round(6)))[0])
