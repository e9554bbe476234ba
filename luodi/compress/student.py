"""A student cut out of its teacher: fewer layers, fewer heads, a narrower feed-forward, the weights those it had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.compress.importance import importance
from luodi.compress.spare import spare
from luodi.language import t
from luodi.models.blocks import blocks_of
from luodi.models.surgery import without_heads, without_layers, without_units
from luodi.progress import Silent
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.progress import Progress

#: So many texts tell which layers can be spared, and so many rows which heads and units.
_LOOKED_AT, _WEIGHED = 256, 512


@dataclass(frozen=True)
class Cut:
    """How much of a teacher its student keeps: whole numbers are counts, fractions from 0 to 1 shares of what is there.

    Args:
        layers: of the encoder.
        heads: of the attention, in each layer.
        units: of the feed-forward, in each layer.
    """

    layers: float
    heads: float
    units: float


@dataclass(frozen=True)
class Student:
    """A student before its first lesson.

    Args:
        model: its answers are not those of the teacher yet.
        layers: for each of its layers the place of the teacher's layer that it came from.
        findings: what was kept, and what the rest cost.
    """

    model: Model
    layers: tuple[int, ...]
    findings: dict[str, Any]


def cut_out(teacher: Model, train: Dataset, cut: Cut, *, seed: int, progress: Progress) -> Student:
    """Cut a student out of a teacher: layers first, then the heads and units that the loss depends on least.

    Layers go one by one, each time the one that moves the teacher's answers least on some of the texts. All layers
    keep as many heads and as many units as each other.

    Args:
        teacher: left as it was.
        train: labelled rows.
        cut: how much stays.
        seed: which rows are looked at.
        progress: who is told.

    Raises:
        ModelError: the layers of this kind of encoder are not known.
    """
    blocks = blocks_of(teacher.network.encoder)
    order = np.random.default_rng(seed).permutation(len(train))
    n_layers = kept_of(cut.layers, len(blocks))
    some = train.take(np.sort(order[:_LOOKED_AT]))
    spared = spare(teacher, tokenize(teacher, some.texts, progress=Silent()), n_kept=n_layers, progress=progress)
    gone = [place for place in range(len(blocks)) if place not in spared.kept]
    model = without_layers(teacher, gone)
    if gone:
        progress.note(
            t("layers {kept} of {n} stay: left out one by one, each time the one that moved the answers least",
              kept=", ".join(str(place + 1) for place in spared.kept), n=len(blocks))
        )  # fmt: skip
    gone_first = [{**row, "layer": row["layer"] + 1} for row in spared.left_out]
    findings = {"layers": [place + 1 for place in spared.kept], "left_out": gone_first}
    if cut.heads != 1.0 or cut.units != 1.0:
        model = _narrowed(model, train.take(np.sort(order[:_WEIGHED])), cut, progress=progress)
    left = blocks_of(model.network.encoder)[0]
    return Student(model, spared.kept, {**findings, "heads": left.n_heads, "units": left.n_units})


def kept_of(wanted: float, n: int) -> int:
    """Turn a count or a share into a count of n: at least 1, at most n.

    >>> kept_of(4, 12), kept_of(0.25, 12), kept_of(1.0, 12), kept_of(20, 12)
    (4, 3, 12, 12)
    """
    count = wanted if isinstance(wanted, int) else round(wanted * n)
    return int(np.clip(count, 1, n))


def _narrowed(model: Model, rows: Dataset, cut: Cut, *, progress: Progress) -> Model:
    weighed = importance(model, rows, progress=progress)
    heads = {layer: _least(one, cut.heads) for layer, one in enumerate(weighed.heads)}
    units = {layer: _least(one, cut.units) for layer, one in enumerate(weighed.units)}
    return without_units(without_heads(model, heads), units)


def _least(values: NDArray[np.float64], wanted: float) -> Sequence[int]:
    """Give the places of the parts that go: those that the loss depends on least."""
    n_gone = len(values) - kept_of(wanted, len(values))
    return [int(place) for place in np.sort(np.argsort(values, kind="stable")[:n_gone])]
