"""A yardstick for suspicion: labels that are known to be wrong, because they were planted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.opinion.linear import sums
from luodi.auditing.opinion.panel import softmax
from luodi.auditing.opinion.suspicion import FEWEST_ROWS, suspicion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.auditing.opinion.panel import Panel
    from luodi.progress import Bar

#: Share of the labels that is planted in one round; planted labels wanted in all; rounds at most.
_SHARE, _WANTED, _MOST_ROUNDS = 0.05, 240, 6
#: The share of wrong labels is read off where so many planted ones lie above: at the very top the planted ones are no
#: good likeness of the others, and far down lie many right labels.
_FEWEST, _FROM, _TO = 30, 0.25, 0.9
#: Above this share planted labels look like all others: labels hardly hang together with texts, and nobody can tell.
_BLURRED = 0.35


@dataclass(frozen=True)
class Yardstick:
    """How suspect planted labels look beside the labels as they came.

    Args:
        planted: suspicion of labels that were made wrong, (m,).
        others: suspicion of labels as they came, judged by the same models, (n,).
    """

    planted: NDArray[np.float64]
    others: NDArray[np.float64]

    def share_wrong(self) -> float:
        """Estimate which share of the labels is wrong as they came, from below; 0 where it cannot be told.

        Were a share w of them wrong, and these as hard to see as the planted ones, then above any suspicion s there
        would lie at least w times the share of planted labels above s. So w is at most the ratio of both shares; it is
        read off where this ratio is lowest: among rows so suspect that hardly a right label lies there.

        Source: Blanchard, Lee and Scott 2010, JMLR 11 (the share of a mixture, by its extreme rows).
        """
        m, n = len(self.planted), len(self.others)
        counts = np.arange(max(_FEWEST, int(_FROM * m)), int(_TO * m) + 1)  # planted labels above a suspicion
        if not len(counts) or n == 0:
            return 0.0
        lines = np.sort(self.planted)[::-1][counts - 1]
        above = n - np.searchsorted(np.sort(self.others), lines, side="left")  # the others above it
        share = float(((above / n) / (counts / m)).min())
        return share if share <= _BLURRED else 0.0

    def sureness(self, suspicions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give for each suspicion (n,) how likely such a label is wrong, 0 to 1.

        Wrong labels of a share w show the planted ones' density of suspicion: w * planted / others, made monotone.
        """
        wrong = self.share_wrong()
        if wrong <= 0.0:
            return np.zeros(len(suspicions))
        from sklearn.isotonic import IsotonicRegression

        m, n = len(self.planted), len(self.others)
        at = np.concatenate([self.planted, self.others])
        weights = np.concatenate([np.full(m, wrong / m), np.full(n, 1 / n)])
        fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        fitted.fit(at, np.repeat([1.0, 0.0], [m, n]), sample_weight=weights)
        share = np.minimum(fitted.predict(suspicions), 0.5)  # of planted among both: w f / (w f + g)
        return np.asarray(share / (1 - share))


def plant(
    panel: Panel,
    targets: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    *,
    shares: Sequence[float],
    rng: np.random.Generator,
    bar: Bar,
) -> Yardstick:
    """Make some labels wrong, as the models themselves would confuse them, and see how suspect these become.

    Args:
        panel: the rows in their folds.
        targets: the labels as they came, (n,).
        probabilities: what the panel says of them, (n, K).
        shares: how much each model of the panel counts.
        rng: draws rows and labels.
        bar: is told of each fold.
    """
    counts = np.bincount(targets, minlength=panel.n_labels)
    open_rows = np.flatnonzero(counts[targets] >= FEWEST_ROWS)
    n_planted = int(len(open_rows) * _SHARE)
    planted: list[NDArray[np.float64]] = [np.zeros(0)]
    others: list[NDArray[np.float64]] = [np.zeros(0)]
    if panel.n_labels < 2 or n_planted == 0:
        return Yardstick(planted[0], others[0])
    confusion = _confusion(targets, probabilities)
    n_folds = int(panel.folds.max()) + 1
    for _ in range(_MOST_ROUNDS):
        chosen = rng.choice(open_rows, n_planted, replace=False)
        changed = targets.copy()
        changed[chosen] = _draw(confusion[targets[chosen]], rng)
        asked = min(n_folds, int(np.ceil((_WANTED - sum(map(len, planted))) * n_folds / n_planted)))
        tables, _ = panel.out_of_fold(changed, folds=range(asked), bar=bar)
        seen = np.flatnonzero(panel.folds < asked)
        said = softmax(sum(share * table[seen] for share, table in zip(shares, tables, strict=True)))
        scores, _ = suspicion(said, changed[seen], counts=counts)
        is_planted = np.isin(seen, chosen)
        planted.append(scores[is_planted])
        others.append(scores[~is_planted])
        if sum(map(len, planted)) >= _WANTED:
            break
    return Yardstick(np.concatenate(planted), np.concatenate(others))


def _confusion(targets: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give for each label which others stand on rows that look like its own, (K, K) with rows adding up to 1.

    Those are the mistakes that are made here: by whoever labelled, or by the models. Probabilities are squared: what is
    left over for labels out of the question is no confusion.
    """
    table = np.asarray(sums(probabilities**2, targets, probabilities.shape[1]), np.float64).T + 1e-9
    np.fill_diagonal(table, 0.0)
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _draw(chances: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a label for each row of chances, (m, K) -> (m,)."""
    place = (chances.cumsum(axis=1) < rng.random((len(chances), 1))).sum(axis=1)
    return np.asarray(np.minimum(place, chances.shape[1] - 1), np.int64)
