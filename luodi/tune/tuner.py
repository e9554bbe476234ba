"""Which weights learn: the protocol that every way of tuning keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from luodi.models.model import Model
    from luodi.tune.attached import Attached


class Tuner(Protocol):
    """A frozen dataclass entered under the kind ``tuner``; each is one file of this folder.

    ``learning_rate`` and ``head_learning_rate`` are what suits those weights of encoder and heads that learn, at its
    height.
    """

    learning_rate: ClassVar[float]
    head_learning_rate: ClassVar[float]

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Make a copy whose logits are those of the model given, ready to learn.

        The seed decides what fresh weights start from.
        """
