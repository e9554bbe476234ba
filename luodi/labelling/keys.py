"""Which key gives which label: digits first, then letters; what is beyond them is searched for."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Keys that do something else: ``u`` takes back, ``s`` passes over (as ``0`` does where no label wants it).
TAKEN = frozenset("us")
_ORDER = "123456789" + "".join(letter for letter in string.ascii_lowercase if letter not in TAKEN)
_DIGITS = frozenset(string.digits)


def assign(labels: Sequence[str]) -> dict[str, str]:
    """Give labels their keys, key -> label, in the order of the labels.

    Labels that are digits themselves (ratings) have their own. Where there are more labels than keys none has one:
    nobody remembers so many, and letters are wanted for the search.

    >>> assign(["neg", "pos"])
    {'1': 'neg', '2': 'pos'}
    >>> assign(["0", "1"])
    {'0': '0', '1': '1'}
    >>> len(assign([f"intent {n}" for n in range(77)]))
    0
    """
    if len(labels) > len(_ORDER):
        return {}
    if set(labels) <= _DIGITS:
        return {label: label for label in labels}
    return dict(zip(_ORDER, labels, strict=False))


def in_order(labels: Iterable[str]) -> list[str]:
    """Sort labels as people do: numbers in them by their size, large and small letters alike.

    >>> in_order(["b", "10 days", "2 days"])
    ['2 days', '10 days', 'b']
    """
    return sorted(
        set(labels), key=lambda label: [_part(part) for part in re.split(r"([0-9]+)", label) if part] + [(2, 0, label)]
    )


def _part(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part[0] in _DIGITS else (1, 0, part.casefold())
