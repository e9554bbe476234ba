"""What the cells of a label column hold: one label, several, spans, a number, or whether two texts match."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from luodi.data.text import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence

#: One label; a list of labels; spans of the text, each with a label; a number; how well the two texts of a pair fit.
KINDS = ONE, SEVERAL, SPANS, NUMBER, LIKENESS = ("one", "several", "spans", "number", "likeness")
#: What may stand between labels in a cell; the first that is met divides it.
SEPARATORS = ";|；、，,"
_LOOKED_AT = 200


def kind_of(cells: Sequence[str | None]) -> str:
    """Tell what a column holds by its first cells; numbers count as labels, for most often they are.

    >>> kind_of(["a", None]), kind_of(['["a","b"]', "[]"]), kind_of(['[[0, 2, "name"]]', "[]"])
    ('one', 'several', 'spans')
    """
    full: list[list[Any]] = []
    for cell in cells:
        if cell is None or cell == "[]":  # an empty list may be of anything
            continue
        found = json_list(cell)
        if found is None:
            return ONE
        full += [found] if found else []
        if len(full) == _LOOKED_AT:
            break
    if not full:
        return ONE
    if all(isinstance(item, str) for one in full for item in one):
        return SEVERAL
    return SPANS if all(is_span(item) for one in full for item in one) else ONE


def json_list(cell: str) -> list[Any] | None:
    """Read a cell that holds a list as JSON; None where it holds something else."""
    if not cell.startswith("["):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return [_sound(item) for item in found] if isinstance(found, list) else None


def _sound(item: Any) -> Any:
    """Give what came out of JSON without half characters: an escape may have named one."""
    if isinstance(item, str):
        return encodable(item)
    if isinstance(item, list):
        return [_sound(one) for one in item]
    return {key: _sound(one) for key, one in item.items()} if isinstance(item, dict) else item


def labels_in(cell: str) -> tuple[str, ...]:
    """Read the labels in a cell: a JSON list, or labels with a separator between them.

    >>> labels_in('["a", "b"]'), labels_in("服务；味道"), labels_in("[]"), labels_in("a, b")
    (('a', 'b'), ('服务', '味道'), (), ('a', 'b'))
    """
    found = json_list(cell)
    if found is not None:
        return tuple(dict.fromkeys(str(item).strip() for item in found if str(item).strip()))
    sign = next((sign for sign in SEPARATORS if sign in cell), None)
    items = cell.split(sign) if sign else [cell]
    return tuple(dict.fromkeys(item.strip() for item in items if item.strip()))


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a finite number.

    >>> is_number("3.5"), is_number("1e999"), is_number("n/a")
    (True, False, False)
    """
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def is_span(item: Any) -> bool:
    """Tell a span: ``[start, end, label]``, or an object with these names."""
    if isinstance(item, dict):
        item = [item.get("start"), item.get("end"), item.get("label")]
    if not isinstance(item, list) or len(item) != 3:
        return False
    start, end, label = item
    return type(start) is int and type(end) is int and 0 <= start < end and isinstance(label, str) and label != ""
