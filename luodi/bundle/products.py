"""Writes a product with a constant matrix in 8 bits, in several ways; which one ships is decided by measuring."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle.constants import make_node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from luodi.bundle.constants import Constants

    Writer = Callable[[Any, Constants], list[Any]]

#: Steps on each side of zero. Processors without VNNI add two products up in 16 bits: 2 x 255 x 63 fits; with 8 bits
#: the sum saturates there, unless the engine is told to use its slower exact way (``engine.open_session`` does).
#: Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "reduce_range".
SEVEN_BITS, EIGHT_BITS = 63, 127
#: A byte has so many steps, and zero stands at the middle one where a range is even.
_STEPS, _MIDDLE = 255, 128


def product_name(node: Any) -> str:
    """Name a product: by the layer that it belongs to, where the export said so."""
    return str(node.name).partition("/")[0] or str(node.output[0])


def _as_it_is(node: Any, _: Constants) -> list[Any]:
    return [node]


def _unpacked(node: Any, constants: Constants) -> list[Any]:
    """Keep weights in 8 bits on the disk only: operators of constants alone are computed once, when an engine opens."""
    packed, scales = constants.pack(node.input[1], axis=0, levels=EIGHT_BITS)
    out = node.output[0]
    return [
        make_node("Cast", [packed], f"{out}_cast", to=1),
        make_node("Mul", [f"{out}_cast", scales], f"{out}_matrix"),
        make_node("MatMul", [node.input[0], f"{out}_matrix"], out, name=node.name),
    ]


def _by_token(node: Any, constants: Constants, *, levels: int) -> list[Any]:
    """Bring each token's vector to the range of a byte, multiply in integers, scale back.

    x W = s * ((x / s) W) with s = max |x| / 127 of the token, (..., 1); x / s rounds to a byte with its zero at 128.
    Each token's scale is found while running, so an answer does not depend on the other texts of its batch, and one
    outlying token does not coarsen the rest.
    """
    packed, scales = constants.pack(node.input[1], axis=0, levels=levels)
    source, out = node.input[0], node.output[0]
    one, middle = constants.add("q_one", np.float32(1)), constants.add("q_zero_point", np.uint8(_MIDDLE))
    nodes = []
    if source not in constants.prepared:
        constants.prepared.add(source)
        last, tiny = constants.add("q_last", np.array([-1], np.int64)), constants.add("q_tiny", np.float32(1e-12))
        step = constants.add("q_step", np.float32(1 / EIGHT_BITS))
        nodes = [
            make_node("Abs", [source], f"{source}_abs"),
            make_node("ReduceMax", [f"{source}_abs", last], f"{source}_most", keepdims=1),
            make_node("Max", [f"{source}_most", tiny], f"{source}_range"),
            make_node("Mul", [f"{source}_range", step], f"{source}_step"),
            make_node("Div", [source, f"{source}_step"], f"{source}_even"),
            make_node("QuantizeLinear", [f"{source}_even", one, middle], f"{source}_byte"),
        ]
    product = [f"{source}_byte", packed, one, scales, middle]
    return [
        *nodes,
        make_node("MatMulIntegerToFloat", product, f"{out}_even", name=node.name, domain="com.microsoft"),
        make_node("Mul", [f"{out}_even", f"{source}_step"], out),
    ]


def _by_range(node: Any, constants: Constants, *, levels: int) -> list[Any]:
    """Bring what goes in to a byte by a scale that was found before, and multiply in integers.

    Written with standard operators, which engines join into one product of integers. Nothing is looked for while
    running, which is faster; what lies outside of the range is cut.
    """
    packed, scales = constants.pack(node.input[1], axis=0, levels=levels)
    source, out = node.input[0], node.output[0]
    step, zero = f"{source}_step", f"{source}_zero"
    nodes = []
    if source not in constants.prepared:
        constants.prepared.add(source)
        low, high = constants.ranges[source]
        width = max(high - low, 1e-9) / _STEPS
        constants.add(step, np.float32(width))
        constants.add(zero, np.uint8(np.clip(np.round(-low / width), 0, _STEPS)))
        nodes = [
            make_node("QuantizeLinear", [source, step, zero], f"{source}_byte"),
            make_node("DequantizeLinear", [f"{source}_byte", step, zero], f"{source}_even"),
        ]
    middle = constants.add(f"{out}_zero", np.zeros(constants.matrix(node.input[1]).shape[1], np.int8))
    return [
        *nodes,
        make_node("DequantizeLinear", [packed, scales, middle], f"{out}_matrix", axis=1),
        make_node("MatMul", [f"{source}_even", f"{out}_matrix"], out, name=node.name),
    ]


#: How a product is written: name -> the nodes that take its place.
PRODUCTS: Mapping[str, Writer] = {
    "fp32": _as_it_is,
    "int8": partial(_by_token, levels=EIGHT_BITS),
    "int8-7bit": partial(_by_token, levels=SEVEN_BITS),
    "int8-static": partial(_by_range, levels=EIGHT_BITS),
    "int8-static-7bit": partial(_by_range, levels=SEVEN_BITS),
    "int8-weights": _unpacked,
}
