"""Finds the layers that a coarser form hurts, so that they can be kept in fp32 until nothing is lost."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from luodi.bundle.form import Form


def guilty(products: Sequence[str], error: Callable[[Sequence[str]], float]) -> Iterator[str]:
    """Name products, those first that change the answers most when they alone are written in the form.

    Groups are halved, the one with the largest error first: a few bad ones among n are found in few forward passes,
    two for each halving, instead of n.

    Args:
        products: in the order in which they are computed.
        error: how far answers move when some products are written in the form and all others in fp32.

    >>> bad = {"c": 9.0, "f": 4.0}
    >>> list(islice(guilty("abcdefgh", lambda some: sum(bad.get(one, 0.1) for one in some)), 2))
    ['c', 'f']

    Source: Gluska and Grobman 2020, arXiv:2012.08420: the loss is mostly that of a few layers, found by writing each
    alone; the halving is ours.
    """
    heap = [(-error(products), 0, list(products))] if products else []
    made = 0
    while heap:
        _, _, group = heapq.heappop(heap)
        if len(group) == 1:
            yield group[0]
            continue
        middle = len(group) // 2
        for half in (group[:middle], group[middle:]):
            made += 1
            heapq.heappush(heap, (-error(half), made, half))


def back_off(form: Form, *, worst_first: Iterator[str], most: int, holds: Callable[[Form], bool]) -> Form | None:
    """Keep as few products as will do in fp32: twice as many at each step until the bound holds, then halved back.

    Args:
        form: that does not hold.
        worst_first: products, the guiltiest first; taken as far as they are needed.
        most: products that may be kept.
        holds: whether a form loses nothing.

    Returns:
        The form with the products that it keeps; None where so many would not do.
    """
    known: list[str] = []

    def keeping(n: int) -> Form:
        known.extend(islice(worst_first, n - len(known)) if n > len(known) else ())
        return replace(form, kept=frozenset(known[:n]))

    fails, enough = 0, min(1, most)
    while enough and not holds(keeping(enough)):
        if enough == most:
            return None
        fails, enough = enough, min(2 * enough, most)
    while enough - fails > 1:
        middle = (fails + enough) // 2
        fails, enough = (fails, middle) if holds(keeping(middle)) else (middle, enough)
    return keeping(enough) if enough else None
