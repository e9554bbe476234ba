"""How well two texts fit each other: the scale that pairs are labelled on, answers on it, and what those are worth."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.kinds import is_number
from luodi.data.likeness import likeness
from luodi.data.pair import halves
from luodi.errors import DataError
from luodi.language import t
from luodi.tasks.judgement import Judgement, labelled_rows
from luodi.tasks.metrics import by_label, count
from luodi.tasks.ranking import BY_QUESTION, average_precision, by_question, first_places
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from luodi.data.dataset import Dataset

#: All that a report says of a head for pairs.
METRICS = ("accuracy", "f1", "average_precision", *BY_QUESTION, "expected_calibration_error")
MAIN_METRIC = "average_precision"
#: From this share of the greatest grade on two texts fit.
FITS = 0.5


@dataclass(frozen=True)
class Fit:
    """Whether two texts fit.

    Args:
        label: the answer as a cell of a table says it.
        probability: that the answer is right.
        score: how probably they fit: candidates are ranked by it.
        similarity: the cosine of their vectors, where they have some.
        vectors: those, (2, width).
    """

    label: str
    probability: float
    score: float
    similarity: float | None = None
    vectors: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """How probably they fit, (1,)."""
        return np.array([self.score], np.float32)

    def to_json(self) -> dict[str, Any]:
        """Give the answer and what ranks it."""
        beside = {} if self.similarity is None else {"similarity": round(self.similarity, 6)}
        return {"label": self.label, "probability": round(self.probability, 6), "score": round(self.score, 6), **beside}


@dataclass(frozen=True)
class Scale:
    """The words of a column that says how well two texts fit.

    Args:
        no: what says that they do not.
        yes: what says that they do; of grades the greatest.
        most: the greatest grade, 1 where only yes and no are said.
    """

    no: str
    yes: str
    most: float

    def __post_init__(self) -> None:
        """Refuse what is no scale.

        Raises:
            ValueError: its words do not say no and yes.
        """
        words = isinstance(self.no, str) and isinstance(self.yes, str)
        if not words or type(self.most) not in (int, float) or not 0 < self.most < math.inf:
            raise ValueError(f"no {self.no!r}, yes {self.yes!r}, most {self.most!r}")
        if not self.share(self.no) < FITS <= self.share(self.yes):
            raise ValueError(f"no {self.no!r}, yes {self.yes!r}, most {self.most!r}")

    @classmethod
    def of(cls, name: str, data: Dataset) -> Scale:
        """Read the scale off a labelled set: its most frequent words of no and of yes.

        Raises:
            DataError: a cell says neither, or all say the same.
        """
        cells = Counter(cell for cell in data.labels[name] if cell is not None)
        grades = {cell: likeness(cell) for cell in cells}
        if strange := next((cell for cell, grade in grades.items() if grade is None), None):
            row = data.labels[name].index(strange)
            raise DataError(
                t("data: {origin}: {cell!r} in column {name!r} does not say whether two texts match",
                  origin=data.origin(row), cell=strange[:40], name=name),
                fix=t("write 1 and 0, yes and no, or grades of 0 and more"),
            )  # fmt: skip
        known = {cell: grade for cell, grade in grades.items() if grade is not None}
        most = max(known.values(), default=0.0)
        sides = [[cell for cell in known if (known[cell] >= FITS * most) is fits] for fits in (False, True)]
        if not most or not all(sides):
            raise DataError(
                t("column {name!r} calls all pairs alike: there is nothing to tell apart", name=name),
                found=", ".join(f"{cell!r} x {n}" for cell, n in cells.items()) or t("no label at all"),
                fix=t("add pairs that match, and pairs that do not"),
            )
        no = min(sides[0], key=lambda cell: (known[cell], -cells[cell], cell))
        yes = min(sides[1], key=lambda cell: (-known[cell], -cells[cell], cell))
        return cls(no, yes, float(most))

    def share(self, cell: str) -> float:
        """Read a cell as a share of the greatest grade, at most 1; a word of yes is all of it, and nothing is no."""
        grade = likeness(cell) or 0.0
        is_word = grade > 0 and not is_number(cell.strip())
        return 1.0 if is_word else min(1.0, grade / self.most)

    def targets(self, column: Sequence[str | None]) -> NDArray[np.float32]:
        """Give the share of the greatest grade in each cell, (n,); -100 where there is none."""
        return np.array([UNLABELLED if cell is None else self.share(cell) for cell in column], np.float32)

    def answers(
        self, logits: NDArray[np.float32], *, temperature: float, similarities: NDArray[np.float32] | None = None
    ) -> list[Fit]:
        """Turn the log odds that two texts fit into answers: (n,) -> n."""
        scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64) / temperature, -60, 60)))
        beside = [None] * len(scores) if similarities is None else [float(one) for one in similarities]
        return [
            Fit(self.yes if fits else self.no, float(score if fits else 1 - score), float(score), one)
            for fits, score, one in zip(logits > 0, scores, beside, strict=True)
        ]

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], texts: Sequence[str], sure: Sequence[float]
    ) -> Judgement:
        """Hold answers against cells: right where both say that two texts fit, or that they do not.

        Pairs are ranked by how probably they fit, as far as ``sure`` says; the candidates of a question, the first of
        the two texts, among themselves where ``texts`` are given.
        """
        rows = labelled_rows(gold)
        gains = np.array([self.share(str(gold[row])) for row in rows], np.float64)
        shares = np.array([self.share(said[row]) for row in rows], np.float64)
        fits, answered = gains >= FITS, shares >= FITS
        leans = shares
        if len(sure):
            how_sure = np.array([sure[row] for row in rows], np.float64)
            leans = np.where(answered, how_sure, 1 - how_sure)
        scores: dict[str, Callable[[NDArray[np.int64]], float]] = {
            "f1": lambda i: 2 * float((fits[i] & answered[i]).sum()) / max(int(fits[i].sum() + answered[i].sum()), 1),
            "average_precision": average_precision(fits, leans),
        }
        if len(texts):
            scores |= by_question([halves(texts[row])[0] for row in rows], gains, fits, leans)
        counts = count(fits.astype(np.int64), answered.astype(np.int64), n_labels=2)
        words = (self.no, self.yes)
        mixed = Counter((words[int(one)], words[int(other)]) for one, other in zip(fits, answered, strict=True))
        return Judgement(rows, fits == answered, scores, by_label(words, counts), mixed)

    def ranked(self, column: Sequence[str | None], texts: Sequence[str], answers: Sequence[Fit]) -> dict[str, Any]:
        """Count at which place the first fitting candidate of each question stands; nothing without questions."""
        rows = labelled_rows(column)
        fits = np.array([self.share(str(column[row])) >= FITS for row in rows], bool)
        leans = np.array([answers[row].score for row in rows], np.float64)
        places = first_places([halves(texts[row])[0] for row in rows], fits, leans)
        return {"places": places} if places else {}
