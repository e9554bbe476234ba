"""Texts as ids, tokenized once and kept flat: what a training loop feeds on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.batches import pad
from luodi.data.pieces import pieces_of
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.data.pieces import Pieces
    from luodi.models.model import Model
    from luodi.progress import Progress

_CHUNK = 2000


@dataclass(frozen=True)
class Tokens:
    """The ids of n texts, one after the other; of pairs that are read apart those of both, side by side.

    Args:
        ids: all ids, (sum of lengths,).
        starts: where each sequence begins, and the end of the last, (n * n_reads + 1,).
        pieces: where its words stand, for each text; empty where no head asks for it.
        n_reads: sequences of a text: one, or two where the texts of a pair are read apart.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    pieces: Sequence[Pieces] = ()
    n_reads: int = 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Give the tokens of each text, (n,); where it has several sequences, as padded to the longest of them."""
        lengths = np.diff(self.starts)
        if self.n_reads == 1:
            return lengths
        return np.asarray(self.n_reads * lengths.reshape(-1, self.n_reads).max(axis=1), np.int64)

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the places of the sequences of some texts: (B,) -> (B * n_reads,)."""
        if self.n_reads == 1:
            return rows
        return (self.n_reads * rows[:, None] + np.arange(self.n_reads)).reshape(-1)

    def batch(self, rows: NDArray[np.int64], *, pad_id: int) -> tuple[Tensor, Tensor]:
        """Give some texts padded to the longest of them: ids (B * n_reads, T), mask (B * n_reads, T)."""
        import torch

        ids, mask = pad([self.ids[self.starts[row] : self.starts[row + 1]] for row in self.places(rows)], pad_id=pad_id)
        return torch.from_numpy(ids), torch.from_numpy(mask)


def tokenize(model: Model, texts: Sequence[str], *, progress: Progress) -> Tokens:
    """Tokenize texts for a model, cut at its ``max_tokens``."""
    tokenizer = model.copy_tokenizer()
    tokenizer.enable_truncation(model.max_tokens)
    split = tokenizer.encode_batch if model.task.by_token else tokenizer.encode_batch_fast
    rows: list[NDArray[np.int32]] = []
    pieces: list[Pieces] = []
    with progress.work(t("tokenizing"), total=len(texts), unit=t("texts")) as bar:
        for start in range(0, len(texts), _CHUNK):
            chunk = model.task.reads(texts[start : start + _CHUNK])
            split_up = split(chunk)
            rows += [np.array(one.ids, np.int32) for one in split_up]
            if model.task.by_token:
                pieces += [pieces_of(text, one.offsets) for text, one in zip(chunk, split_up, strict=True)]
            bar.advance(len(texts[start : start + _CHUNK]))
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Tokens(np.concatenate(rows) if rows else np.zeros(0, np.int32), starts, pieces, model.task.n_reads)
