"""Checkpoints that are whole or not there: what a killed training goes on from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_MANIFEST = "MANIFEST.json"
_PREFIX = "checkpoint-"
#: Older ones are removed; the one before the newest stays, should the newest be damaged.
N_KEPT = 2


@dataclass(frozen=True)
class Snapshot:
    """Everything that decides how a training goes on.

    Args:
        step: optimizer steps done; it numbers the checkpoint.
        tensors: groups of tensors by file: ``network``, ``optimizer``, ``best``, ``random``.
        state: the rest, as JSON.
    """

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


def save(snapshot: Snapshot, folder: Path, *, fingerprint: str) -> None:
    """Write a checkpoint: into a temporary folder, every file synced, the manifest last, then one rename.

    Args:
        snapshot: what to write.
        folder: where the checkpoints of one training lie.
        fingerprint: of the training; another training's checkpoints are never taken up.

    Raises:
        OSError: the disk is full or broken; earlier checkpoints are as they were.
    """
    from safetensors.torch import save_file

    draft = folder / f".{_PREFIX}{uuid.uuid4().hex[:8]}"
    draft.mkdir(parents=True)
    try:
        for group, tensors in snapshot.tensors.items():
            save_file({name: value.contiguous() for name, value in tensors.items()}, draft / f"{group}.safetensors")
        (draft / "state.json").write_text(json.dumps(dict(snapshot.state)), encoding="utf-8")
        hashes = {entry.name: _synced_hash(entry) for entry in sorted(draft.iterdir())}
        manifest = {"fingerprint": fingerprint, "step": snapshot.step, "files": hashes}
        (draft / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        _synced_hash(draft / _MANIFEST)
        target = folder / f"{_PREFIX}{snapshot.step:09d}"
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
        _sync_folder(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    for old in _by_age(folder)[:-N_KEPT]:
        shutil.rmtree(old)


def newest(folder: Path, *, fingerprint: str) -> Snapshot | None:
    """Give the newest checkpoint of this training whose every byte is as it was written; None where there is none.

    What a killed save left behind is removed.
    """
    from safetensors.torch import load_file

    for left_over in folder.glob(f".{_PREFIX}*") if folder.is_dir() else ():
        shutil.rmtree(left_over, ignore_errors=True)
    for entry in reversed(_by_age(folder)):
        manifest = _whole(entry)
        if manifest is None or manifest["fingerprint"] != fingerprint:
            continue
        files = {name for name in manifest["files"] if name.endswith(".safetensors")}
        tensors = {name.removesuffix(".safetensors"): load_file(entry / name) for name in files}
        state = json.loads((entry / "state.json").read_text(encoding="utf-8"))
        return Snapshot(manifest["step"], tensors, state)
    return None


def _by_age(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIX}*")) if folder.is_dir() else []


def _whole(entry: Path) -> dict[str, Any] | None:
    """Read a checkpoint's manifest if every file is there and unchanged."""
    try:
        manifest: dict[str, Any] = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
        same = all(_hash(entry / name) == digest for name, digest in manifest["files"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return manifest if same else None


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _synced_hash(path: Path) -> str:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return _hash(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
