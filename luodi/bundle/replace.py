"""Moves a finished folder to its place, so that at every moment the old or the new stands there, never a mixture."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from typing import TYPE_CHECKING

from luodi.bundle.manifest import MANIFEST
from luodi.disk import sync
from luodi.errors import RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from pathlib import Path

#: Ending of the name under which an old folder waits to be removed.
_ASIDE = ".luodi-old"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_NOT_POSSIBLE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def replace_folder(fresh: Path, place: Path) -> None:
    """Move ``fresh`` to ``place``, both in one file system, and remove the bundle that stood there.

    Where the system can exchange two names in one step, it does; elsewhere the old one is renamed aside first, and
    ``mend`` brings it back if the process dies in between.

    Raises:
        RecipeError: what stands there is no bundle.
        OSError: the file system refuses.
    """
    if not os.path.lexists(place):
        fresh.rename(place)
        sync(place.parent)
        return
    require_replaceable(place)
    aside = place.with_name(f".{place.name}{_ASIDE}")
    shutil.rmtree(aside, ignore_errors=True)
    if _exchange(fresh, place):
        fresh.rename(aside)
    else:
        place.rename(aside)
        fresh.rename(place)
    sync(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def require_replaceable(place: Path) -> None:
    """Refuse a place where something stands that is no bundle.

    Raises:
        RecipeError: it would be overwritten.
    """
    if os.path.lexists(place) and (place.is_symlink() or not (place / MANIFEST).is_file()):
        raise RecipeError(
            t("{place} is there already and is no bundle: it will not be overwritten", place=place),
            fix=t("name another place with -o, or move it away"),
        )


def mend(folder: Path) -> None:
    """Finish what a killed ``replace_folder`` left: bring an old folder back where no new one stands."""
    for aside in folder.glob(f".*{_ASIDE}"):
        place = folder / aside.name.removeprefix(".").removesuffix(_ASIDE)
        if os.path.lexists(place):
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(place)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    done = call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE))
    if done == 0:
        return True
    if (code := ctypes.get_errno()) not in _NOT_POSSIBLE:
        raise OSError(code, os.strerror(code), str(other))
    return False
