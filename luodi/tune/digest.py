"""Tells whether two models are one and the same by a hash of all that they answer from."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.models.stage import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.data import Dataset
    from luodi.models.model import Model


def fingerprint_of(stage: Any, model: Model, *rows: Dataset, bf16: bool) -> str:
    """Hash all that decides the result of a stage's training: its fields, the model, the rows, the versions."""
    parts = {
        "stage": describe(stage), "rows": [one.fingerprint() for one in rows], "model": digest(model), "bf16": bf16,
        "versions": runtime.versions("luodi", "torch", "transformers", "peft"),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def digest(model: Model) -> str:
    """Hash weights, tokenizer, heads and limits."""
    known = hashlib.sha256(base_digest(model).encode())
    known.update(json.dumps([model.task.to_json(), model.max_tokens], sort_keys=True, default=str).encode())
    _take(known, model, is_wanted=lambda name: name.startswith("heads."))
    return known.hexdigest()


def base_digest(model: Model) -> str:
    """Hash all but the heads and what goes with them: the encoder, and how texts come to it."""
    network = model.network
    known = hashlib.sha256(model.tokenizer.to_str().encode("utf-8", "surrogatepass"))
    known.update(json.dumps([model.pad_id, network.pooling, network.additions], sort_keys=True).encode())
    _take(known, model, is_wanted=lambda name: not name.startswith("heads."))
    return known.hexdigest()


def _take(known: Any, model: Model, *, is_wanted: Callable[[str], bool]) -> None:
    for name, value in sorted(model.network.state_dict().items()):
        if is_wanted(name):
            known.update(name.encode())
            known.update(memoryview(value.detach().cpu().contiguous().reshape(-1).numpy()))
