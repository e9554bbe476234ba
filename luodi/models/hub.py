"""Fetches a pretrained model from a hub: Hugging Face (or its mirror by ``HF_ENDPOINT``) or ModelScope."""

from __future__ import annotations

import os
from pathlib import Path

from luodi.errors import ModelError
from luodi.language import t
from luodi.runtime import need

#: What is fetched: weights that need no pickle, and what says how to read them.
WANTED = ("*.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "*.model")
_MODELSCOPE = "modelscope:"


def fetch(name: str) -> Path:
    """Give the folder of a hub model, fetching what is not there yet.

    Args:
        name: ``org/name``, or ``modelscope:org/name``.

    Raises:
        ModelError: the hub cannot be reached, knows no such model, or has no weights in safetensors.
    """
    folder = _from_modelscope(name) if name.startswith(_MODELSCOPE) else _from_hugging_face(name)
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            t("model: {name} has no weights in safetensors; pickled weights are never loaded", name=name),
            found=", ".join(sorted(entry.name for entry in folder.iterdir())) or None,
            fix=t("convert them, or name a model that has model.safetensors"),
        )
    return folder


def _from_hugging_face(name: str) -> Path:
    hub = need("huggingface_hub", extra="train")
    try:
        return Path(hub.snapshot_download(name, allow_patterns=list(WANTED)))
    except (OSError, ValueError, hub.errors.HfHubHTTPError, hub.errors.HFValidationError) as failed:
        raise _unreachable(name, failed, endpoint=os.environ.get("HF_ENDPOINT")) from failed


def _from_modelscope(name: str) -> Path:
    scope = need("modelscope", extra="modelscope")
    try:
        return Path(scope.snapshot_download(name.removeprefix(_MODELSCOPE), allow_patterns=list(WANTED)))
    except (OSError, ValueError) as failed:
        raise _unreachable(name, failed, endpoint=None) from failed


def _unreachable(name: str, failed: Exception, *, endpoint: str | None) -> ModelError:
    offline = os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0")
    first = str(failed).strip().splitlines()[0] if str(failed).strip() else type(failed).__name__
    what = (
        t("model: {name} is not in the local cache, and HF_HUB_OFFLINE forbids to fetch it", name=name)
        if offline
        else t("model: {name} could not be fetched", name=name)
    )
    return ModelError(
        what,
        found=first[:200] + (f" (HF_ENDPOINT={endpoint})" if endpoint else ""),
        fix=t(
            "name a folder that holds the model, a model of the zoo (`luodi models`), or set HF_ENDPOINT to a mirror"
        ),
    )
