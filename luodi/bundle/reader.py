"""Reads a bundle and trusts nothing in it: every file is verified before any engine opens one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.bundle.bundle import Bundle, altered, check_plain, printable, read_plain
from luodi.bundle.manifest import FILES, MANIFEST, MANIFEST_BYTES, Manifest, read_manifest
from luodi.bundle.onnx_check import check_onnx
from luodi.bundle.tokenizer_check import check_tokenizer
from luodi.errors import BundleError
from luodi.language import t
from luodi.registry import Unknown

if TYPE_CHECKING:
    from luodi.tasks.task import Task

#: A bundle is a few files; a folder with more entries is something else, and is not listed to its end.
_MOST_ENTRIES = 64


def read_bundle(path: str | Path) -> Bundle:
    """Read a bundle's folder and verify all of it; no engine is opened.

    The folder must hold the files of its manifest and nothing else: plain files with one name each, of the length
    and hash that stand there. The model must be one file that refers to no other, of known operators; the tokenizer
    must be made of known parts and must neither pad nor cut.

    Raises:
        BundleError: anything of that is not so; the message names the file and what to do.
    """
    folder = Path(path)
    _check_entries(folder)
    manifest = read_manifest(read_plain(folder, MANIFEST, most=MANIFEST_BYTES), place=str(folder))
    _check_listed(folder, manifest)
    for name, note in manifest.files.items():
        raw = read_plain(folder, name, most=note.bytes)
        if len(raw) != note.bytes or hashlib.sha256(raw).hexdigest() != note.sha256:
            raise altered(folder, name)
        if name.endswith(".onnx"):
            check_onnx(raw, place=str(folder))
        elif name == "tokenizer.json":
            check_tokenizer(raw, place=str(folder))
        elif name == "calibration.json":
            temperatures = _read_temperatures(raw, manifest, place=str(folder))
    return Bundle(folder, manifest, _read_task(manifest, folder), temperatures)


def _check_entries(folder: Path) -> None:
    """Refuse a path that is no folder, and a folder with anything but plain files of known names."""
    if not folder.is_dir():
        raise BundleError(
            t("bundle: {place} is not a bundle", place=folder),
            found=t("a file") if folder.exists() else t("nothing by this name"),
            fix=t("name the folder that `luodi build` wrote; it ends in .luodi"),
        )
    seen = []
    with os.scandir(folder) as entries:
        for entry in entries:
            seen.append(entry.name)
            if entry.name not in FILES and entry.name != MANIFEST:
                raise _foreign(folder, entry.name)
            check_plain(entry.stat(follow_symlinks=False), folder=folder, name=entry.name)
            if len(seen) > _MOST_ENTRIES:
                break
    if MANIFEST not in seen:
        raise BundleError(
            t("bundle: {place} holds no manifest.json", place=folder),
            found=printable(", ".join(sorted(seen))) or t("an empty folder"),
            fix=t("name the folder that `luodi build` wrote; it ends in .luodi"),
        )


def _check_listed(folder: Path, manifest: Manifest) -> None:
    """Hold the folder against the list in its manifest, both ways."""
    there = set(os.listdir(folder)) - {MANIFEST}
    if extra := sorted(there - set(manifest.files)):
        raise _foreign(folder, extra[0])
    if missing := sorted(set(manifest.files) - there):
        raise BundleError(
            t("bundle: {place}: {name} is missing", place=folder, name=missing[0]),
            found=", ".join(sorted(there)),
            fix=t("copy the bundle again from where it was built"),
        )


def _foreign(folder: Path, name: str) -> BundleError:
    return BundleError(
        t("bundle: {place} holds a file that is not part of it", place=folder),
        found=printable(name),
        fix=t("take it out; a bundle that came from someone else and holds it is not to be trusted"),
    )


def _read_temperatures(raw: bytes, manifest: Manifest, *, place: str) -> dict[str, dict[str, float]]:
    """Read ``{tier: {head: {"temperature": number, ...}}}``; every tier and head must be there."""
    heads = [row["name"] for row in manifest.task]
    try:
        rows: dict[str, dict[str, dict[str, Any]]] = json.loads(raw)
        found = {tier.name: {head: rows[tier.name][head]["temperature"] for head in heads} for tier in manifest.tiers}
        for value in (one for row in found.values() for one in row.values()):
            if type(value) not in (int, float) or not 1e-3 <= value <= 1e3:
                raise ValueError(found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as failed:
        raise BundleError(
            t("bundle: {place}: calibration.json cannot be read", place=place),
            found=printable(str(failed)),
            fix=t("copy the bundle again from where it was built, or build it anew with this version"),
        ) from failed
    return {tier: {head: float(value) for head, value in row.items()} for tier, row in found.items()}


def _read_task(manifest: Manifest, folder: Path) -> Task:
    from luodi.tasks import Task

    try:
        return Task.from_json(manifest.task)
    except (Unknown, TypeError, KeyError, ValueError, OverflowError) as failed:
        raise BundleError(
            t("bundle: {place}: manifest.json names a head that this version does not know", place=folder),
            found=printable(str(failed)),
            fix=t("install the version of luodi, or the plugin, that the bundle was built with"),
        ) from failed
