"""Finds the part behind a name; imports no part, parts come to it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Registered = TypeVar("Registered", bound="Callable[..., Any]")

_parts: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Unknown(LookupError):
    """No part of a kind bears a name; carries what is near it, for the sentence that the caller writes."""

    kind: str
    name: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return t("no {kind} is named {name!r}", kind=self.kind, name=self.name) + did_you_mean(self.name, self.known)


def register(kind: str, name: str) -> Callable[[Registered], Registered]:
    """Enter a class, or a function, under a kind (``stage``, ``head``, ``check`` ...) and the name that is used for it.

    The first line of its docstring becomes its row in ``luodi parts`` and in the docs.
    """

    def enter(part: Registered) -> Registered:
        rows = _parts.setdefault(kind, {})
        if name in rows and rows[name].__qualname__ != part.__qualname__:
            msg = f"{kind} {name!r} is already {rows[name].__qualname__}"
            raise ValueError(msg)
        rows[name] = part
        return part

    return enter


@cache
def enter_all(folder: str) -> None:
    """Import every file of a folder of parts, so that they are entered: a new file needs no line elsewhere."""
    for file in iter_modules(import_module(folder).__path__, f"{folder}."):
        import_module(file.name)


def find(kind: str, name: str) -> Any:
    """Give what was entered under a name.

    Raises:
        Unknown: nothing bears the name; the message proposes the nearest ones.
    """
    rows = _parts.get(kind, {})
    if name not in rows:
        raise Unknown(kind, name, tuple(sorted(rows)))
    return rows[name]


def parts(kind: str) -> Mapping[str, Any]:
    """Give every part of a kind by its name, in order of name."""
    return dict(sorted(_parts.get(kind, {}).items()))


def kinds() -> tuple[str, ...]:
    """Give every kind that has a part."""
    return tuple(sorted(_parts))


def did_you_mean(name: str, known: tuple[str, ...]) -> str:
    """Propose the nearest known names, as the end of a sentence.

    >>> did_you_mean("lroa", ("full", "lora"))
    "; did you mean 'lora'?"
    >>> did_you_mean("x", ("full", "lora"))
    '; known: full, lora'
    """
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    if near:
        return t("; did you mean {names}?", names=t(" or ").join(map(repr, near)))
    return t("; known: {names}", names=", ".join(known)) if known else ""
