"""Two texts as one string: a pair goes wherever a text does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Stands between the two texts of a pair and in no text: the sign that was made to part units (U+001F).
BETWEEN = "\x1f"
_SHOWN = " ⇄ "


def pair(first: str, second: str) -> str:
    r"""Make one string of two texts.

    >>> pair("怎么退货", "如何\x1f退货").split(BETWEEN)
    ['怎么退货', '如何 退货']
    """
    return f"{first.replace(BETWEEN, ' ')}{BETWEEN}{second.replace(BETWEEN, ' ')}"


def halves(text: str) -> tuple[str, str]:
    """Give the two texts of a pair; a text that stands alone has nothing beside it.

    >>> halves(pair("a", "b")), halves("a")
    (('a', 'b'), ('a', ''))
    """
    first, _, second = text.partition(BETWEEN)
    return first, second


def is_pair(text: str) -> bool:
    """Tell a pair from a text that stands alone."""
    return BETWEEN in text


def each_half(change: Callable[[str], str], text: str) -> str:
    """Change a text; of a pair, each half on its own.

    >>> halves(each_half(str.upper, pair("a", "b")))
    ('A', 'B')
    """
    return BETWEEN.join(change(half) for half in text.split(BETWEEN))


def shown(text: str) -> str:
    """Write a text for people: a pair with arrows between its halves.

    >>> shown(pair("a", "b"))
    'a ⇄ b'
    """
    return text.replace(BETWEEN, _SHOWN)
