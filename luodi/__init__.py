"""From labelled text to a small, fast model that has proved it keeps a declared budget."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from luodi.auditing import audit as audit
    from luodi.budget import Breach as Breach
    from luodi.budget import Budget as Budget
    from luodi.budget import Report as Report
    from luodi.bundle import load as load
    from luodi.bundle.finder import Finder as Finder
    from luodi.client import Client as Client
    from luodi.data import Dataset as Dataset
    from luodi.data import pair as pair
    from luodi.data import read as read
    from luodi.data import split as split
    from luodi.errors import LuodiError as LuodiError
    from luodi.job.build import Built as Built
    from luodi.job.build import build as build
    from luodi.job.recheck import recheck as recheck

__version__ = "0.1.0"

#: Every public name and the module that holds it; loaded when first asked for, so that ``import luodi`` costs little.
_FACE = {
    "Breach": "luodi.budget",
    "Budget": "luodi.budget",
    "Built": "luodi.job.build",
    "Client": "luodi.client",
    "Dataset": "luodi.data",
    "Finder": "luodi.bundle.finder",
    "LuodiError": "luodi.errors",
    "Report": "luodi.budget",
    "audit": "luodi.auditing",
    "build": "luodi.job.build",
    "load": "luodi.bundle",
    "pair": "luodi.data",
    "read": "luodi.data",
    "recheck": "luodi.job.recheck",
    "split": "luodi.data",
}

__all__ = [
    "Breach", "Budget", "Built", "Client", "Dataset", "Finder", "LuodiError", "Report", "audit", "build", "load",
    "pair", "read", "recheck", "split",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        msg = f"module 'luodi' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_FACE[name]), name)


def __dir__() -> list[str]:
    return sorted((*__all__, "__version__"))
