"""Loads a pretrained encoder with its tokenizer and puts fresh heads on it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.errors import ModelError
from luodi.language import t
from luodi.models.quiet import quiet
from luodi.models.sources import Source, find_source
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

    from luodi.models.model import Model
    from luodi.tasks import Task

#: Spread of a fresh head layer's weights, as BERT's own.
HEAD_STD = 0.02


def load(name: str, *, task: Task, max_tokens: int = 128, seed: int = 0, progress: Progress | None = None) -> Model:
    """Load a pretrained model and give it the heads of a task.

    Args:
        name: a name of the zoo, a hub id, or a folder in the hub's layout.
        task: the heads wanted.
        max_tokens: texts are cut here; lowered where the model takes less.
        seed: of the heads' first weights.
        progress: who is told.

    Raises:
        ModelError: it cannot be found or read.
    """
    import torch
    from torch import nn

    from luodi.models.model import Model, Network

    source = find_source(name)
    (progress or Silent()).note(t("loading {name} from {path}", name=name, path=source.path))
    with quiet():
        encoder, tokenizer = _read_e5(source) if source.path.is_file() else _read_folder(source)
    width = encoder.config.hidden_size
    generator = torch.Generator().manual_seed(seed)
    heads = nn.ModuleDict({str(i): _head(width, head.n_outputs, generator) for i, head in enumerate(task.heads)})
    network = Network(encoder, heads).eval()
    row = {
        "use": "model", "name": name, "source": source.kind, "licence": source.licence, "sha256": _digest(source.path),
        "parameters": sum(p.numel() for p in network.parameters()),
    }  # fmt: skip
    longest = min(max_tokens, _longest(encoder))
    return Model(network, tokenizer, task, longest, int(encoder.config.pad_token_id or 0), (row,))


def _head(width: int, n_outputs: int, generator: Any) -> nn.Linear:
    from torch import nn

    layer = nn.Linear(width, n_outputs)
    nn.init.normal_(layer.weight, std=HEAD_STD, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


def _read_e5(source: Source) -> tuple[Any, Tokenizer]:
    from luodi.models.e5 import build_bert, read_e5
    from luodi.models.e5_tokenizer import build_tokenizer

    file = read_e5(source.path)
    return build_bert(file), build_tokenizer(file)


def _read_folder(source: Source) -> tuple[Any, Tokenizer]:
    """Read a folder in the hub's layout with transformers; nothing is fetched and no code of the folder runs."""
    from transformers import AutoConfig, AutoModel

    folder = source.path
    if not (folder / "config.json").is_file():
        raise ModelError(
            t("model: {path} holds no config.json", path=folder),
            found=", ".join(sorted(entry.name for entry in folder.iterdir())[:10]) or t("an empty folder"),
            fix=t("name a folder as `save_pretrained` writes it"),
        )
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        options = {} if _takes_no_pooler(config) else {"add_pooling_layer": False}
        encoder = AutoModel.from_pretrained(
            folder, config=config, local_files_only=True, use_safetensors=True, dtype="float32", **options
        )
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as failed:
        raise ModelError(
            t("model: {path} cannot be read", path=folder), found=str(failed).strip().splitlines()[0][:200]
        ) from failed
    return encoder, _read_tokenizer(folder)


def _takes_no_pooler(config: Any) -> bool:
    """Tell whether the architecture has no pooler to leave out (asked of its class, not of a list of names)."""
    import inspect

    from transformers import MODEL_MAPPING

    return "add_pooling_layer" not in inspect.signature(MODEL_MAPPING[type(config)].__init__).parameters


def _read_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    if (folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    else:
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
        except (OSError, ValueError, AttributeError) as failed:
            raise ModelError(
                t("model: {path} has no tokenizer that can be read", path=folder), found=str(failed)[:200]
            ) from failed
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _longest(encoder: Any) -> int:
    """Give how many tokens the encoder has positions for; RoBERTa counts its positions from behind the padding id."""
    positions = getattr(encoder.config, "max_position_embeddings", None) or 1 << 16
    embeddings = getattr(encoder, "embeddings", None)
    offset = getattr(embeddings, "padding_idx", None) if "roberta" in encoder.config.model_type else None
    return int(positions - (offset + 1 if offset is not None else 0))


def _digest(path: Path) -> str:
    """Hash the weights: the file, or every safetensors file of a folder in order of name."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.glob("*.safetensors")):
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
