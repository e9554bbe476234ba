"""Texts to logits: split into pieces, sort by length, batch by tokens, run, put back in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.batches import pad, token_batches
from luodi.data.text import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

#: Padded tokens in a batch at most: larger batches computed more padding and were no faster on any CPU measured.
BATCH_TOKENS = 256


def encode(tokenizer: Any, texts: Sequence[str], *, max_characters: int) -> list[NDArray[np.int32]]:
    """Split texts into ids, each cut after some characters first; the tokenizer cuts at its own limit of tokens."""
    fit = [encodable(text[:max_characters]) for text in texts]
    return [np.array(encoding.ids, np.int32) for encoding in tokenizer.encode_batch_fast(fit)]


def forward(
    session: Any, ids: Sequence[NDArray[np.int32]], *, widths: Sequence[int], pad_id: int, pool: Executor | None = None
) -> list[NDArray[np.float32]]:
    """Run n rows of ids through an engine.

    Args:
        session: an engine with outputs ``logits_0`` ...; several threads may use it at once.
        ids: n rows of any length.
        widths: how many logits each output has.
        pad_id: fills the batches up.
        pool: runs batches at the same time; one after the other without.

    Returns:
        For each output its logits, (n, width), in the order of the rows.
    """
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    out = [np.zeros((len(ids), width), np.float32) for width in widths]
    names = [f"logits_{place}" for place in range(len(widths))]
    batches = token_batches(lengths, max_tokens=BATCH_TOKENS)

    def run(batch: NDArray[np.int64]) -> None:
        padded, mask = pad([ids[row] for row in batch], pad_id=pad_id)
        logits = session.run(names, {"input_ids": padded, "attention_mask": mask})
        for column, rows in zip(out, logits, strict=True):
            column[batch] = rows

    if pool is None or len(batches) < 2:
        for batch in batches:
            run(batch)
    else:
        for _ in pool.map(run, batches):
            pass
    return out
