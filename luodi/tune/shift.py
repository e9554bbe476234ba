"""Shifts a tuned model's logits against the frequency of the labels, where validation shows that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.language import t
from luodi.tasks.metrics import macro_f1
from luodi.tune.evaluate import logits_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.models.stage import Run
    from luodi.tune.tokens import Tokens

#: Strengths tried: 0 leaves the logits, 1 takes the whole frequency out.
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
_N_RESAMPLES = 400
#: A shift is taken if it helps in this share of the resampled validation sets.
_SURE = 0.9


def shifted(model: Model, train: Dataset, validation: Dataset, tokens: Tokens, *, run: Run) -> Model:
    """Fold a shift into the heads' biases, each head's chosen on validation; serving pays nothing for it.

    logit_k -= strength * log(share of label k in the training rows)

    Source: Menon et al. 2021, arXiv:2007.07314 (post-hoc logit adjustment).
    """
    import torch

    made = model.copy()
    strengths = {}
    for place, (head, logits) in enumerate(zip(model.task.heads, logits_of(model.network, model, tokens), strict=True)):
        if head.targets(validation).dtype.kind != "i" or head.targets(validation).ndim != 1:
            continue
        targets, seen = (np.asarray(head.targets(rows), np.int64) for rows in (validation, train))
        if not (targets >= 0).any():
            continue
        share = np.bincount(seen[seen >= 0], minlength=head.n_outputs) + 1.0
        offset = np.log(share / share.sum())
        strength = best_strength(logits[targets >= 0], targets[targets >= 0], offset)
        strengths[head.name] = strength
        if strength:
            layer: Any = made.network.heads[str(place)]
            with torch.no_grad():
                layer.bias -= torch.from_numpy(strength * offset).to(layer.bias.dtype)
            run.progress.note(
                t("{head}: logits shifted against label frequency ({strength})", head=head.name, strength=strength)
            )
    return made.found(shift=strengths)


def best_strength(logits: NDArray[np.float32], targets: NDArray[np.int64], offset: NDArray[np.float64]) -> float:
    """Find the strength with the best macro-F1; 0 unless the gain stands in nine of ten resampled sets.

    Args:
        logits: (n, K).
        targets: (n,), every row labelled.
        offset: log share of each label, (K,).
    """
    n, n_labels = logits.shape
    answers = {strength: (logits - strength * offset).argmax(axis=1) for strength in STRENGTHS}
    scores = {s: macro_f1(targets, answered, n_labels=n_labels) for s, answered in answers.items()}
    best = max(STRENGTHS, key=lambda s: (scores[s], -s))
    if best == 0.0:
        return 0.0
    rng = np.random.default_rng(0)
    wins = 0
    for _ in range(_N_RESAMPLES):
        rows = rng.integers(0, n, n)
        shifted_f1 = macro_f1(targets[rows], answers[best][rows], n_labels=n_labels)
        wins += shifted_f1 > macro_f1(targets[rows], answers[0.0][rows], n_labels=n_labels)
    return best if wins / _N_RESAMPLES >= _SURE else 0.0
