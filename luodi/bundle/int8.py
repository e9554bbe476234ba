"""Writes the weights of an exported model in 8 bits, in three ways; which one ships is decided by measuring."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: Steps on each side of zero. Processors without VNNI add two products up in 16 bits: 2 x 255 x 63 fits; with 8 bits
#: the sum saturates there, unless the engine is told to use its slower exact way (``engine.open_session`` does).
#: Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "reduce_range".
SEVEN_BITS, EIGHT_BITS = 63, 127
#: Smaller tables are not worth it.
_LEAST_NUMBERS = 1 << 14
_ONE, _ZERO_POINT, _STEP, _TINY, _LAST = "q_one", "q_zero_point", "q_step", "q_tiny", "q_last"


def to_int8(fp32: bytes) -> bytes:
    """Compute matrix products in integers: weights of 8 bits by column, activations of 8 bits by token.

    Each token's vector has its own scale, found while running, so an answer does not depend on the other texts of its
    batch, and one outlying token does not coarsen the rest. Embedding rows have 8 bits each; the heads stay fp32.
    """
    return _rewrite(fp32, partial(_by_token, levels=EIGHT_BITS))


def to_int8_7bit(fp32: bytes) -> bytes:
    """Do as ``to_int8`` with weights of 7 bits: coarser, and faster where there is no VNNI."""
    return _rewrite(fp32, partial(_by_token, levels=SEVEN_BITS))


def to_int8_weights(fp32: bytes) -> bytes:
    """Keep weights in 8 bits on the disk only; the engine unpacks them when it opens, and computes in fp32."""
    return _rewrite(fp32, _unpacked_product)


def _rewrite(fp32: bytes, product: Callable[[Any, _Weights, set[str]], list[Any]]) -> bytes:
    """Replace every embedding look-up and every product with a constant matrix in a graph."""
    onnx = need("onnx", extra="train")
    model = onnx.load_model_from_string(fp32)
    graph = model.graph
    weights = _Weights({one.name: one for one in graph.initializer})
    quantized: set[str] = set()
    nodes = []
    for node in graph.node:
        if node.op_type == "Gather" and weights.has_matrix(node.input[0]):
            nodes += _embedding(node, weights)
        elif node.op_type == "MatMul" and weights.has_matrix(node.input[1]):
            nodes += product(node, weights, quantized)
        else:
            nodes.append(node)
    _replace(graph.node, nodes)
    used = {name for node in nodes for name in node.input}
    _replace(graph.initializer, [one for one in (*graph.initializer, *weights.added) if one.name in used])
    if not any(opset.domain == "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    raw: bytes = model.SerializeToString(deterministic=True)
    return raw


class _Weights:
    """The constants of a graph, and those that take their places."""

    def __init__(self, constants: dict[str, Any]) -> None:
        self.constants = constants
        self.added: list[Any] = []
        self._packed: dict[tuple[str, int], tuple[str, str]] = {}
        ones = {_ONE: np.float32(1), _ZERO_POINT: np.uint8(128), _STEP: np.float32(1 / 127), _TINY: np.float32(1e-12)}
        for name, value in {**ones, _LAST: np.array([-1], np.int64)}.items():
            self._add(name, np.asarray(value))

    def has_matrix(self, name: str) -> bool:
        """Tell whether a name is a constant fp32 matrix that is worth packing."""
        one = self.constants.get(name)
        return (
            one is not None
            and one.data_type == 1
            and len(one.dims) == 2
            and one.dims[0] * one.dims[1] >= _LEAST_NUMBERS
        )

    def pack(self, name: str, *, axis: int, levels: int) -> tuple[str, str]:
        """Give the names of a matrix in int8 and of its scales, one for each slice left when ``axis`` is gone."""
        key = (name, axis)
        if key not in self._packed:
            matrix = need("onnx.numpy_helper", extra="train").to_array(self.constants[name])
            scale = np.maximum(np.abs(matrix).max(axis=axis, keepdims=True), 1e-12) / levels
            packed, scales = f"{name}_int{axis}", f"{name}_scale{axis}"
            self._add(packed, np.round(matrix / scale).astype(np.int8))
            self._add(scales, scale.astype(np.float32) if axis == 1 else scale[0].astype(np.float32))
            self._packed[key] = (packed, scales)
        return self._packed[key]

    def _add(self, name: str, value: NDArray[Any]) -> None:
        self.added.append(need("onnx.numpy_helper", extra="train").from_array(value, name))


def _embedding(node: Any, weights: _Weights) -> list[Any]:
    """Look rows up in int8, and their scales: (V, H) int8, (V, 1) fp32."""
    packed, scales = weights.pack(node.input[0], axis=1, levels=EIGHT_BITS)
    out = node.output[0]
    return [
        _node("Gather", [packed, node.input[1]], f"{out}_rows", axis=0),
        _node("Cast", [f"{out}_rows"], f"{out}_cast", to=1),
        _node("Gather", [scales, node.input[1]], f"{out}_scales", axis=0),
        _node("Mul", [f"{out}_cast", f"{out}_scales"], out),
    ]


def _unpacked_product(node: Any, weights: _Weights, _: set[str]) -> list[Any]:
    """Unpack the matrix with operators of constants alone: engines compute those once, when they open."""
    packed, scales = weights.pack(node.input[1], axis=0, levels=EIGHT_BITS)
    out = node.output[0]
    return [
        _node("Cast", [packed], f"{out}_cast", to=1),
        _node("Mul", [f"{out}_cast", scales], f"{out}_matrix"),
        _node("MatMul", [node.input[0], f"{out}_matrix"], out),
    ]


def _by_token(node: Any, weights: _Weights, quantized: set[str], *, levels: int) -> list[Any]:
    """Bring each token's vector to the range of a byte, multiply in integers, scale back.

    x W = s * ((x / s) W) with s = max |x| / 127 of the token, (..., 1); x / s rounds to a byte with its zero at 128.
    """
    packed, scales = weights.pack(node.input[1], axis=0, levels=levels)
    source, out = node.input[0], node.output[0]
    nodes = []
    if source not in quantized:
        quantized.add(source)
        nodes = [
            _node("Abs", [source], f"{source}_abs"),
            _node("ReduceMax", [f"{source}_abs", _LAST], f"{source}_most", keepdims=1),
            _node("Max", [f"{source}_most", _TINY], f"{source}_range"),
            _node("Mul", [f"{source}_range", _STEP], f"{source}_step"),
            _node("Div", [source, f"{source}_step"], f"{source}_even"),
            _node("QuantizeLinear", [f"{source}_even", _ONE, _ZERO_POINT], f"{source}_byte"),
        ]
    return [
        *nodes,
        _node(
            "MatMulIntegerToFloat",
            [f"{source}_byte", packed, _ONE, scales, _ZERO_POINT],
            f"{out}_even",
            domain="com.microsoft",
        ),
        _node("Mul", [f"{out}_even", f"{source}_step"], out),
    ]


def _node(kind: str, inputs: list[str], output: str, **fields: Any) -> Any:
    return need("onnx.helper", extra="train").make_node(kind, inputs, [output], **fields)


def _replace(field: Any, rows: list[Any]) -> None:
    kept = list(rows)
    del field[:]
    field.extend(kept)
