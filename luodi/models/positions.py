"""Tells how an encoder counts the positions of its tokens."""

from __future__ import annotations

from typing import Any

#: Stands for "as many as you like" where an encoder has no table of positions.
ENDLESS = 1 << 16


def first_position(encoder: Any) -> int:
    """Give the position of a text's first token.

    It is 0 in BERT. RoBERTa and its kin count from behind the id of padding, and leave that many rows of the table
    unused; they find the padding by this id, which must therefore stay where it is.
    """
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def longest_input(encoder: Any) -> int:
    """Give how many tokens the encoder has positions for."""
    return int(getattr(encoder.config, "max_position_embeddings", None) or ENDLESS) - first_position(encoder)
