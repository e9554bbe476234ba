"""Keeps a model in a folder between stages and gives it back bit for bit; no pickle is written or read."""

from __future__ import annotations

import errno
import json
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.disk import sync
from luodi.errors import ModelError
from luodi.language import t
from luodi.models.folder import without_pooler
from luodi.models.quiet import quiet

if TYPE_CHECKING:
    from luodi.models.model import Model, Network
    from luodi.tasks import Task


def keep(model: Model, folder: str | Path) -> None:
    """Write a model into a folder, whole or not at all; a model that was there is replaced.

    Raises:
        OSError: the disk is full or broken.
    """
    target = Path(folder)
    draft = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    try:
        _write(model, draft)
        for entry in (*draft.iterdir(), draft):
            sync(entry)
        _put_in_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def read_kept(folder: str | Path) -> Model:
    """Read what ``keep`` wrote, ready to answer and to be trained further.

    Raises:
        ModelError: no such model lies there, or it is damaged.
    """
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from luodi.models.model import Model
    from luodi.tasks import Task

    place = Path(folder)
    try:
        rest: dict[str, Any] = json.loads((place / "model.json").read_text(encoding="utf-8"))
        task = Task.from_json(rest["task"])
        weights = {name: value.clone() for name, value in load_file(place / "model.safetensors").items()}
        tokenizer = Tokenizer.from_str((place / "tokenizer.json").read_text(encoding="utf-8"))
        with quiet(), torch.random.fork_rng(devices=[]):
            network = _empty_network(place, task, rest)
        network.load_state_dict(weights, assign=True)  # assigned, not copied: every weight keeps its own dtype
    except Exception as failed:  # damage can lie anywhere, and the Rust libraries raise bare Exception
        raise ModelError(
            t("model: {path} holds no whole kept model", path=place), found=str(failed).strip()[:200]
        ) from failed
    return Model(network.eval(), tokenizer, task, rest["max_tokens"], rest["pad_id"], tuple(rest["provenance"]))


def _write(model: Model, draft: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    network = model.network
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    try:
        save_file(weights, draft / "model.safetensors")
    except SafetensorError as failed:  # how safetensors reports a full disk
        raise OSError(errno.ENOSPC, str(failed), str(draft)) from failed
    network.encoder.config.save_pretrained(draft)
    model.tokenizer.save(str(draft / "tokenizer.json"))
    rest = {
        "task": model.task.to_json(), "pooling": network.pooling, "dropout": network.dropout.p,
        "additions": list(network.additions), "widths": list(network.widths),
        "max_tokens": model.max_tokens, "pad_id": model.pad_id, "provenance": list(model.provenance),
    }  # fmt: skip
    (draft / "model.json").write_text(json.dumps(rest, ensure_ascii=False, indent=1), encoding="utf-8")


def _empty_network(place: Path, task: Task, rest: dict[str, Any]) -> Network:
    from torch import nn
    from transformers import AutoConfig, AutoModel

    from luodi.models.additions import put
    from luodi.models.bag import enrol
    from luodi.models.model import Network
    from luodi.models.surgery import narrow

    enrol()
    config = AutoConfig.from_pretrained(place, local_files_only=True)
    encoder = AutoModel.from_config(config, **without_pooler(config))
    heads = {str(i): nn.Linear(config.hidden_size, head.n_outputs) for i, head in enumerate(task.heads)}
    network = Network(
        encoder, nn.ModuleDict(heads), by_token=task.by_token, pooling=rest["pooling"], dropout=rest["dropout"]
    )
    narrow(network, rest["widths"])
    for row in rest["additions"]:
        put(network, row)
    return network


def _put_in_place(draft: Path, target: Path) -> None:
    """Rename, with the model that was there put aside first: at no moment does half a model bear the name."""
    aside = target.with_name(f"{draft.name}-old")
    if target.exists():
        target.rename(aside)
    draft.rename(target)
    shutil.rmtree(aside, ignore_errors=True)
