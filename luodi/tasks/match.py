"""Whether two texts match, read together: the head that weighs pairs, and ranks the few candidates of a question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.data.kinds import LIKENESS
from luodi.registry import register
from luodi.tasks.fit import MAIN_METRIC, METRICS, Scale
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


@register("head", "match")
@dataclass(frozen=True)
class Match:
    """Says how probably the two texts of a pair match, from both in one sequence (a cross-encoder).

    It sees what in one text answers what in the other, and asks the network anew for every pair; ``retrieve`` is the
    head to look through many candidates with.

    Args:
        name: the label column.
        no: what says there that they do not match.
        yes: what says that they do.
        most: the greatest grade; 1 where only yes and no are said.

    Source: Nogueira and Cho 2019, arXiv:1901.04085 (both texts in one sequence).
    """

    main_metric: ClassVar[str] = MAIN_METRIC
    metrics: ClassVar[tuple[str, ...]] = METRICS
    takes: ClassVar[str] = LIKENESS
    by_token: ClassVar[bool] = False
    apart: ClassVar[bool] = False

    name: str
    no: str
    yes: str
    most: float

    def __post_init__(self) -> None:
        """Refuse what is no scale.

        Raises:
            ValueError: its words do not say no and yes.
        """
        Scale(self.no, self.yes, self.most)

    @classmethod
    def fit(cls, name: str, data: Dataset) -> Match:
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
        """How many logits: the log odds that the two match."""
        return 1

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> NDArray[np.float32]:
        """Give how well each pair fits, from 0 to 1, (n,); -100 where a row does not say."""
        return self.scale.targets(data.labels[self.name])

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the cross-entropy, averaged over the labelled pairs: (B, 1), (B,) -> scalar."""
        from torch.nn.functional import binary_cross_entropy_with_logits as entropy

        known = targets != UNLABELLED
        total = entropy(logits[known, 0].float(), targets[known].float(), reduction="sum")
        return total / max(int(known.sum()), 1)

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Fit]:
        """Say yes where that is more probable than no: (n, 1) -> n answers."""
        return self.scale.answers(np.asarray(logits, np.float32)[:, 0], temperature=temperature)

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Count the pairs that were met, and see how they are ranked."""
        return self.scale.judge(gold, said, texts, sure)

    def exhibit(self, data: Dataset, answers: Sequence[Fit]) -> dict[str, Any]:
        """Give what a report draws of it: at which place the first fitting candidate stands."""
        return self.scale.ranked(data.labels[self.name], data.texts, answers)


@register("baseline", "match")
def fit_cheap(head: Match, ground: Ground) -> Cheap:
    """Weighs what two texts share (TF-IDF cosine, common characters, lengths, numbers) by a logistic regression."""
    return fit_resemblance(head.scale, head.targets(ground.train), ground)
