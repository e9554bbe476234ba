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

from luodi.disk import sync
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

_FORMAT = 1
_MANIFEST = "MANIFEST.json"
_PREFIX = "checkpoint-"
_DRAFT = f".{_PREFIX}"
#: Older ones are removed; the one before the newest stays, should the newest be damaged. As many of other trainings
#: stay too: who tries another recipe for a moment loses nothing.
N_KEPT = 2


@dataclass(frozen=True)
class Snapshot:
    """Everything that decides how a training goes on.

    Args:
        step: optimizer steps done; it numbers the checkpoint.
        tensors: groups of tensors by file: ``network``, ``optimizer``, ``best``.
        state: the rest, as JSON.
        versions: for a group that seldom changes, a number that changes with it: unchanged, it is not written again.
    """

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)


def save(snapshot: Snapshot, folder: Path, *, fingerprint: str) -> None:
    """Write a checkpoint: into a temporary folder, every file synced, the manifest last, then one rename.

    Args:
        snapshot: what to write.
        folder: where the checkpoints lie.
        fingerprint: of the training; another training's checkpoints are never taken up.

    Raises:
        OSError: the disk is full or broken; earlier checkpoints are as they were.
    """
    draft = folder / f"{_DRAFT}{uuid.uuid4().hex[:8]}"
    draft.mkdir(parents=True)
    try:
        hashes = _write_files(snapshot, draft, _newest_of(folder, fingerprint))
        manifest = {
            "format": _FORMAT, "fingerprint": fingerprint, "step": snapshot.step, "versions": dict(snapshot.versions),
            "files": hashes,
        }  # fmt: skip
        (draft / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        _synced_hash(draft / _MANIFEST)
        sync(draft)
        target = folder / f"{_PREFIX}{_short(fingerprint)}-{snapshot.step:09d}"
        _remove(target)
        draft.rename(target)
        sync(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    own = _own(folder, fingerprint)
    others = [entry for entry in folder.glob(f"{_PREFIX}*") if entry not in own]
    for old in (*own[:-N_KEPT], *sorted(others, key=_written_at)[:-N_KEPT]):
        _remove(old)


def newest(folder: Path, *, fingerprint: str, note: Callable[[str], None]) -> Snapshot | None:
    """Give the newest checkpoint of this training whose every byte is as it was written; None where there is none.

    What a killed save left behind is removed, and so are damaged checkpoints of this training.

    Args:
        folder: where the checkpoints lie; it need not be there.
        fingerprint: of the training.
        note: is told what is passed over, and why.
    """
    from safetensors.torch import load_file

    for left_over in folder.glob(f"{_DRAFT}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    for entry in reversed(_own(folder, fingerprint)):
        manifest = _read_manifest(entry, fingerprint)
        if manifest is None or not all(_is_whole(entry / name, digest) for name, digest in manifest["files"].items()):
            note(t("{name} is damaged and was removed", name=entry.name))
            _remove(entry)
            continue
        files = [name for name in manifest["files"] if name.endswith(".safetensors")]
        tensors = {name.removesuffix(".safetensors"): load_file(entry / name) for name in files}
        state = json.loads((entry / "state.json").read_text(encoding="utf-8"))
        return Snapshot(manifest["step"], tensors, state, manifest["versions"])
    if any(folder.glob(f"{_PREFIX}*")):
        note(t("the checkpoints there are of another recipe, model or data: starting anew"))
    return None


def _write_files(snapshot: Snapshot, draft: Path, before: Path | None) -> dict[str, str]:
    """Write or link every file, synced; gives their hashes."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    known = _read_manifest(before) if before else None
    hashes = {}
    for group, tensors in snapshot.tensors.items():
        name = f"{group}.safetensors"
        if before and known and _is_same(group, snapshot, known) and _linked(before / name, draft / name, known):
            hashes[name] = known["files"][name]
            continue
        try:
            save_file({key: value.contiguous() for key, value in tensors.items()}, draft / name)
        except SafetensorError as failed:  # how safetensors reports a full disk
            raise OSError(str(failed)) from failed
        hashes[name] = _synced_hash(draft / name)
    (draft / "state.json").write_text(json.dumps(dict(snapshot.state)), encoding="utf-8")
    hashes["state.json"] = _synced_hash(draft / "state.json")
    return hashes


def _is_same(group: str, snapshot: Snapshot, known: Mapping[str, Any]) -> bool:
    version = snapshot.versions.get(group)
    return version is not None and known["versions"].get(group) == version and f"{group}.safetensors" in known["files"]


def _linked(source: Path, target: Path, known: Mapping[str, Any]) -> bool:
    """Take a file over from the checkpoint before, if it is as it was written and the disk can link."""
    if not _is_whole(source, known["files"][source.name]):
        return False
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _own(folder: Path, fingerprint: str) -> list[Path]:
    """List the checkpoints of a training, oldest first."""
    return sorted(folder.glob(f"{_PREFIX}{_short(fingerprint)}-*"))


def _newest_of(folder: Path, fingerprint: str) -> Path | None:
    own = [entry for entry in _own(folder, fingerprint) if _read_manifest(entry, fingerprint)]
    return own[-1] if own else None


def _short(fingerprint: str) -> str:
    return hashlib.sha256(fingerprint.encode()).hexdigest()[:12]


def _read_manifest(entry: Path, fingerprint: str | None = None) -> dict[str, Any] | None:
    """Read a checkpoint's manifest; None where it is damaged, of another format or of another training."""
    try:
        manifest: dict[str, Any] = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
        is_ours = manifest["format"] == _FORMAT and fingerprint in (None, manifest["fingerprint"])
        is_read = all(isinstance(manifest[key], dict) for key in ("files", "versions")) and "step" in manifest
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if is_ours and is_read else None


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return _hash(path) == digest
    except OSError:
        return False


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _synced_hash(path: Path) -> str:
    sync(path)
    return _hash(path)


def _remove(entry: Path) -> None:
    """Remove a checkpoint; killed on the way, it leaves a draft and no half checkpoint."""
    if entry.exists():
        grave = entry.with_name(f"{_DRAFT}{uuid.uuid4().hex[:8]}")
        entry.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)


def _written_at(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:
        return 0.0
