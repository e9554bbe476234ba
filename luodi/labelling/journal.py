"""A journal: one JSON object a line, each on disk before ``append`` returns; it is only ever added to."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from luodi.disk import sync
from luodi.errors import DataError, LuodiError, RecipeError
from luodi.language import t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

#: What every journal's name ends in.
SUFFIX = ".labels.jsonl"
#: How every entry of ours begins on the disk.
_BEGINNING = b'{"action": "'


class Journal:
    """A journal that is open; a lock keeps a second process from it.

    Args:
        path: its file.
        entries: what stood in it when it was opened.
        handle: the file's descriptor, opened for appending.
    """

    def __init__(self, path: Path, entries: Sequence[Mapping[str, Any]], handle: int) -> None:
        self.path = path
        self.entries = list(entries)
        self._handle = handle

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one entry and wait until the disk has it.

        Raises:
            LuodiError: it could not be written; the journal is as it was.
        """
        self._require_there()
        line = (write_json(dict(entry)) + "\n").encode()
        size = os.fstat(self._handle).st_size
        try:
            _write(self._handle, line)
            os.fsync(self._handle)
        except OSError as failed:
            with suppress(OSError):
                os.ftruncate(self._handle, size)
            raise _not_writable(self.path, failed) from failed
        self.entries.append(entry)

    def _require_there(self) -> None:
        """Refuse to write into a file that its path no longer leads to: whatever is written there, nobody finds."""
        with suppress(OSError):
            if os.path.samestat(os.stat(self.path), os.fstat(self._handle)):
                return
        raise LuodiError(
            t("labels: {path} was deleted or replaced while it was open", path=self.path),
            fix=t("put the file back, or end luodi and start it again"),
        )


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """Open a journal to go on in it, or begin one; a last line that was cut off while it was written is taken away.

    Raises:
        DataError: the file is no journal, or is damaged; it stays as it is.
        LuodiError: it cannot be written, or another process has it open.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as failed:
        raise _not_writable(path, failed) from failed
    try:
        _lock(handle, path)
        entries = read_journal(path)
        try:
            _end_last_line(handle)
            sync(path.parent)
        except OSError as failed:
            raise _not_writable(path, failed) from failed
        yield Journal(path, entries, handle)
    finally:
        os.close(handle)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Read every entry of a journal; a last line that was cut off while an entry was written is passed over.

    Raises:
        DataError: there is no such file, or a line is no entry.
    """
    try:
        raw = path.read_bytes()
    except OSError as missing:
        raise DataError(t("labels: {path} cannot be read", path=path), found=missing.strerror) from missing
    *lines, last = raw.split(b"\n")
    entries = [_entry(line, path, number) for number, line in enumerate(lines, 1) if line.strip()]
    if last.strip() and not _is_cut_off(last):
        entries.append(_entry(last, path, len(lines) + 1))
    return entries


def _is_cut_off(last: bytes) -> bool:
    """Tell whether a last line is the beginning of an entry of ours, and no more than that.

    Anything else is somebody's own: a table in one line, or a table whose last line has no end.
    """
    try:
        _parsed(last)
    except ValueError:
        return last.startswith(_BEGINNING[: len(last)])
    return False


def _entry(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        return _parsed(line)
    except ValueError as fault:
        raise DataError(
            t("labels: {file}, line {line} is no saved answer", file=path.name, line=number),
            found=line[:80].decode("utf-8", "replace"),
            fix=t("name the file of answers with -o; its name usually ends in {suffix}", suffix=SUFFIX),
        ) from fault


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except RecursionError as deep:
        raise ValueError from deep
    if not isinstance(entry, dict) or not isinstance(entry.get("action"), str):
        raise ValueError
    return entry


def _end_last_line(handle: int) -> None:
    """Give a whole last line its end; cut off one that a killed process left unfinished: it was never called saved."""
    size = os.fstat(handle).st_size
    at = size
    tail = b""
    while at and b"\n" not in tail:
        at = max(0, at - 65536)
        tail = os.pread(handle, size - at, at)
    last = tail.rpartition(b"\n")[2]
    if not last:
        return
    if _is_cut_off(last):
        os.ftruncate(handle, size - len(last))
    else:
        _write(handle, b"\n")


def _write(handle: int, raw: bytes) -> None:
    while raw:
        raw = raw[os.write(handle, raw) :]


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as held:
        if held.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise RecipeError(
                t("labels: {path} is open in another `luodi label`", path=path),
                fix=t("close that one, or write answers of your own: --who NAME"),
            ) from held  # a file system without locks goes without


def _not_writable(path: Path, failed: OSError) -> LuodiError:
    return LuodiError(
        t("{place} cannot be written", place=path), found=failed.strerror, fix=t("name another place with -o")
    )
