"""A long list in portions that a service takes: so many texts, so many bytes, or fewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Portion:
    """Some of a list, as JSON.

    Args:
        start: the place of the first.
        items: texts, or pairs as lists of two.
        raw: a JSON list of them.
    """

    start: int
    items: tuple[Any, ...]
    raw: str

    def halves(self) -> tuple[Portion, Portion]:
        """Divide it; it holds two items at least."""
        middle = len(self.items) // 2
        return _portion(self.start, self.items[:middle]), _portion(self.start + middle, self.items[middle:])


def portions(items: Sequence[Any], *, texts: int, n_bytes: int) -> Iterator[Portion]:
    """Divide a list; an item that is longer than a portion may be goes alone.

    Args:
        items: texts, or pairs as lists of two.
        texts: items of a portion at most.
        n_bytes: of its JSON at most.

    >>> [one.raw for one in portions(["a", "b", "c"], texts=2, n_bytes=100)]
    ['["a", "b"]', '["c"]']
    """
    start, weight = 0, 0
    for place, item in enumerate(items):
        one = len(write_json(item).encode()) + 2
        if place > start and (place - start == texts or weight + one > n_bytes):
            yield _portion(start, tuple(items[start:place]))
            start, weight = place, 0
        weight += one
    if start < len(items):
        yield _portion(start, tuple(items[start:]))


def _portion(start: int, items: tuple[Any, ...]) -> Portion:
    return Portion(start, items, write_json(list(items)))
