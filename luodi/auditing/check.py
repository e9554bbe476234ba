"""What a check is, and how one is entered: a function from evidence to findings, under its decorator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from luodi.registry import register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from luodi.auditing.evidence import Evidence
    from luodi.auditing.finding import Finding

#: The registry's kind.
KIND = "check"


class Check(Protocol):
    """Looks at the evidence for one kind of fault."""

    def __call__(self, evidence: Evidence, /) -> Iterable[Finding]:
        """Give what was found; nothing where all is well, or where the rows lack what the check looks at."""


def check(name: str) -> Callable[[Check], Check]:
    """Enter a check under its name; the first line of its docstring becomes its row in ``luodi parts`` and the docs."""
    return register(KIND, name)
