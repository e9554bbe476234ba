"""Folds a shift into a tuned model's heads, where validation shows that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.language import t
from luodi.registry import parts
from luodi.tasks import kind_name
from luodi.tasks.task import UNLABELLED
from luodi.tune.evaluate import logits_of

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.models.stage import Run
    from luodi.tune.tokens import Tokens


def shifted(model: Model, train: Dataset, validation: Dataset, tokens: Tokens, *, run: Run) -> Model:
    """Fold into the heads' biases what their kind takes off the logits; serving pays nothing for it.

    Which shift a kind of head knows stands under the kind ``shift`` and its name: a function
    ``(head, logits, targets, targets of the training rows) -> (n_outputs,)``. Kinds without one stay as they are.
    """
    import torch

    made = model.copy()
    found = {}
    for place, (head, logits) in enumerate(zip(model.task.heads, logits_of(model.network, model, tokens), strict=True)):
        choose = parts("shift").get(kind_name(head))
        targets = np.asarray(head.targets(validation)) if choose else np.zeros(0)
        if choose is None or not (targets != UNLABELLED).any():
            continue
        offset = choose(head, logits, targets, np.asarray(head.targets(train)))
        found[head.name] = round(float(np.abs(offset).max()), 4)
        if offset.any():
            layer: Any = made.network.heads[str(place)]
            with torch.no_grad():
                layer.bias -= torch.from_numpy(offset).to(layer.bias.dtype)
            run.progress.note(
                t("{head}: logits shifted as validation says, by {most:.2f} at the most", head=head.name,
                  most=found[head.name])
            )  # fmt: skip
    return made.found(shift=found)
