"""Whether two texts match, by the vectors of each: the head that finds candidates among many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.data.kinds import LIKENESS
from luodi.data.pair import halves
from luodi.registry import register
from luodi.tasks.fit import FITS, MAIN_METRIC, METRICS, Scale
from luodi.tasks.pool import pool
from luodi.tasks.resemblance import fit_resemblance
from luodi.tasks.task import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.fit import Fit
    from luodi.tasks.judgement import Judgement
    from luodi.tasks.task import Cheap, Logits
    from luodi.tasks.terms import Ground

#: Numbers in a vector: as many as the small encoders have, so that the head's layer can begin as the identity.
WIDTH = 384
#: The log odds that two texts match are this many times what their cosine lies above the middle.
SHARPNESS, MIDDLE = 10.0, 0.5
#: What the cosines of a batch are multiplied by before they compete.
_SCALE = 20.0


@register("head", "retrieve")
@dataclass(frozen=True)
class Retrieve:
    """Says whether two texts match by the cosine of their vectors, each from its own text alone (a bi-encoder).

    The vector of a candidate can be kept: a question is held against many candidates by one look at the network.
    ``match``, which reads both together, judges a pair more finely.

    Args:
        name: the label column.
        no: what says there that two texts do not match.
        yes: what says that they do.
        most: the greatest grade; 1 where only yes and no are said.
        width: numbers in a vector.

    Source: Reimers and Gurevych 2019, arXiv:1908.10084 (one encoder for both texts).
    """

    main_metric: ClassVar[str] = MAIN_METRIC
    metrics: ClassVar[tuple[str, ...]] = METRICS
    takes: ClassVar[str] = LIKENESS
    by_token: ClassVar[bool] = False
    apart: ClassVar[bool] = True

    name: str
    no: str
    yes: str
    most: float
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Refuse what is no scale, and a width that no layer has.

        Raises:
            ValueError: its words do not say no and yes, or the width is no number from 1 to 4096.
        """
        Scale(self.no, self.yes, self.most)
        if type(self.width) is not int or not 1 <= self.width <= 4096:
            raise ValueError(f"width {self.width!r}")

    @classmethod
    def fit(cls, name: str, data: Dataset) -> Retrieve:
        """Read the words and the greatest grade off a labelled set.

        Raises:
            DataError: a cell says neither yes nor no, or all say the same.
        """
        scale = Scale.of(name, data)
        return cls(name, scale.no, scale.yes, scale.most)

    @cached_property
    def scale(self) -> Scale:
        """The words of its column."""
        return Scale(self.no, self.yes, self.most)

    @property
    def n_outputs(self) -> int:
        """How many numbers the vector of a text has."""
        return self.width

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> NDArray[np.float32]:
        """Give how well each pair fits, from 0 to 1, and a number for each of its two texts, (n, 3).

        Equal texts have equal numbers. All three are -100 where a row does not say.
        """
        known: dict[str, int] = {}
        codes = [[known.setdefault(half, len(known)) for half in halves(text)] for text in data.texts]
        shares = self.scale.targets(data.labels[self.name])
        table = np.column_stack([shares, np.array(codes, np.float32).reshape(len(shares), 2)])
        table[shares == UNLABELLED] = UNLABELLED
        return np.asarray(table, np.float32)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the mean loss of a batch: vectors of both texts side by side (B, 2 width), (B, 3) -> scalar.

        Two parts, of one weight. Each text that has its match in the batch is to find it among the second texts of
        all rows, but for those that are the same, or match it too:

            - log(exp(s_ii) / sum over j of exp(s_ij)),   s_ij = 20 cos(first i, second j)

        And the cosine of each labelled pair is to say its label, by the cross-entropy of its log odds. Of those alone,
        (B, 1), there is the second part alone.

        Source: Henderson et al. 2017, arXiv:1705.00652, section 4.4 (the other rows of a batch as what does not fit).
        """
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits as entropy
        from torch.nn.functional import normalize

        known = targets[:, 0] != UNLABELLED
        logits, targets = logits[known].float(), targets[known].float()
        n = max(len(targets), 1)
        if logits.shape[1] == 1:
            return entropy(logits[:, 0], targets[:, 0].to(logits), reduction="sum") / n
        first, second = (normalize(half, dim=1) for half in logits.chunk(2, dim=1))
        cosines = first @ second.T  # (B, B)
        said = entropy(SHARPNESS * (cosines.diagonal() - MIDDLE), targets[:, 0], reduction="sum") / n
        fits, itself = targets[:, 0] >= FITS, torch.eye(len(targets), dtype=torch.bool, device=logits.device)
        same = (targets[:, 1, None] == targets[None, :, 1]) & fits[None]  # another match of the same first text
        same |= targets[:, 2, None] == targets[None, :, 2]
        same |= targets[:, 1, None] == targets[None, :, 2]  # the text itself
        shares = (_SCALE * cosines).masked_fill(same & ~itself, float("-inf")).log_softmax(dim=1).diagonal()
        return said - torch.where(fits, shares, 0.0).sum() / max(int(fits.sum()), 1)

    def condensed(self, logits: Logits) -> NDArray[np.float32]:
        """Give the log odds that two texts match, what a temperature divides: (n, 2 width) -> (n, 1)."""
        return (SHARPNESS * (self.cosines(logits) - MIDDLE))[:, None].astype(np.float32)

    def cosines(self, logits: Logits) -> NDArray[np.float32]:
        """Give the cosine of the two vectors of each row: (n, 2 width) -> (n,)."""
        table = np.asarray(logits, np.float32)
        first, second = table[:, : self.width], table[:, self.width :]
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        return np.asarray((first * second).sum(axis=1) / np.maximum(lengths, 1e-9), np.float32)

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Fit]:
        """Say yes where the cosine lies above the middle: (n, 2 width) -> n answers."""
        odds = self.condensed(logits)[:, 0]
        found = self.scale.answers(odds, temperature=temperature, similarities=self.cosines(logits))
        vectors = np.asarray(logits, np.float32).reshape(len(found), 2, self.width)
        return [replace(one, vectors=row) for one, row in zip(found, vectors, strict=True)]

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Count the pairs that were met, and see how they are ranked."""
        return self.scale.judge(gold, said, texts, sure)

    def exhibit(self, data: Dataset, answers: Sequence[Fit]) -> dict[str, Any]:
        """Give what a report draws of it: at which place the first fitting candidate stands, and how well it is found.

        ``pool``: each question is held against the second texts of all rows, by their vectors. What no row calls
        fitting counts as not fitting there, so the figures are too low where rows leave something out.
        """
        column = data.labels[self.name]
        found = self.scale.ranked(column, data.texts, answers)
        vectors = [one.vectors for one in answers if one.vectors is not None]
        if len(vectors) < len(answers) or not vectors:
            return found
        pairs = [halves(text) for text in data.texts]
        gains = [0.0 if cell is None else self.scale.share(cell) for cell in column]
        return {**found, "pool": pool(pairs, np.array(gains), np.stack(vectors))}


@register("baseline", "retrieve")
def fit_cheap(head: Retrieve, ground: Ground) -> Cheap:
    """Weighs what two texts share (TF-IDF cosine, common characters, lengths, numbers) by a logistic regression."""
    return fit_resemblance(head.scale, head.targets(ground.train)[:, 0], ground)
