"""Writes tables of vectors in 8 bits by row or in 4 bits by block; only the rows that a text asks for are unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle.constants import make_node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from luodi.bundle.constants import Constants

    LookUp = Callable[[Any, Constants], list[Any]]

_EIGHT_BITS = 127
#: Neighbouring numbers that share a scale, at most; fewer where this does not divide a row, and not in 4 bits at all
#: where scales would weigh as much as what they save.
_BLOCK, _LEAST_BLOCK = 32, 8
#: Steps of 4 bits below and above zero.
_LOW, _HIGH = -8, 7


def _as_it_is(node: Any, _: Constants) -> list[Any]:
    return [node]


def _rows(node: Any, constants: Constants) -> list[Any]:
    """Look rows up in int8, and their scales: (V, H) int8, (V, 1) fp32."""
    packed, scales = constants.pack(node.input[0], axis=1, levels=_EIGHT_BITS)
    ids, out = node.input[1], node.output[0]
    return [
        make_node("Gather", [packed, ids], f"{out}_rows", axis=0),
        make_node("Cast", [f"{out}_rows"], f"{out}_cast", to=1),
        make_node("Gather", [scales, ids], f"{out}_scales", axis=0),
        make_node("Mul", [f"{out}_cast", f"{out}_scales"], out),
    ]


def _blocks(node: Any, constants: Constants) -> list[Any]:
    """Keep the largest table in 4 bits, (V, H / 2) bytes and (V, H / block) scales in fp16; smaller ones in 8 bits.

    Byte j of a row holds number j in its low half and number j + H / 2 in its high half. Only standard operators are
    used, and every step but the last product is exact: the answer is the same in every engine. (No shift of bits:
    OpenVINO 2026.4 rounds there.)
    """
    table, ids, out = node.input[0], node.input[1], node.output[0]
    width = constants.matrix(table).shape[1]
    block = block_of(width)
    if table != constants.largest_table or block is None:
        return _rows(node, constants)
    packed, scales = f"{table}_int4", f"{table}_scale4"
    if packed not in constants.names:
        steps, scale = in_blocks(constants.matrix(table), block=block)
        low, high = np.split((steps - _LOW).astype(np.uint8), 2, axis=1)
        constants.add(packed, low | (high << 4))
        constants.add(scales, scale)
    low_half, high_half = constants.add("q_low_half", np.uint8(15)), constants.add("q_high_half", np.uint8(240))
    down = constants.add("q_sixteenth", np.float32(1 / 16))
    middle, last = constants.add("q_middle", np.float32(-_LOW)), constants.add("q_last", np.array([-1], np.int64))
    blocked = constants.add(f"{out}_blocked", np.array([0, 0, width // block, block], np.int64))
    flat = constants.add(f"{out}_flat", np.array([0, 0, width], np.int64))
    return [
        make_node("Gather", [packed, ids], f"{out}_rows", axis=0),
        make_node("BitwiseAnd", [f"{out}_rows", low_half], f"{out}_low"),
        make_node("BitwiseAnd", [f"{out}_rows", high_half], f"{out}_high"),
        make_node("Cast", [f"{out}_low"], f"{out}_low_cast", to=1),
        make_node("Cast", [f"{out}_high"], f"{out}_high_cast", to=1),
        make_node("Mul", [f"{out}_high_cast", down], f"{out}_high_down"),
        make_node("Concat", [f"{out}_low_cast", f"{out}_high_down"], f"{out}_cast", axis=-1),
        make_node("Sub", [f"{out}_cast", middle], f"{out}_steps"),
        make_node("Reshape", [f"{out}_steps", blocked], f"{out}_in_blocks"),
        make_node("Gather", [scales, ids], f"{out}_half_scales", axis=0),
        make_node("Cast", [f"{out}_half_scales"], f"{out}_scales", to=1),
        make_node("Unsqueeze", [f"{out}_scales", last], f"{out}_by_block"),
        make_node("Mul", [f"{out}_in_blocks", f"{out}_by_block"], f"{out}_scaled"),
        make_node("Reshape", [f"{out}_scaled", flat], out),
    ]


def block_of(width: int) -> int | None:
    """Give how many numbers of a row share a scale; None where a row cannot be divided well.

    >>> block_of(384), block_of(312), block_of(127)
    (32, 26, None)
    """
    block = max(n for n in range(1, _BLOCK + 1) if width % n == 0)
    return block if block >= _LEAST_BLOCK and width % 2 == 0 else None


def in_blocks(matrix: NDArray[np.float32], *, block: int) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Bring a table to steps of 4 bits: by block the scale, of four, whose squared error is the smallest.

    Tried are the largest number at 7 steps, at 8 steps on its own side of zero, and both somewhat smaller, which cuts
    the largest and is finer for the rest. A table that came from 8 steps a side is given back as it was.

    Args:
        matrix: (V, H).
        block: numbers that share a scale; a divisor of H.

    Returns:
        Steps from -8 to 7, (V, H), and their scales, (V, H / block).

    Source: small blocks: Dettmers and Zettlemoyer 2022, arXiv:2212.09720; the scale of either sign: Q4_0 of ggml.
    """
    blocks = matrix.reshape(len(matrix), -1, block)  # (V, H) -> (V, N, block)
    place = np.abs(blocks).argmax(axis=2, keepdims=True)
    most = np.take_along_axis(blocks, place, axis=2)  # (V, N, 1), with its sign
    best = np.full(most.shape, np.inf, np.float32)
    steps, scales = np.zeros(blocks.shape, np.int8), np.zeros(most.shape, np.float16)
    for scale in (most / _HIGH, most / _LOW, 0.92 * most / _HIGH, 0.92 * most / _LOW):
        half = scale.astype(np.float16)
        divisor = np.where(half == 0, 1, half).astype(np.float32)
        tried = np.round(blocks / divisor).clip(_LOW, _HIGH)
        error = ((tried * half.astype(np.float32) - blocks) ** 2).sum(axis=2, keepdims=True)
        is_better = error < best
        best = np.where(is_better, error, best)
        steps, scales = np.where(is_better, tried.astype(np.int8), steps), np.where(is_better, half, scales)
    return steps.reshape(matrix.shape), scales[..., 0]


#: How a table of vectors is kept: name -> the nodes that look rows up.
EMBEDDINGS: Mapping[str, LookUp] = {"fp32": _as_it_is, "int8": _rows, "int4": _blocks}
