"""Takes YAML apart: plain values on one side, the lines where they stood on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain(node: Any) -> Any:
    """Strip YAML's own types off: what is left is dict, list and plain values."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def lines_of(node: Any, place: str = "") -> dict[str, int]:
    """Map every dotted place to its line in the file, where YAML remembers it."""
    found: dict[str, int] = {}
    where = getattr(node, "lc", None)
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        at = f"{place}.{key}" if place else str(key)
        if where is not None and where.data and key in where.data:
            found[at] = where.data[key][0] + 1
        found.update(lines_of(value, at))
    return found


def line_of(lines: Mapping[str, int], at: str) -> int:
    """Give the line of a place or of the nearest block around it; 0 where none is known."""
    while at and at not in lines:
        at = at.rpartition(".")[0]
    return lines.get(at, 0)
