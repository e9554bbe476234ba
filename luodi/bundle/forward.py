"""Texts to logits: split into pieces, sort by length, batch by tokens, run, put back in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.batches import pad, take_in, token_batches
from luodi.data.pieces import pieces_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Logits, Task

#: Padded tokens in a batch at most: larger batches computed more padding and were no faster on any CPU measured.
BATCH_TOKENS = 256


@dataclass(frozen=True)
class Encoded:
    """n texts as ids.

    Args:
        ids: of each text, (T,); of pairs that are read apart those of both, one after the other.
        pieces: where the words of each stand; empty where no head asks for it.
        n_reads: sequences of a text: one, or two where the texts of a pair are read apart.
    """

    ids: Sequence[NDArray[np.int32]]
    pieces: Sequence[Pieces] = ()
    n_reads: int = 1

    def every(self, step: int, *, most: int) -> Encoded:
        """Give every so manieth text, some at the most."""
        n = self.n_reads
        rows = range(0, len(self.ids) // n, step)[:most]
        return Encoded([self.ids[n * row + read] for row in rows for read in range(n)], self.pieces[::step][:most], n)

    def some(self, rows: NDArray[np.int64]) -> Encoded:
        """Give the texts at some places, in that order."""
        n = self.n_reads
        ids = [self.ids[n * row + read] for row in rows for read in range(n)]
        return Encoded(ids, [self.pieces[row] for row in rows] if self.pieces else (), n)

    @property
    def n(self) -> int:
        """How many texts these are."""
        return len(self.ids) // self.n_reads


def encode(tokenizer: Any, texts: Sequence[str], *, task: Task, max_characters: int) -> Encoded:
    """Split texts into ids, each cut after some characters first; the tokenizer cuts at its own limit of tokens.

    Args:
        tokenizer: with truncation set.
        texts: n of them.
        task: says how a text is read, and whether it is to be told where words stand, which takes the tokenizer longer.
        max_characters: what lies beyond is not read.
    """
    fit = task.reads(texts, most=max_characters)
    if not task.by_token:
        ids = [np.array(encoding.ids, np.int32) for encoding in tokenizer.encode_batch_fast(fit)]
        return Encoded(ids, n_reads=task.n_reads)
    split = tokenizer.encode_batch(fit)
    return Encoded(
        [np.array(encoding.ids, np.int32) for encoding in split],
        [pieces_of(text, encoding.offsets) for text, encoding in zip(fit, split, strict=True)],
    )


def forward(
    session: Any, encoded: Encoded, *, task: Task, pad_id: int, pool: Executor | None = None
) -> dict[str, Logits]:
    """Run n texts through an engine.

    Args:
        session: an engine with outputs ``logits_0`` ...; several threads may use it at once.
        encoded: the texts, of any length.
        task: the heads, in the order of the outputs.
        pad_id: fills the batches up.
        pool: runs batches at the same time; one after the other without.

    Returns:
        For each head its logits, in the order of the texts: (n, n_outputs), or n times (T, n_outputs); (n, 2 n_outputs)
        where the texts of a pair are read apart.
    """
    ids = encoded.ids
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    whole = task.blank(len(ids) // encoded.n_reads)
    tables = [
        table if isinstance(table, list) else table.reshape(len(ids), head.n_outputs)  # the same memory
        for head, table in zip(task.heads, whole, strict=True)
    ]
    names = [f"logits_{place}" for place in range(len(tables))]
    batches = token_batches(lengths, max_tokens=BATCH_TOKENS)

    def run(batch: NDArray[np.int64]) -> None:
        padded, mask = pad([ids[row] for row in batch], pad_id=pad_id)
        logits = session.run(names, {"input_ids": padded, "attention_mask": mask})
        take_in(tables, batch, logits, lengths=lengths)

    if pool is None or len(batches) < 2:
        for batch in batches:
            run(batch)
    else:
        for _ in pool.map(run, batches):
            pass
    return {head.name: table for head, table in zip(task.heads, whole, strict=True)}
