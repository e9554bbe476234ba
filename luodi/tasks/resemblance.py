"""How two texts resemble each other on the face of it: the cheap peer of every head for pairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.near import normal_form
from luodi.data.pair import halves
from luodi.tasks.fit import FITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from luodi.tasks.fit import Fit, Scale
    from luodi.tasks.terms import Ground, Terms

_LONGEST = 2000
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def fit_resemblance(
    scale: Scale, targets: NDArray[np.float32], ground: Ground
) -> Callable[[Sequence[str]], Sequence[Fit]]:
    """Weigh what two texts share by a logistic regression.

    Args:
        scale: what the answers say.
        targets: of the training rows, (n,); below 0 where a row has none.
        ground: the rows, and the n-grams of their characters.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    terms, known = ground.terms, np.flatnonzero(targets >= 0)
    fits = targets[known] >= FITS
    if not 0 < fits.sum() < len(fits):
        odds = np.float32(30.0 if fits.any() else -30.0)
        return lambda texts: scale.answers(np.full(len(texts), odds), temperature=1.0)
    weighed = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
    weighed.fit(resemblance([ground.train.texts[row] for row in known.tolist()], terms), fits)

    def answer(texts: Sequence[str]) -> Sequence[Fit]:
        odds = weighed.decision_function(resemblance(texts, terms))
        return scale.answers(odds.astype(np.float32), temperature=1.0)

    return answer


def resemblance(texts: Sequence[str], terms: Terms) -> NDArray[np.float64]:
    """Measure what the two texts of each of n pairs share: (n, 9).

    The cosine of the TF-IDF of their character n-grams, and its square; the share of common words in all of them, and
    in the shorter text; the same of pairs of characters; how far lengths lie apart; whether both hold the same numbers;
    whether they are the same in normal form.
    """
    two = [halves(text) for text in texts]
    first, second = (terms.features([both[side] for both in two]) for side in (0, 1))
    cosine = np.asarray(first.multiply(second).sum(axis=1), np.float64).reshape(-1)
    return np.column_stack([cosine, cosine**2, np.array([_shared(*both) for both in two]).reshape(len(two), 7)])


def _shared(one: str, other: str) -> tuple[float, ...]:
    one, other = _folded(one), _folded(other)
    words = [set(_WORD.findall(text)) for text in (one, other)]
    folded = [normal_form(text) for text in (one, other)]
    bigrams = [{text[i : i + 2] for i in range(len(text) - 1)} for text in folded]
    apart = abs(np.log((1 + len(folded[0])) / (1 + len(folded[1]))))
    numbers = [sorted(_NUMBER.findall(text)) for text in (one, other)]
    return (*_common(*words), *_common(*bigrams), float(apart), float(numbers[0] == numbers[1]),
            float(folded[0] == folded[1]))  # fmt: skip


def _folded(text: str) -> str:
    """Fold case, and keep the beginning; white space stays, for it parts words."""
    return text[:_LONGEST].casefold()


def _common(one: set[str], other: set[str]) -> tuple[float, float]:
    """Give what two sets share: of all in either, and of the smaller one."""
    both = len(one & other)
    return both / max(len(one | other), 1), both / max(min(len(one), len(other)), 1)
