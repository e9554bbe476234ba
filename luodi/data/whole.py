"""Writes a file whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Protocol

from luodi.disk import sync
from luodi.errors import LuodiError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


#: What drafts are called; one whose writer was killed lies there until the next one clears it away.
_PREFIX, _SUFFIX = ".luodi-table-", ".part"
#: A draft younger than this may not be claimed yet.
_UNCLAIMED_S = 5.0


class Out(Protocol):
    """Where text is written."""

    def write(self, text: str, /) -> int:
        """Take some text."""


@contextmanager
def whole(output: Path, *, elsewhere: str) -> Iterator[Out]:
    """Give a stream whose content appears under the output's name when the block ends well, and not otherwise.

    Args:
        output: the file; a csv file gets the byte-order mark that spreadsheets want.
        elsewhere: the fix of the error, an option that names another place.

    Raises:
        LuodiError: it cannot be written; what was there before is as it was.
    """
    place = output.resolve() if output.is_symlink() else output  # a link stays one
    draft = place.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")  # its own: two runs may write one output
    mark = "utf-8-sig" if output.suffix.lower() == ".csv" else "utf-8"
    try:
        with _writing(output, elsewhere):
            _clear_dead(place.parent)
            stream = draft.open("x", encoding=mark, newline="")
            _claim(stream.fileno())
        try:
            yield _Draft(stream, output, elsewhere)
            with _writing(output, elsewhere):
                stream.flush()
                os.fsync(stream.fileno())
                if place.exists():
                    shutil.copymode(place, draft)
                draft.replace(place)  # while it is claimed: a draft that nobody holds would be cleared away
                sync(place.parent)
        finally:
            with suppress(OSError):  # what could not be written cannot be flushed either
                stream.close()
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _clear_dead(folder: Path) -> None:
    """Remove drafts whose writers are no more: the system lets a lock go when its process dies."""
    for draft in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError), draft.open("rb") as stream:
            if time.time() - draft.stat().st_mtime > _UNCLAIMED_S and _claim(stream.fileno()):
                draft.unlink()


def _claim(handle: int) -> bool:
    """Lock a draft, if nobody else has; a file system without locks has none to give."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class _Draft:
    """Takes text for a file under way; a failure to write names the output, unlike one to read within the block."""

    def __init__(self, stream: IO[str], output: Path, elsewhere: str) -> None:
        self.stream, self.output, self.elsewhere = stream, output, elsewhere

    def write(self, text: str, /) -> int:
        with _writing(self.output, self.elsewhere):
            return self.stream.write(text)


@contextmanager
def _writing(output: Path, elsewhere: str) -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        raise LuodiError(t("{place} cannot be written", place=output), found=failed.strerror, fix=elsewhere) from failed
