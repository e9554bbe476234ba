"""Vectors of a pretrained encoder, frozen as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.data import token_batches
from luodi.language import t
from luodi.models import load
from luodi.tasks import Task
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.progress import Progress

_MOST_TOKENS = 128
_BATCH_TOKENS = 8192


def encode(texts: Sequence[str], name: str, *, progress: Progress) -> NDArray[np.float32]:
    """Give each of n texts the mean of an encoder's last hidden states, (n, H), centred and of length 1.

    Equal texts are computed once. Centred, because the vectors of one encoder mostly point one way.

    Args:
        texts: the texts; they are cut at 128 tokens.
        name: of the zoo, a hub id, or a folder.
        progress: who is told.

    Raises:
        ModelError: the encoder cannot be found or read.
        MissingExtra: what carries it is not installed.
    """
    import torch

    from luodi.models.model import masked_mean

    first: dict[str, int] = {}
    place = np.array([first.setdefault(text, len(first)) for text in texts], np.int64)
    model = load(name, task=Task(()), max_tokens=_MOST_TOKENS, progress=progress)
    tokens = tokenize(model, list(first), progress=progress)
    encoder = model.network.encoder.to("cuda" if torch.cuda.is_available() else "cpu")
    vectors = np.zeros((len(first), encoder.config.hidden_size), np.float32)
    with torch.inference_mode(), progress.work(t("encoding"), total=len(first), unit=t("texts")) as bar:
        for rows in token_batches(tokens.lengths, max_tokens=_BATCH_TOKENS):
            ids, mask = (part.to(encoder.device) for part in tokens.batch(rows, pad_id=model.pad_id))
            hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, T, H)
            vectors[rows] = masked_mean(hidden, mask).float().cpu().numpy()
            bar.advance(len(rows))
    vectors -= vectors[place].mean(axis=0) if len(texts) else 0.0
    return np.asarray((vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))[place])
