"""The disk: what lies there lies there whole, also after a power cut."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sync(entry: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk: a rename is safe from then on.

    Raises:
        OSError: the disk is broken or full.
    """
    handle = os.open(entry, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(place: Path, text: str) -> None:
    """Write a file of UTF-8, whole or not at all.

    Raises:
        OSError: the disk is full or cannot be written, with the file's name; what stood there before is as it was.
    """
    try:
        with drafted(place) as draft:
            draft.write_text(text, encoding="utf-8", errors="replace")
    except OSError as failed:
        raise OSError(failed.errno, failed.strerror, str(place)) from failed


@contextmanager
def drafted(place: Path) -> Iterator[Path]:
    """Give a path beside a file's place to write to; it is synced and renamed when the block ends well, else removed.

    Raises:
        OSError: the disk is full or cannot be written; what stood there before is as it was.
    """
    draft = place.with_name(f".luodi-{uuid.uuid4().hex[:12]}.part")
    try:
        yield draft
        sync(draft)
        draft.replace(place)
        sync(place.parent)
    finally:
        draft.unlink(missing_ok=True)
