"""Keeps a model in a folder between stages and gives it back bit for bit; no pickle is written or read."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.models.quiet import quiet

if TYPE_CHECKING:
    from luodi.models.model import Model


def keep(model: Model, folder: str | Path) -> None:
    """Write a model into a folder, whole or not at all; a model that was there is replaced."""
    from safetensors.torch import save_file

    target = Path(folder)
    draft = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    network = model.network
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, draft / "model.safetensors")
    network.encoder.config.save_pretrained(draft)
    model.tokenizer.save(str(draft / "tokenizer.json"))
    rest = {
        "task": model.task.to_json(), "pooling": network.pooling, "dropout": network.dropout.p,
        "max_tokens": model.max_tokens, "pad_id": model.pad_id, "provenance": list(model.provenance),
    }  # fmt: skip
    (draft / "model.json").write_text(json.dumps(rest, ensure_ascii=False, indent=1), encoding="utf-8")
    for entry in draft.iterdir():
        with entry.open("rb") as stream:
            os.fsync(stream.fileno())
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def read_kept(folder: str | Path) -> Model:
    """Read what ``keep`` wrote."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from torch import nn
    from transformers import AutoConfig, AutoModel

    from luodi.models.model import Model, Network
    from luodi.tasks import Task

    place = Path(folder)
    rest: dict[str, Any] = json.loads((place / "model.json").read_text(encoding="utf-8"))
    weights = load_file(place / "model.safetensors")
    with quiet():
        encoder = AutoModel.from_config(AutoConfig.from_pretrained(place, local_files_only=True))
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    task = Task.from_json(rest["task"])
    width = encoder.config.hidden_size
    heads = nn.ModuleDict({str(i): nn.Linear(width, head.n_outputs) for i, head in enumerate(task.heads)})
    network = Network(encoder, heads, pooling=rest["pooling"], dropout=rest["dropout"])
    network.load_state_dict(weights)
    tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
    return Model(network.eval(), tokenizer, task, rest["max_tokens"], rest["pad_id"], tuple(rest["provenance"]))
