"""Drops the vocabulary that the data do not use: in a multilingual encoder most of the weights are other languages."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from luodi.compress.vocabulary import close, cut, pieces_of, special_ids
from luodi.data.text import encodable
from luodi.language import t
from luodi.models.stage import Run
from luodi.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from luodi.data import Dataset
    from luodi.models.model import Model, Network

_CHUNK = 2000
#: What marks a piece as the beginning or the inside of a word; it is no sign of the text itself.
_MARKS = ("▁", "##", "Ġ", "Ċ")


@register("stage", "trim_vocab")
@dataclass(frozen=True)
class TrimVocab:
    """Keeps the pieces that the data use, single characters of the scripts seen, and the likeliest others.

    The rows of the embedding really go. Texts of the data are split exactly as before; any other text can still be
    written, its rare words in smaller pieces.

    Args:
        min_count: a piece used less often goes, unless it is a single character.
        at_least: where fewer pieces would stay, the likeliest of the scripts seen fill up to this many: few rows
            show few words, and those to come should not fall into single characters.
    """

    learns: ClassVar[bool] = False

    min_count: int = 1
    at_least: int = 12_000

    def __call__(
        self, model: Model, train: Dataset, *, validation: Dataset | None = None, run: Run | None = None
    ) -> Model:
        """Give a model with a smaller vocabulary that answers the data as before."""
        run = run or Run()
        texts = [*train.texts, *(validation.texts if validation else ())]
        with run.progress.work(t("counting pieces"), total=len(texts), unit=t("texts")) as bar:
            counts: Counter[int] = Counter()
            for start in range(0, len(texts), _CHUNK):
                chunk = [encodable(text) for text in texts[start : start + _CHUNK]]
                for encoding in model.tokenizer.encode_batch_fast(chunk):
                    counts.update(encoding.ids)
                bar.advance(len(chunk))
        kept = self._kept(model, counts)
        before, after = model.n_pieces, len(kept)
        run.progress.note(t("vocabulary: {before:,} pieces cut to {after:,}", before=before, after=after))
        made = model.copy()
        _select_rows(made.network, kept)
        tokenizer = cut(made.tokenizer, kept)
        return replace(made, tokenizer=tokenizer, pad_id=kept.index(model.pad_id))

    def _kept(self, model: Model, counts: Counter[int]) -> list[int]:
        pieces = pieces_of(model.tokenizer)
        kept = {place for place, n in counts.items() if n >= self.min_count}
        kept |= special_ids(model.tokenizer) | {model.pad_id}
        scripts = _scripts(pieces[place] for place in kept)
        native = [place for place, piece in enumerate(pieces) if _script(piece) in scripts]
        kept |= {place for place in native if len(_bare(pieces[place])) <= 1}
        kept |= {place for place, piece in enumerate(pieces) if _is_byte(piece)}
        unused = [place for place in native if place not in kept]
        likeliest = unused[: max(0, self.at_least - len(kept))]  # vocabularies run from the frequent to the rare
        return sorted(close(model.tokenizer, kept | set(likeliest)))


def _select_rows(network: Network, kept: Sequence[int]) -> None:
    """Leave only some rows in the embedding of a network that is ours to change."""
    import torch
    from torch import nn

    old = network.encoder.get_input_embeddings()
    rows = torch.from_numpy(np.asarray(kept, np.int64))
    padding = kept.index(old.padding_idx) if old.padding_idx in kept else None
    new = nn.Embedding.from_pretrained(old.weight.detach()[rows].clone(), freeze=False, padding_idx=padding)
    network.encoder.set_input_embeddings(new)
    config = network.encoder.config
    config.vocab_size = len(kept)
    for name in ("pad", "bos", "eos", "cls", "sep", "mask"):
        place = getattr(config, f"{name}_token_id", None)
        if isinstance(place, int):
            setattr(config, f"{name}_token_id", kept.index(place) if place in kept else None)


def _scripts(pieces: Iterable[str]) -> set[str]:
    return {script for script in map(_script, pieces) if script} | {"LATIN", "DIGIT"}


def _script(piece: str) -> str:
    """Name the script of a piece's first letter by its Unicode name (``CJK``, ``LATIN``); signs count as ``SIGN``."""
    for sign in _bare(piece):
        if sign.isalpha():
            return unicodedata.name(sign, "?").split()[0]
    return "SIGN" if piece else ""


def _bare(piece: str) -> str:
    for mark in _MARKS:
        piece = piece.removeprefix(mark)
    return piece


def _is_byte(piece: str) -> bool:
    return len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")
