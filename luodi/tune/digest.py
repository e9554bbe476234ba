"""Tells whether two models are one and the same by a hash of all that they answer from."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.models.model import Model


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
