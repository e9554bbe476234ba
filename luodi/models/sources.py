"""Finds where a pretrained model comes from: a folder, the zoo or a hub."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from luodi.errors import MissingExtra, ModelError
from luodi.language import t
from luodi.models.hub import fetch
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
    if folder.is_dir():
        return Source(name, "folder", folder)
    if "/" not in name or name.startswith((".", "/", "~")):
        raise ModelError(
            t("model: {name!r} is neither in the zoo nor a folder", name=name) + did_you_mean(name, tuple(ZOO)),
            fix=t("`luodi models` lists the zoo; a hub id has the form org/name"),
        )
    return Source(name, "hub", fetch(name))


def is_installed(entry: Entry) -> bool:
    """Tell whether the package of an entry of the zoo is there."""
    return importlib.util.find_spec(entry.module) is not None


def _installed(name: str, entry: Entry) -> Path:
    spec = importlib.util.find_spec(entry.module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(
            t("model: {name} comes in the package {package}, which is not installed", name=name, package=entry.package),
            fix='pip install "luodi[zoo]"',
        )
    return Path(next(iter(spec.submodule_search_locations))) / entry.file
