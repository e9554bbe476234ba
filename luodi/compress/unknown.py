"""Finds the pieces that WordPiece tried before it gave a word up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tokenizers import Tokenizer


def failed_paths(tokenizer: Tokenizer, texts: Sequence[str], ids: Sequence[Sequence[int]]) -> set[int]:
    """Give the pieces on the way to every unknown word.

    WordPiece takes the longest piece that fits, again and again, and calls the whole word unknown once nothing fits.
    The pieces that it took stand in no answer, and yet without them it would take others and might come through:
    the word would suddenly be known. Other vocabularies need nothing of the kind.

    Args:
        tokenizer: any; all but WordPiece give the empty set.
        texts: the texts.
        ids: what they were split into.
    """
    from tokenizers import models

    if not isinstance(tokenizer.model, models.WordPiece):
        return set()
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary: Mapping[str, int] = model["vocab"]
    unknown = vocabulary.get(model["unk_token"])
    found: set[int] = set()
    for text, row in zip(texts, ids, strict=True):
        if unknown in row:
            for word in _words(tokenizer, text):
                if len(word) <= model["max_input_chars_per_word"]:
                    found.update(_failed_path(word, vocabulary, prefix=model["continuing_subword_prefix"]))
    return found


def _words(tokenizer: Tokenizer, text: str) -> Iterator[str]:
    if tokenizer.normalizer is not None:
        text = tokenizer.normalizer.normalize_str(text)
    if tokenizer.pre_tokenizer is None:
        yield text
        return
    for word, _span in tokenizer.pre_tokenizer.pre_tokenize_str(text):
        yield word


def _failed_path(word: str, vocabulary: Mapping[str, int], *, prefix: str) -> list[int]:
    """Walk a word as WordPiece does; the pieces taken where it fails, none where it comes through.

    >>> _failed_path("abx", {"ab": 7, "##c": 8}, prefix="##")
    [7]
    >>> _failed_path("abc", {"ab": 7, "##c": 8}, prefix="##")
    []
    """
    taken: list[int] = []
    start = 0
    while start < len(word):
        mark = prefix if start else ""
        fits = (end for end in range(len(word), start, -1) if mark + word[start:end] in vocabulary)
        end = next(fits, None)
        if end is None:
            return taken
        taken.append(vocabulary[mark + word[start:end]])
        start = end
    return []
