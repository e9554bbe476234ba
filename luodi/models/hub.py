"""Fetches a pretrained model from a hub: Hugging Face (or its mirror by ``HF_ENDPOINT``) or ModelScope."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from luodi.errors import ModelError
from luodi.language import t
from luodi.models.folder import require_safetensors
from luodi.runtime import need

#: What is fetched: weights that need no pickle, what says how to read them, and the card for its licence.
WANTED = (
    "*.safetensors", "*.safetensors.index.json", "config.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "*.model", "README.md",
)  # fmt: skip
#: What is not, of the above: other formats and parts that lie in folders of their own.
UNWANTED = ("*/*",)
MODELSCOPE = "modelscope:"
_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)


def fetch(name: str) -> Path:
    """Give the folder of a hub model, fetching what is not there yet.

    Args:
        name: ``org/name``, or ``modelscope:org/name``.

    Raises:
        ModelError: the hub cannot be reached, knows no such model, or has no weights in safetensors.
        MissingExtra: ModelScope is asked for and its package is not installed.
    """
    folder = _from_modelscope(name) if name.startswith(MODELSCOPE) else _from_hugging_face(name)
    require_safetensors(folder, name)
    return folder


def is_hub_id(name: str) -> bool:
    """Tell whether a name has the form of a hub id.

    >>> is_hub_id("hfl/chinese-macbert-base"), is_hub_id("modelscope:a/b"), is_hub_id("../a"), is_hub_id("a/b/c")
    (True, True, False, False)
    """
    bare = name.removeprefix(MODELSCOPE)
    return _ID.fullmatch(bare) is not None and not bare.startswith(".")


def _from_hugging_face(name: str) -> Path:
    hub = need("huggingface_hub", extra="train")
    errors = need("huggingface_hub.errors", extra="train")
    try:
        return Path(hub.snapshot_download(name, allow_patterns=list(WANTED), ignore_patterns=list(UNWANTED)))
    except (OSError, ValueError, errors.HfHubHTTPError) as failed:
        raise _unreachable(name, failed, offline=_is_offline(), endpoint=os.environ.get("HF_ENDPOINT")) from failed


def _from_modelscope(name: str) -> Path:
    scope = need("modelscope", extra="modelscope")
    bare = name.removeprefix(MODELSCOPE)
    try:
        return Path(scope.snapshot_download(bare, allow_patterns=list(WANTED), ignore_patterns=list(UNWANTED)))
    except Exception as failed:  # a foreign client at the boundary: its errors share no class
        raise _unreachable(name, failed, offline=False, endpoint=os.environ.get("MODELSCOPE_DOMAIN")) from failed


def _is_offline() -> bool:
    constants: Any = need("huggingface_hub.constants", extra="train")
    return bool(constants.HF_HUB_OFFLINE)


def _unreachable(name: str, failed: Exception, *, offline: bool, endpoint: str | None) -> ModelError:
    first = next(iter(str(failed).strip().splitlines()), type(failed).__name__)[:200]
    tried = t("{reason} (asked: {endpoint})", reason=first, endpoint=endpoint) if endpoint else first
    return ModelError(
        t("model: {name} is not in the local cache, and HF_HUB_OFFLINE forbids to fetch it", name=name)
        if offline
        else t("model: {name} could not be fetched", name=name),
        found=None if offline else tried,
        fix=t("name a folder that holds the model, or a model of the zoo (`luodi models`)")
        if name.startswith(MODELSCOPE)
        else t(
            "name a folder that holds the model, a model of the zoo (`luodi models`), or set HF_ENDPOINT to a mirror"
        ),
    )
