"""Loads the tokenizer of a pretrained model, without its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.models.sources import find_source

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_tokenizer(name: str) -> Tokenizer:
    """Load what splits texts for a model, padding and truncation off; it is far quicker than to load the model.

    Args:
        name: a name of the zoo, a hub id, or a folder in the hub's layout.

    Raises:
        ModelError: it cannot be found or read.
        MissingExtra: the package that carries or fetches it is not installed.
    """
    source = find_source(name)
    if source.path.is_dir():
        from luodi.models.folder import read_tokenizer

        return read_tokenizer(source.path)
    from luodi.models.e5 import read_vocabulary
    from luodi.models.e5_tokenizer import build_tokenizer

    return build_tokenizer(read_vocabulary(source.path))
