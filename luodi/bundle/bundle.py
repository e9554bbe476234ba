"""The folder that ships, once it has been read and found sound."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.errors import BundleError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from luodi.bundle.manifest import Manifest
    from luodi.tasks.task import Task


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk whose every file was verified when it was read.

    Args:
        path: the folder.
        manifest: what it says of itself.
        task: the heads that it answers.
        temperatures: by tier, for each head the number that its logits are divided by.
    """

    path: Path
    manifest: Manifest
    task: Task
    temperatures: Mapping[str, Mapping[str, float]]

    def read(self, name: str) -> bytes:
        """Give a file's bytes, verified once more: what was checked is what is used, even if the folder changed.

        Raises:
            BundleError: the bundle has no such file, or it is no longer what the manifest says.
        """
        note = self.manifest.files.get(name)
        if note is None:
            raise BundleError(
                t("bundle: {place} holds no {name}", place=self.path, name=name),
                found=", ".join(sorted(self.manifest.files)),
            )
        raw = read_plain(self.path, name, most=note.bytes)
        if len(raw) != note.bytes or hashlib.sha256(raw).hexdigest() != note.sha256:
            raise altered(self.path, name)
        return raw


def read_plain(folder: Path, name: str, *, most: int) -> bytes:
    """Read a regular file that has no second name, never following a link.

    Args:
        folder: where it lies.
        name: its plain name.
        most: bytes that it may have; a longer one is not read.

    Raises:
        BundleError: it is missing, too long, a link, or no file.
    """
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as failed:
        raise BundleError(
            t("bundle: {place}: {name} cannot be opened", place=folder, name=name),
            found=failed.strerror or str(failed),
            fix=t("copy the bundle again from where it was built"),
        ) from failed
    with os.fdopen(handle, "rb") as stream:
        check_plain(os.fstat(handle), folder=folder, name=name)
        raw = stream.read(most + 1)
    if len(raw) > most:
        raise BundleError(
            t("bundle: {place}: {name} is longer than it may be", place=folder, name=name),
            found=t("more than {n:,} bytes", n=most),
            fix=t("copy the bundle again from where it was built"),
        )
    return raw


def check_plain(status: os.stat_result, *, folder: Path, name: str) -> None:
    """Refuse whatever is not one regular file with one name.

    Raises:
        BundleError: it is a link, a folder, a device, or has a second name elsewhere (a hard link).
    """
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return
    kinds = ((stat.S_ISLNK, t("a symbolic link")), (stat.S_ISDIR, t("a folder")), (stat.S_ISREG, t("a hard link")))
    found = next((word for is_kind, word in kinds if is_kind(status.st_mode)), t("no regular file"))
    raise BundleError(
        t("bundle: {place}: {name} is not a plain file", place=folder, name=name),
        found=found,
        fix=t("copy the bundle with `cp -rL --no-preserve=links`, so that every file stands for itself"),
    )


def printable(text: str) -> str:
    r"""Write foreign text so that it cannot steer a terminal: signs that do not print are escaped, at most 200 shown.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)[:200]


def altered(folder: Path, name: str) -> BundleError:
    """Make the error for a file whose content is not what the manifest says."""
    return BundleError(
        t("bundle: {place}: {name} was changed since the bundle was written", place=folder, name=name),
        found=t("its SHA-256 is not the one in manifest.json"),
        fix=t("copy the bundle again from where it was built"),
    )
