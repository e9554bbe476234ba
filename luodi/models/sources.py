"""Finds where a pretrained model comes from: a folder, the zoo or a hub."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from luodi.errors import MissingExtra, ModelError
from luodi.language import t
from luodi.models.hub import fetch, is_hub_id
from luodi.models.zoo import ZOO, Entry
from luodi.registry import did_you_mean


@dataclass(frozen=True)
class Source:
    """Where a model lies now.

    Args:
        name: as it was asked for.
        kind: ``zoo``, ``folder`` or ``hub``.
        path: a file or a folder.
        licence: of the weights, where it is known.
    """

    name: str
    kind: str
    path: Path
    licence: str | None = None


def find_source(name: str) -> Source:
    """Find a model by a name of the zoo, a folder, or a hub id; a folder never calls the network.

    Raises:
        ModelError: there is none by this name.
        MissingExtra: it is in the zoo, and its package is not installed.
    """
    if name in ZOO:
        return Source(name, "zoo", _installed(name, ZOO[name]), ZOO[name].licence)
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return Source(name, "folder", folder, _licence(folder))
    if not is_hub_id(name):
        raise ModelError(
            t("model: {name!r} is neither in the zoo nor a folder", name=name) + did_you_mean(name, tuple(ZOO)),
            fix=t("`luodi models` lists the zoo; a hub id has the form org/name"),
        )
    folder = fetch(name)
    return Source(name, "hub", folder, _licence(folder))


def is_installed(entry: Entry) -> bool:
    """Tell whether the package of an entry of the zoo is there."""
    return importlib.util.find_spec(entry.module) is not None


def _licence(folder: Path) -> str | None:
    """Read the licence off the head of a model card, where there is one."""
    card = folder / "README.md"
    if not card.is_file():
        return None
    head = card.read_text(encoding="utf-8", errors="replace")[:20_000]
    found = re.search(r"\A---\n(?:.*\n)*?license:[ \t]*([\w.+-]+)", head)
    return found[1] if found else None


def _installed(name: str, entry: Entry) -> Path:
    spec = importlib.util.find_spec(entry.module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(
            t("model: {name} comes in the package {package}, which is not installed", name=name, package=entry.package),
            fix='pip install "luodi[zoo]"',
        )
    return Path(next(iter(spec.submodule_search_locations))) / entry.file
