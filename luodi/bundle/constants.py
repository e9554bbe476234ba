"""The constants of a graph that is being written anew, and those that take their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.runtime import need

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luodi.bundle.ranges import Ranges

#: Smaller tables are not worth it.
_LEAST_NUMBERS = 1 << 14


class Constants:
    """What is constant in a graph, by name.

    Args:
        graph: as it was exported.
        ranges: of what goes into each product; empty where no form asks for them.

    Attributes:
        ranges: as given.
        prepared: names of values that were brought to bytes already: products may share what goes into them.
        largest_table: name of the largest matrix that rows are looked up in; empty where there is none.
    """

    def __init__(self, graph: Any, *, ranges: Ranges) -> None:
        self.ranges = ranges
        self.prepared: set[str] = set()
        self._found = {one.name: one for one in graph.initializer}
        self._added: dict[str, Any] = {}
        tables = [node.input[0] for node in graph.node if node.op_type == "Gather" and self.has_matrix(node.input[0])]
        self.largest_table = max(tables, key=self._size, default="")

    def has_matrix(self, name: str) -> bool:
        """Tell whether a name is a constant fp32 matrix that is worth packing."""
        one = self._found.get(name)
        return one is not None and one.data_type == 1 and len(one.dims) == 2 and self._size(name) >= _LEAST_NUMBERS

    @property
    def names(self) -> frozenset[str]:
        """Names of the constants that were put in."""
        return frozenset(self._added)

    def matrix(self, name: str) -> NDArray[np.float32]:
        """Give the numbers of a constant."""
        found: NDArray[np.float32] = need("onnx.numpy_helper", extra="train").to_array(self._found[name])
        return found

    def add(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """Put a constant in, once for each name, and give the name."""
        if name not in self._added:
            made = need("onnx.numpy_helper", extra="train").from_array(np.asarray(value), name)
            self._added[name] = made
        return name

    def pack(self, name: str, *, axis: int, levels: int) -> tuple[str, str]:
        """Give the names of a matrix in int8 and of its scales, one for each slice left when ``axis`` is gone.

        Scales are (columns,) for axis 0 and (rows, 1) for axis 1.
        """
        packed, scales = f"{name}_int{axis}", f"{name}_scale{axis}"
        if packed not in self._added:
            matrix = self.matrix(name)
            scale = (np.maximum(np.abs(matrix).max(axis=axis, keepdims=True), 1e-12) / levels).astype(np.float32)
            self.add(packed, np.round(matrix / scale).clip(-levels, levels).astype(np.int8))
            self.add(scales, scale if axis == 1 else scale[0])
        return packed, scales

    def put_into(self, graph: Any) -> None:
        """Leave in a graph the constants that its nodes use, new ones among them."""
        used = {name for node in graph.node for name in node.input} | {one.name for one in graph.output}
        replace_all(graph.initializer, [one for one in (*graph.initializer, *self._added.values()) if one.name in used])

    def _size(self, name: str) -> int:
        dims = self._found[name].dims
        return int(dims[0]) * int(dims[1])


def make_node(kind: str, inputs: list[str], output: str, **fields: Any) -> Any:
    """Make a node of one output."""
    return need("onnx.helper", extra="train").make_node(kind, inputs, [output], **fields)


def replace_all(field: Any, rows: list[Any]) -> None:
    """Put rows in the place of all that a repeated field holds."""
    kept = list(rows)
    del field[:]
    field.extend(kept)
