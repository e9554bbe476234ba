"""Drops the vocabulary that the data do not use: in a multilingual encoder most of the weights are other languages."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from luodi.compress.likelihood import likeliest
from luodi.compress.scripts import bare, script_of, shares
from luodi.compress.unknown import failed_paths
from luodi.compress.vocabulary import close, cut, indispensable, pieces_of, special_ids
from luodi.data.pair import BETWEEN
from luodi.data.text import encodable
from luodi.language import t
from luodi.models.positions import first_position
from luodi.models.stage import Run
from luodi.registry import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data import Dataset
    from luodi.models.model import Model, Network

_CHUNK = 2000
#: Pieces looked at behind the last one that the model reads: how a text is split depends on what follows, but not far.
_MARGIN = 64


@register("stage", "trim_vocab")
@dataclass(frozen=True)
class TrimVocab:
    """Keeps the pieces that the data use, single characters of the scripts seen, and the likeliest others.

    The rows of the embedding really go. Texts of the data are split exactly as before, as far as the model reads
    them; any other text can still be written, its rare words in smaller pieces.

    Args:
        min_count: a piece used less often goes, unless it is a single character; above 1, the texts that held it
            are split anew.
        at_least: where fewer pieces would stay, the likeliest of the scripts seen fill up to this many: few rows
            show few words, and those to come should not fall into single characters.
    """

    learns: ClassVar[bool] = False

    min_count: int = 1
    at_least: int = 16_000

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a model with a smaller vocabulary that answers the data as before."""
        run = run or Run()
        counts = _count(model, [*train.texts, *(validation.texts if validation else ())], run)
        kept = self._kept(model, counts)
        before, after = model.n_pieces, len(kept)
        run.progress.note(t("vocabulary: {before:,} pieces cut to {after:,}", before=before, after=after))
        tokenizer = cut(model.tokenizer, kept)
        made = replace(model, network=_with_rows(model, kept), tokenizer=tokenizer, pad_id=kept.index(model.pad_id))
        return made.found(pieces=after, pieces_before=before)

    def _kept(self, model: Model, counts: Counter[int]) -> list[int]:
        """Choose the ids that stay, in order."""
        tokenizer = model.tokenizer
        pieces = pieces_of(tokenizer)
        scripts = [script_of(piece) for piece in pieces]
        specials = special_ids(tokenizer) | {model.pad_id}
        seen = shares(scripts, {place: n for place, n in counts.items() if place not in specials})
        single = {place for place, piece in enumerate(pieces) if piece and len(bare(piece)) <= 1}
        kept = {place for place, n in counts.items() if n >= self.min_count or place in single}
        kept |= specials | set(range(first_position(model.network.encoder)))
        kept |= indispensable(tokenizer)
        kept |= {place for place in single if scripts[place] in seen}
        unused = [place for place, piece in enumerate(pieces) if piece and place not in kept]
        room = max(0, self.at_least - len(kept))
        fill = likeliest(tokenizer, unused, scripts=scripts, shares=seen)[:room] if room else []
        return sorted(close(tokenizer, kept | set(fill)))


def _count(model: Model, texts: Sequence[str], run: Run) -> Counter[int]:
    """Count how often each piece is used in what the model reads of the texts."""
    reach = model.max_tokens + _MARGIN
    counts: Counter[int] = Counter()
    with run.progress.work(t("counting pieces"), total=len(texts), unit=t("texts")) as bar:
        for start in range(0, len(texts), _CHUNK):
            chunk = [encodable(half) for text in texts[start : start + _CHUNK] for half in text.split(BETWEEN)]
            encoded = model.tokenizer.encode_batch_fast(chunk)
            for encoding in encoded:
                counts.update(encoding.ids[:reach])
            counts.update(failed_paths(model.tokenizer, chunk, [encoding.ids for encoding in encoded]))
            bar.advance(len(texts[start : start + _CHUNK]))
    return counts


def _with_rows(model: Model, kept: Sequence[int]) -> Network:
    """Copy a network with only some rows left in its embedding; the large table itself is never copied."""
    import torch
    from torch import nn

    from luodi.models.additions import innermost

    encoder = model.network.encoder
    old = innermost(encoder.get_input_embeddings())
    rows = torch.from_numpy(np.asarray(kept, np.int64)).to(old.weight.device)
    padding = kept.index(old.padding_idx) if old.padding_idx in kept else None
    new = nn.Embedding(len(kept), old.embedding_dim, padding_idx=padding, device="meta")
    new.weight = nn.Parameter(old.weight.detach()[rows].clone())
    new.train(old.training)
    memo: dict[int, Any] = {id(old): new}  # wherever the copy would hold the old table, the new one
    for name in getattr(encoder, "by_piece", ()):
        memo[id(getattr(encoder, name))] = getattr(encoder, name)[rows].clone()
    network = copy.deepcopy(model.network, memo)
    config = network.encoder.config
    config.vocab_size = len(kept)
    for name in ("pad", "bos", "eos", "cls", "sep", "mask"):
        place = getattr(config, f"{name}_token_id", None)
        if isinstance(place, int):
            setattr(config, f"{name}_token_id", kept.index(place) if place in kept else None)
    return network
