"""Draws progress on standard error: bars in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from luodi.progress import Bar

#: Elsewhere than in a terminal, one piece of work says a line this often at most.
_EVERY_S = 10.0
#: What figures are called; any other bears its own name.
_FIGURES = {"loss": "loss", "best": "best", "tokens_per_s": "tokens/s"}


class Screen:
    """Progress for people; shows nothing on standard output, ever."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a sentence; a bar under way moves down."""
        self._console.print(f"· {text}", markup=False)

    @contextmanager
    def work(self, title: str, *, total: int | None, unit: str) -> Iterator[Bar]:
        """Draw a bar while a block runs."""
        if not self._console.is_terminal:
            yield _Lines(title, total, unit)
            return
        from rich import progress

        columns = (
            progress.TextColumn("  {task.description}"), progress.BarColumn(24), progress.TaskProgressColumn(),
            progress.TextColumn("{task.fields[figures]}"), progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
        )  # fmt: skip
        with progress.Progress(*columns, console=self._console, transient=True) as bars:
            yield _Drawn(bars, bars.add_task(title, total=total, figures=""))


class _Drawn:
    def __init__(self, bars: Any, task: Any) -> None:
        self.bars, self.task = bars, task

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self.bars.update(self.task, advance=n, **({"figures": _in_line(figures)} if figures else {}))


class _Lines:
    def __init__(self, title: str, total: int | None, unit: str) -> None:
        self.title, self.total, self.unit = title, total, unit
        self.done, self.started = 0, time.monotonic()
        self.said = self.started

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self.done += n
        now = time.monotonic()
        if now - self.said < _EVERY_S:
            return
        self.said = now
        share, left = "", ""
        if self.total:
            part = min(1.0, self.done / self.total)
            share = f" {part:.0%}"
            clock = _clock((now - self.started) * (1 - part) / max(part, 1e-9))
            left = ", " + t("{clock} left", clock=clock)
        sys.stderr.write(f"  {self.title}{share} ({self.done:,} {self.unit}{left}) {_in_line(figures)}\n")


def _in_line(figures: dict[str, float | str]) -> str:
    return "  ".join(
        f"{_called(name)} {value:,.4g}" if isinstance(value, float) else f"{_called(name)} {value}"
        for name, value in figures.items()
    )


def _called(name: str) -> str:
    return t(_FIGURES[name]) if name in _FIGURES else name


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
