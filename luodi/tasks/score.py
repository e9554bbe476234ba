"""A number for each text, on a scale: the head that rates."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.data.kinds import NUMBER, is_number
from luodi.errors import DataError
from luodi.language import t
from luodi.registry import register
from luodi.tasks.judgement import Judgement, labelled_rows
from luodi.tasks.softmax import softmax
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Cheap, Logits
    from luodi.tasks.terms import Ground

#: Up to so many different numbers are the levels of a scale (stars, grades); of more, this many levels are laid evenly.
_MOST_LEVELS = 20
_TAILS = (0.025, 0.975)
_STRENGTHS = (1.0, 0.3, 3.0, 10.0)


@dataclass(frozen=True)
class Rating:
    """A number.

    Args:
        label: the answer as a cell of a table says it.
        value: the answer.
        low, high: between which the true number lies in 95 of 100 cases, as far as the model knows.
        probability: that the answer is right: of its level, or of all levels within the tolerance.
        probabilities: of the levels, (K,).
    """

    label: str
    value: float
    low: float
    high: float
    probability: float
    probabilities: NDArray[np.float32]

    def to_json(self) -> dict[str, Any]:
        """Give the number, as a label and as a value, with its interval."""
        return {
            "label": self.label, "probability": round(self.probability, 6), "value": self.value, "low": self.low,
            "high": self.high,
        }  # fmt: skip


@register("head", "score")
@dataclass(frozen=True)
class Score:
    """Gives each text a number on a scale: levels such as stars, or any number between two.

    It learns how likely each level is. On a scale of few levels the answer is the middle one (the median, which errs
    least in levels); otherwise it is their mean.

    Args:
        name: the label column.
        levels: of the scale, rising; those that the data hold where they are few, else laid evenly.
        is_graded: whether the levels are all that there is.
        tolerance: an answer no further off than this is right.

    Source: Farebrother et al. 2024, arXiv:2403.03950 (regression by classification, two-hot targets).
    """

    main_metric: ClassVar[str] = "spearman"
    metrics: ClassVar[tuple[str, ...]] = (
        "accuracy", "spearman", "r2", "mean_absolute_error", "expected_calibration_error",
    )  # fmt: skip
    takes: ClassVar[str] = NUMBER
    by_token: ClassVar[bool] = False
    apart: ClassVar[bool] = False

    name: str
    levels: tuple[float, ...]
    is_graded: bool
    tolerance: float

    def __post_init__(self) -> None:
        """Refuse what is no scale.

        Raises:
            ValueError: the levels are fewer than two, or do not rise.
        """
        numbers = (*self.levels, self.tolerance)
        if (
            not all(type(one) in (int, float) and math.isfinite(one) for one in numbers)
            or type(self.is_graded) is not bool
        ):
            raise ValueError(f"levels {self.levels}, tolerance {self.tolerance}, is_graded {self.is_graded}")
        if len(self.levels) < 2 or not all(a < b for a, b in pairwise(self.levels)) or not self.tolerance > 0:
            raise ValueError(f"levels {self.levels}, tolerance {self.tolerance}")

    @classmethod
    def fit(cls, name: str, data: Dataset) -> Score:
        """Read the scale off a labelled set.

        Raises:
            DataError: a cell is no number, or all are the same.
        """
        numbers = sorted({_number(data, name, row, cell) for row, cell in enumerate(data.labels[name]) if cell})
        if len(numbers) < 2:
            raise DataError(
                t("column {name!r} holds one number only: there is nothing to tell apart", name=name),
                found=", ".join(map(str, numbers)) or t("no number at all"),
                fix=t("name the right column with --label, or add rows of another number"),
            )
        if len(numbers) <= _MOST_LEVELS:
            return cls(name, tuple(numbers), True, float(min(np.diff(numbers))) / 2)
        levels = np.linspace(numbers[0], numbers[-1], _MOST_LEVELS + 1)
        return cls(name, tuple(map(float, levels)), False, float(levels[1] - levels[0]))

    @property
    def n_outputs(self) -> int:
        """How many logits: one for each level."""
        return len(self.levels)

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> NDArray[np.float32]:
        """Give each row's number, (n,), as its place between the levels (1.5 is half way from the second to the third).

        -100 where a row has none.
        """
        column = data.labels[self.name]
        numbers = np.array([float(cell) if cell is not None else np.nan for cell in column], np.float64)
        places = np.interp(numbers, self.levels, np.arange(len(self.levels)))
        return np.where(np.isnan(numbers), UNLABELLED, places).astype(np.float32)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the cross-entropy with the two levels around each number, averaged over rows: (B, K), (B,) -> scalar."""
        known = targets >= 0
        sure, wanted = logits.float()[known].log_softmax(-1), targets[known].float()
        lower = wanted.floor().long().clamp(max=sure.shape[1] - 2)
        upper_share = (wanted - lower).unsqueeze(1)
        beside = sure.gather(1, lower.unsqueeze(1)) * (1 - upper_share)
        above = sure.gather(1, lower.unsqueeze(1) + 1) * upper_share
        return -(beside + above).sum() / max(int(known.sum()), 1)

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Rating]:
        """Take the middle level of each row, or the mean: (n, K) -> n answers.

        The temperature changes how sure an answer is, never the answer: that was chosen without it.
        """
        levels, table = np.array(self.levels, np.float64), np.asarray(logits)
        rows = zip(softmax(table), softmax(table / temperature), strict=True)
        return [self._rating(said, sure, levels) for said, sure in rows]

    def _rating(self, said: NDArray[np.float32], sure: NDArray[np.float32], levels: NDArray[np.float64]) -> Rating:
        value = float(levels[_reached(said, 0.5)] if self.is_graded else said.astype(np.float64) @ levels)
        near = np.abs(levels - value) <= self.tolerance * (1 + 1e-9)
        low, high = (float(levels[_reached(sure, share)]) for share in _TAILS)
        label = _written(value, step=0.0 if self.is_graded else self.tolerance)
        return Rating(label, value, min(low, value), max(high, value), min(1.0, float(sure[near].sum())), sure)

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Measure how far numbers lie apart; an answer within the tolerance is right."""
        rows = labelled_rows(gold)
        true = np.array([float(str(gold[row])) for row in rows], np.float64)
        answered = np.array([float(said[row]) for row in rows], np.float64)
        right = np.abs(true - answered) <= self.tolerance * (1 + 1e-9)
        scores = {
            "spearman": lambda i: rank_correlation(true[i], answered[i]),
            "r2": lambda i: explained(true[i], answered[i]),
            "mean_absolute_error": lambda i: float(np.abs(true[i] - answered[i]).mean()) if len(i) else float("nan"),
        }
        mixed = Counter((str(gold[row]), said[row]) for row in rows) if self.is_graded else Counter()
        return Judgement(rows, right, scores, confusions=mixed)


@register("baseline", "score")
def fit_ridge(head: Score, ground: Ground) -> Cheap:
    """Weighs character n-grams (TF-IDF) by a ridge regression; its strength is chosen on validation."""
    terms = ground.terms
    from sklearn.linear_model import Ridge

    known, wanted = _numbers(ground.train.labels[head.name])
    asked, gold = _numbers(ground.validation.labels[head.name])
    tried = [Ridge(alpha=alpha, solver="lsqr").fit(terms.learned[known], wanted) for alpha in _STRENGTHS]

    def error(one: Any) -> float:
        return float(np.square(one.predict(terms.checked[asked]) - gold).mean()) if asked else 0.0

    fitted = min(tried, key=error)
    levels = np.array(head.levels)
    spread = float(np.std(wanted - fitted.predict(terms.learned[known]))) or 1e-6

    def answer(texts: Sequence[str]) -> Sequence[Rating]:
        numbers = np.clip(fitted.predict(terms.features(texts)), levels[0], levels[-1])  # (n,)
        return head.decode(-((levels - numbers[:, None]) ** 2 / (2 * spread**2)).astype(np.float32))

    return answer


def _reached(shares: NDArray[np.float32], wanted: float) -> int:
    """Find the first level up to which a share of all lies."""
    below = np.cumsum(shares, dtype=np.float64)
    return min(int(np.searchsorted(below, wanted * below[-1])), len(shares) - 1)


def _written(value: float, *, step: float) -> str:
    """Write a number as a cell: a level whole, another one to a thousandth of a step.

    >>> _written(20240105.0, step=0), _written(0.1, step=0), _written(3.14159265, step=0.5)
    ('20240105', '0.1', '3.1416')
    """
    rounded = round(value, 3 + max(0, math.ceil(-math.log10(step)))) if step else value
    return str(int(rounded)) if rounded == int(rounded) and abs(rounded) < 1e15 else repr(rounded)


def _numbers(column: Sequence[str | None]) -> tuple[list[int], NDArray[np.float64]]:
    """Give the places of the cells that hold a number, and the numbers."""
    known = [row for row, cell in enumerate(column) if cell is not None]
    return known, np.array([float(str(column[row])) for row in known], np.float64)


def rank_correlation(true: NDArray[np.float64], answered: NDArray[np.float64]) -> float:
    """Give Spearman's correlation, ties sharing their ranks; 0 where one side is all the same.

    >>> round(rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 6)
    0.5
    """
    ranks = [_ranks(one) - (len(one) + 1) / 2 for one in (true, answered)]
    spread = float(np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum()))
    return float((ranks[0] * ranks[1]).sum()) / spread if spread else 0.0


def explained(true: NDArray[np.float64], answered: NDArray[np.float64]) -> float:
    """Give the share of the variance that answers explain (R2); below 0 where the mean would do better."""
    spread = float(((true - true.mean()) ** 2).sum()) if len(true) else 0.0
    return 1 - float(((true - answered) ** 2).sum()) / spread if spread else 0.0


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank from 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places], np.float64)


def _number(data: Dataset, name: str, row: int, cell: str) -> float:
    if not is_number(cell):
        raise DataError(
            t(
                "data: {origin}: {cell!r} in column {name!r} is no number",
                origin=data.origin(row),
                cell=cell,
                name=name,
            ),
            fix=t("write numbers with a point, 3.5, or name the right column with --label"),
        )
    return float(cell)
