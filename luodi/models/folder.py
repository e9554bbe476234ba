"""Reads an encoder with its tokenizer from a folder in the hub's layout; no network, no pickle, none of its code."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.errors import ModelError
from luodi.language import t

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Weights that the house never asks for, so that they may lack: a pooler is left out, position ids are counted.
_NOT_NEEDED = ("pooler.", "position_ids", "inv_freq")
#: What a tokenizer can be made from, where no tokenizer.json lies; without any, transformers would make an empty one.
_VOCABULARIES = ("vocab.txt", "vocab.json", "*.model")


def read_folder(folder: Path) -> tuple[Any, Tokenizer]:
    """Read a folder as ``save_pretrained`` writes it: (encoder in float32, tokenizer without padding and truncation).

    Raises:
        ModelError: something lacks, is damaged, does not fit together, or is no text encoder.
    """
    if not (folder / "config.json").is_file():
        raise ModelError(
            t("model: {path} holds no config.json", path=folder), found=_listing(folder),
            fix=t("name a folder as `save_pretrained` writes it"),
        )  # fmt: skip
    require_safetensors(folder, str(folder))
    encoder = _read_encoder(folder)
    tokenizer = read_tokenizer(folder)
    n_pieces, n_rows = tokenizer.get_vocab_size(), encoder.get_input_embeddings().num_embeddings
    if n_pieces > n_rows:
        raise ModelError(
            t("model: tokenizer and weights in {path} do not belong together", path=folder),
            found=t("{n_pieces:,} pieces, but vectors for {n_rows:,}", n_pieces=n_pieces, n_rows=n_rows),
        )
    return encoder, tokenizer


def require_safetensors(folder: Path, name: str) -> None:
    """Refuse a folder whose weights would have to be unpickled.

    Raises:
        ModelError: no safetensors file lies there.
    """
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            t("model: {name} has no weights in safetensors; pickled weights are never loaded", name=name),
            found=_listing(folder),
            fix=t("convert them, or name a model that has model.safetensors"),
        )


def without_pooler(config: Any) -> dict[str, bool]:
    """Give the option that leaves the pooler out, where the architecture has one (asked of its class)."""
    from transformers import MODEL_MAPPING

    takes_it = "add_pooling_layer" in inspect.signature(MODEL_MAPPING[type(config)].__init__).parameters
    return {"add_pooling_layer": False} if takes_it else {}


def _read_encoder(folder: Path) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        encoder, info = AutoModel.from_pretrained(
            folder, config=config, local_files_only=True, use_safetensors=True, trust_remote_code=False,
            dtype="float32", output_loading_info=True, **without_pooler(config),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as failed:
        raise ModelError(t("model: {path} cannot be read", path=folder), found=_first_line(failed)) from failed
    missing = sorted(name for name in info["missing_keys"] if not any(part in name for part in _NOT_NEEDED))
    if missing:
        raise ModelError(
            t("model: the weights in {path} are not those of the architecture in its config.json", path=folder),
            found=t("{n} weights are missing, the first is {name}", n=len(missing), name=missing[0]),
        )
    _require_text_encoder(encoder, folder)
    return encoder


def _require_text_encoder(encoder: Any, folder: Path) -> None:
    from torch import nn

    takes = inspect.signature(encoder.forward).parameters
    reads_text = "input_ids" in takes and isinstance(encoder.get_input_embeddings(), nn.Embedding)
    if not reads_text or getattr(encoder.config, "is_encoder_decoder", False):
        raise ModelError(
            t("model: {path} is no text encoder", path=folder),
            found=t("an architecture of the kind {kind}", kind=encoder.config.model_type),
            fix=t("name an encoder: BERT, RoBERTa, XLM-R, DistilBERT, ELECTRA, DeBERTa, ModernBERT ..."),
        )


def read_tokenizer(folder: Path) -> Tokenizer:
    """Read the tokenizer of a folder alone, without padding and truncation.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    from tokenizers import Tokenizer

    whole = folder / "tokenizer.json"
    if not whole.is_file() and not any(any(folder.glob(pattern)) for pattern in _VOCABULARIES):
        raise ModelError(
            t("model: {path} has no tokenizer that can be read", path=folder), found=_listing(folder),
            fix=t("put the tokenizer.json of the model there"),
        )  # fmt: skip
    try:
        if whole.is_file():
            tokenizer = Tokenizer.from_file(str(whole))
        else:
            from transformers import AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            ).backend_tokenizer
    except Exception as failed:  # the Rust library raises bare Exception, conversion whatever a converter trips over
        raise ModelError(
            t("model: {path} has no tokenizer that can be read", path=folder), found=_first_line(failed)
        ) from failed
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _listing(folder: Path) -> str:
    return ", ".join(sorted(entry.name for entry in folder.iterdir())[:10]) or t("no file at all")


def _first_line(failed: BaseException) -> str:
    return next(iter(str(failed).strip().splitlines()), type(failed).__name__)[:200]
