"""What the stages of a recipe made: the last model, and the one that it was learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.models.model import Model

    #: A model after the last stage that learned, and after each one since, with the names of the stages: every form
    #: has to give the same answers.
    Forms = Sequence[tuple[str, Model]]


@dataclass(frozen=True)
class Made:
    """The end of a chain of stages.

    Args:
        forms: of the model that the last learning stage made.
        behind: of the model that this stage was given.
    """

    forms: Forms
    behind: Forms

    @property
    def model(self) -> Model:
        """The finished model."""
        return self.forms[-1][1]

    def learned(self, stage: str, model: Model) -> Made:
        """Go on with a model that a stage of this name learned from the finished one."""
        return Made([(stage, model)], behind=self.forms)

    def reshaped(self, stage: str, model: Model) -> Made:
        """Go on with another form of the finished model, that a stage of this name made."""
        return Made([*self.forms, (stage, model)], behind=self.behind)
