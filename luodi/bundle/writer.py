"""Writes a bundle whole or not at all: filled in a private folder beside its place, synced, then renamed."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from luodi.bundle.manifest import FILES, MANIFEST, Contents, FileNote, Manifest
from luodi.bundle.replace import mend, replace_folder
from luodi.errors import LuodiError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_DRAFT = ".luodi-draft-"


class Draft:
    """A bundle that is being filled, in a hidden folder beside the place where it will stand.

    ``add`` puts files in, ``seal`` writes the manifest, after which ``read_bundle(draft.path)`` reads it like any
    other; more may be added then, sealed anew by ``publish``, which moves the folder to its place. Leaving the
    ``with`` block without that removes it all. One process, one draft; drafts of dead processes are cleared away.

    Args:
        folder: where the bundle will stand; made when it is not there.

    Raises:
        LuodiError: the disk is full or cannot be written; nothing half-written stays.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.path = self.folder / f"{_DRAFT}{uuid.uuid4().hex[:12]}"
        self._contents: Contents | None = None
        self._lock = -1

    def __enter__(self) -> Draft:
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with _alone(self.folder):  # a draft that nobody holds yet would be taken for one of the dead
                _clear_dead(self.folder)
                self.path.mkdir()
                self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        shutil.rmtree(self.path, ignore_errors=True)

    def add(self, name: str, content: bytes | str | Path) -> None:
        """Put a file in, synced to the disk: bytes, text (as UTF-8), or a copy of a file."""
        if name not in FILES:
            msg = f"{name!r} is no file of a bundle"
            raise ValueError(msg)
        with _told(self.path), (self.path / name).open("wb") as stream:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    shutil.copyfileobj(source, stream, 1 << 20)
            else:
                stream.write(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
            stream.flush()
            os.fsync(stream.fileno())

    def seal(self, contents: Contents) -> Path:
        """Write the manifest over all files that are in by now, and give the folder, ready for ``read_bundle``."""
        self._contents = contents
        notes = {entry.name: _note(entry) for entry in sorted(self.path.iterdir()) if entry.name != MANIFEST}
        fields = {name: getattr(contents, name) for name in type(contents).model_fields}
        raw = Manifest(**fields, files=notes).model_dump_json(indent=1)
        with _told(self.path):
            fresh = self.path / f".{MANIFEST}"
            with fresh.open("w", encoding="utf-8") as stream:
                stream.write(raw)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.rename(self.path / MANIFEST)
            os.fsync(self._lock)
        return self.path

    def publish(self, target: str | Path) -> Path:
        """Seal once more and move the folder to its place; a bundle that stood there goes, in one step.

        Args:
            target: a path in the folder that the draft was made for.

        Raises:
            LuodiError: something that is no bundle stands there, or the disk fails.
        """
        place = Path(target)
        if place.parent.resolve() != self.folder.resolve():
            msg = f"{place} is not in {self.folder}"
            raise ValueError(msg)
        if self._contents is None:
            raise ValueError("seal the draft first")
        self.seal(self._contents)
        with _told(place), _alone(self.folder):
            replace_folder(self.path, place)
        return place


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder for a moment: nobody else makes, moves or clears drafts in it meanwhile."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _told(place: Path) -> Iterator[None]:
    """Say in one sentence what the disk refuses."""
    try:
        yield
    except OSError as failed:
        full = failed.errno in (errno.ENOSPC, errno.EDQUOT)
        raise LuodiError(
            t("{place}: the disk is full", place=place) if full else t("{place} cannot be written", place=place),
            found=failed.strerror or str(failed),
            fix=t("make room, or name another folder with -o") if full else t("name another folder with -o"),
        ) from failed


def _note(file: Path) -> FileNote:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return FileNote(sha256=digest.hexdigest(), bytes=file.stat().st_size)


def _clear_dead(folder: Path) -> None:
    """Remove drafts that nobody holds any more, and finish what a killed ``publish`` left undone."""
    mend(folder)
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            lock = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(draft)
            finally:
                os.close(lock)
