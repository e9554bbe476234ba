"""Tells how far long work has come, to whoever listens: the command line draws a bar, a test keeps a list."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bar(Protocol):
    """One piece of work under way."""

    def advance(self, n: int = 1, **figures: float | str) -> None:
        """Say that ``n`` more units are done, with figures worth seeing (loss, tokens/s)."""


class Progress(Protocol):
    """Where long work reports to."""

    def note(self, text: str) -> None:
        """Say one sentence that stays on the screen."""

    def work(self, title: str, *, total: int | None, unit: str) -> AbstractContextManager[Bar]:
        """Open a piece of work of ``total`` units (``None``: unknown)."""


class _SilentBar:
    def advance(self, n: int = 1, **figures: float | str) -> None:
        pass


class Silent:
    """Report to nobody: what the library does unless told otherwise."""

    def note(self, text: str) -> None:
        """Drop the sentence."""

    @contextmanager
    def work(self, title: str, *, total: int | None, unit: str) -> Iterator[Bar]:
        """Give a bar that nobody sees."""
        yield _SilentBar()
