"""Prunes a model: heads of the attention and units of the feed-forward go, those on which the loss depends least."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from luodi.compress.importance import importance
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.models.blocks import blocks_of
from luodi.models.stage import Run, Stage
from luodi.models.surgery import without_heads, without_units
from luodi.registry import register
from luodi.tune.bounds import refuse_wrong
from luodi.tune.finetune import Finetune
from luodi.tune.targets import labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.data import Dataset
    from luodi.models.model import Model

#: Which numbers a field takes.
_KINDS = {"rounds": "count", "rows": "count", "seed": "from zero"}


@register("stage", "prune")
@dataclass(frozen=True)
class Prune:
    """Leaves out the attention heads and feed-forward units that the loss depends on least; ``finetune`` comes before.

    How much it depends on a part is measured on some of the rows, to first order:

        I = mean over the texts of |d loss / d gate|, with a gate of 1 on what the part gives

    and divided by the length of its layer's vector of them, so that layers can be compared. The least go wherever
    they stand: some layers keep more than others, and each at least one. It happens in rounds, and is measured anew
    before each; a training afterwards lets the rest take over. The matrices really shrink.

    Args:
        heads: share of the attention heads that stays.
        units: share of the feed-forward units that stays.
        rounds: so many times some go.
        rows: so many labelled rows are looked at.
        recovery: the stage that comes after, a ``finetune`` unless another is named; None leaves the model as it is.
        seed: which rows are looked at.

    Source: Michel et al. 2019, arXiv:1905.10650, eq. 2 and section 4 (heads, in rounds); Molchanov et al. 2017,
    arXiv:1611.06440, eq. 7 and 8 (units, layers made comparable).
    """

    learns: ClassVar[bool] = True

    heads: float = 0.5
    units: float = 0.5
    rounds: int = 4
    rows: int = 512
    recovery: Stage | None = field(default_factory=Finetune)
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing.

        Raises:
            RecipeError: they are named.
        """
        refuse_wrong(self, "prune", _KINDS)
        for name in ("heads", "units"):
            if not 0 < getattr(self, name) <= 1:
                raise RecipeError(
                    t("prune: {name} = {value} is no share of what stays", name=name, value=getattr(self, name)),
                    fix=t("a number above 0, up to 1.0: 0.5 keeps half"),
                )

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a narrower model; the one given stays as it was.

        Raises:
            DataError: no row has a label.
            ModelError: the layers of this kind of encoder are not known.
        """
        run = run or Run()
        rows = labelled(model, train)
        if not rows:
            raise DataError(t("prune: no row has a label that the model knows"), found=t("{n} rows", n=len(train)))
        pruned = self._narrowed(model, rows, run)
        widths = blocks_of(pruned.network.encoder)
        left = {"heads_left": [one.n_heads for one in widths], "units_left": [one.n_units for one in widths]}
        run.progress.note(
            t("pruned: {before:,} weights cut to {after:,}", before=model.n_parameters, after=pruned.n_parameters)
        )
        if self.recovery is not None:
            pruned = self.recovery(pruned, train, validation=validation, run=run)
        return pruned.found(**left)

    def _narrowed(self, model: Model, rows: Dataset, run: Run) -> Model:
        """Let parts go in even rounds, measured anew before each."""
        some = rows.take(np.sort(np.random.default_rng(self.seed).permutation(len(rows))[: self.rows]))
        start = blocks_of(model.network.encoder)
        n_heads, n_units = sum(one.n_heads for one in start), sum(one.n_units for one in start)
        for number in range(1, self.rounds + 1):
            weighed = importance(model, some, progress=run.progress)
            share = number / self.rounds
            heads = least(weighed.heads, keep=_left(n_heads, self.heads, share))
            units = least(weighed.units, keep=_left(n_units, self.units, share))
            model = without_units(without_heads(model, heads), units)
        return model


def least(values: Sequence[NDArray[np.float64]], *, keep: int) -> dict[int, list[int]]:
    """Give for each layer the places of the parts that go: the least of all layers, but of none the greatest.

    Args:
        values: for each layer how much the loss depends on each part.
        keep: so many stay in all; never fewer than one in each layer.

    >>> least([np.array([1.0, 9.0, 2.0]), np.array([5.0, 1.0])], keep=3)
    {0: [0], 1: [1]}
    """
    scaled = [one / max(float(np.linalg.norm(one)), 1e-30) for one in values]
    for one in scaled:
        one[int(one.argmax())] = np.inf
    rows = [(float(value), layer, place) for layer, one in enumerate(scaled) for place, value in enumerate(one)]
    spare = [row for row in sorted(rows) if row[0] < np.inf]
    gone: dict[int, list[int]] = {layer: [] for layer in range(len(values))}
    for _, layer, place in spare[: max(0, len(rows) - keep)]:
        gone[layer].append(place)
    return {layer: sorted(places) for layer, places in gone.items()}


def _left(n: int, wanted: float, share: float) -> int:
    """Tell how many of n stay after a share of the way to the share wanted."""
    return max(1, round(n * (1 - (1 - wanted) * share)))
