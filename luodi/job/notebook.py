"""The notebook of a ladder: what was weighed so far, on disk whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from luodi.disk import write_whole
from luodi.job.weighed import Weighed
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Notebook:
    """What was weighed; what was added is there after any kill.

    Args:
        place: the file. It need not be there; one that is damaged counts as not there.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._found = _read(place)

    def find(self, key: Mapping[str, Any]) -> Weighed | None:
        """Give what was found of a candidate, by all that decides it."""
        wanted = json.loads(write_json(key))
        return next((one for known, one in self._found if known == wanted), None)

    def add(self, key: Mapping[str, Any], one: Weighed) -> None:
        """Write one more down.

        Raises:
            OSError: the disk is full or broken; what was there before is there.
        """
        self._found.append((json.loads(write_json(key)), one))
        rows = [{"key": known, "weighed": asdict(found)} for known, found in self._found]
        write_whole(self._place, write_json(rows))


def _read(place: Path) -> list[tuple[Mapping[str, Any], Weighed]]:
    try:
        raw = json.loads(place.read_text(encoding="utf-8"))
        return [
            (one["key"], Weighed(**{**one["weighed"], "breaches": tuple(one["weighed"]["breaches"])})) for one in raw
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
