"""A vector for each piece of a vocabulary, read off an encoder: what it makes of the piece alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from luodi import runtime
from luodi.language import t

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luodi.models.model import Model
    from luodi.progress import Progress

_BATCH_PIECES = 1024
#: A piece that makes up this share of all tokens weighs half as much as a rare one.
#: Source: Arora et al. 2017, ICLR, "A simple but tough-to-beat baseline for sentence embeddings".
_COMMON = 1e-3


@dataclass(frozen=True)
class Static:
    """Vectors of V pieces in a space of W dimensions, cut out of one of H.

    A text's pooled vector is about ``mean + (mean of its pieces' vectors) @ basis``.

    Args:
        vectors: (V, W).
        basis: the directions kept, (W, H).
        mean: what all pieces have in common, (H,).
    """

    vectors: NDArray[np.float32]
    basis: NDArray[np.float32]
    mean: NDArray[np.float32]


def static_vectors(model: Model, *, width: int, counts: NDArray[np.int64], progress: Progress) -> Static:
    """Ask an encoder about each piece alone, keep the directions in which they differ most, weigh common ones less.

    What stands around every text (its first and last token) gets zeros: it tells no text from another.

    Args:
        model: left as it was.
        width: W; the encoder's own where that is smaller.
        counts: how often each piece stands in the texts, (V,).
        progress: who is told.

    Source: the package model2vec, https://github.com/MinishLab/model2vec, "How it works" (the way); there the
    frequencies are guessed from the rank of a piece, here they are counted.
    """
    before, after = around(model)
    states = _alone(model, before, after, len(counts), progress)
    is_text = np.ones(len(counts), bool)
    is_text[[*before, *after, model.pad_id]] = False
    mean = states[is_text].mean(0)
    centred = states - mean
    _, directions = np.linalg.eigh(centred[is_text].T.astype(np.float64) @ centred[is_text])  # rising
    basis = directions[:, ::-1][:, :width].T.astype(np.float32)  # (W, H)
    share = counts / max(int(counts[is_text].sum()), 1)
    weight = np.where(is_text, _COMMON / (_COMMON + share), 0.0).astype(np.float32)
    return Static(centred @ basis.T * weight[:, None], basis, mean)


def around(model: Model) -> tuple[list[int], list[int]]:
    """Give the ids that the tokenizer puts before and behind every text."""
    encoded = model.copy_tokenizer().encode("a")
    own = [place for place, special in enumerate(encoded.special_tokens_mask) if not special]
    first, last = (own[0], own[-1] + 1) if own else (len(encoded.ids), len(encoded.ids))
    return encoded.ids[:first], encoded.ids[last:]


def _alone(model: Model, before: list[int], after: list[int], n: int, progress: Progress) -> NDArray[np.float32]:
    """Pool what the encoder makes of each piece alone, (V, H)."""
    import torch

    device = runtime.torch_device()
    network = model.copy().network.to(device).eval()
    made = np.zeros((n, int(network.encoder.config.hidden_size)), np.float32)
    with torch.inference_mode(), progress.work(t("asking about single pieces"), total=n, unit=t("pieces")) as bar:
        for start in range(0, n, _BATCH_PIECES):
            pieces = np.arange(start, min(start + _BATCH_PIECES, n))
            ids = torch.tensor([[*before, int(piece), *after] for piece in pieces], device=device)
            made[pieces] = network.pool(ids, torch.ones_like(ids)).float().cpu().numpy()
            bar.advance(len(pieces))
    return made
