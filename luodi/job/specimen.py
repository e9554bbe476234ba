"""Makes an ONNX file of an encoder with random weights: what a model of that shape costs, without having one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.runtime import need

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """How large an encoder is: layers, width, width of the feed-forward part, heads of attention, pieces it knows."""

    layers: int
    hidden: int = 384
    feed_forward: int = 1536
    heads: int = 12
    pieces: int = 8192


def specimen(shape: Shape, *, seed: int = 0) -> bytes:
    """Make a BERT encoder with mean pooling and one head of two outputs, in fp32, as ``export`` would write it.

    Inputs ``input_ids`` and ``attention_mask``, (B, T); output ``logits_0``, (B, 2).
    """
    onnx = need("onnx", extra="train")
    helper, types = onnx.helper, onnx.TensorProto
    made = _Graph(np.random.default_rng(seed))
    hidden = made.normed("embedded", made.node("Gather", made.weight("table", shape.pieces, shape.hidden), "input_ids"),
                         shape.hidden)  # fmt: skip
    seen = made.node("Cast", "attention_mask", to=types.FLOAT)
    away = made.node("Mul", made.node("Sub", seen, made.constant("one", np.float32(1))),
                     made.constant("far", np.float32(1e9)))  # fmt: skip
    away = made.node("Unsqueeze", away, made.constant("over_heads", np.array([1, 2])))
    for layer in range(shape.layers):
        hidden = _layer(made, hidden, away, shape, name=f"layer.{layer}")
    pooled = made.node("ReduceMean", hidden, made.constant("tokens", np.array([1])), keepdims=0)
    made.nodes.append(helper.make_node("Gemm", [pooled, made.weight("head", shape.hidden, 2)], ["logits_0"]))
    graph = helper.make_graph(
        made.nodes, "specimen",
        [helper.make_tensor_value_info(name, types.INT64, ["texts", "tokens"])
         for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("logits_0", types.FLOAT, ["texts", 2])],
        made.constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    raw: bytes = model.SerializeToString(deterministic=True)
    return raw


class _Graph:
    """Nodes and constants of a graph that grows from its inputs on."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._rng = rng
        self._known: set[str] = set()

    def node(self, kind: str, *inputs: str, name: str = "", **fields: Any) -> str:
        """Add a node and give the name of its output."""
        out = f"v{len(self.nodes)}"
        self.nodes.append(need("onnx.helper", extra="train").make_node(kind, inputs, [out], name=name, **fields))
        return out

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        if name not in self._known:
            self._known.add(name)
            self.constants.append(need("onnx.numpy_helper", extra="train").from_array(np.asarray(value), name))
        return name

    def weight(self, name: str, rows: int, columns: int) -> str:
        drawn = self._rng.standard_normal((rows, columns), dtype=np.float32)
        return self.constant(name, drawn / np.float32(np.sqrt(rows)))

    def linear(self, name: str, source: str, rows: int, columns: int) -> str:
        product = self.node("MatMul", source, self.weight(name, rows, columns), name=f"{name}/product")
        return self.node("Add", product, self.constant(f"{name}.bias", np.zeros(columns, np.float32)))

    def normed(self, name: str, source: str, width: int) -> str:
        scale = self.constant(f"{name}.scale", np.ones(width, np.float32))
        return self.node("LayerNormalization", source, scale,
                         self.constant(f"{name}.shift", np.zeros(width, np.float32)), axis=-1)  # fmt: skip


def _layer(made: _Graph, hidden: str, away: str, shape: Shape, *, name: str) -> str:
    """Add self-attention and the feed-forward part: (B, T, H) -> (B, T, H)."""
    width, each = shape.hidden, shape.hidden // shape.heads
    apart = made.constant("apart", np.array([0, 0, shape.heads, each]))
    query, key, value = (
        made.node("Transpose", made.node("Reshape", made.linear(f"{name}.{part}", hidden, width, width), apart),
                  perm=[0, 2, 3, 1] if part == "key" else [0, 2, 1, 3])
        for part in ("query", "key", "value")
    )  # fmt: skip
    scores = made.node("Mul", made.node("MatMul", query, key), made.constant("scale", np.float32(each**-0.5)))
    shares = made.node("Softmax", made.node("Add", scores, away), axis=-1)
    mixed = made.node("Transpose", made.node("MatMul", shares, value), perm=[0, 2, 1, 3])
    mixed = made.node("Reshape", mixed, made.constant("joined", np.array([0, 0, width])))
    hidden = made.normed(f"{name}.a", made.node("Add", hidden, made.linear(f"{name}.out", mixed, width, width)), width)
    wide = made.node("Gelu", made.linear(f"{name}.up", hidden, width, shape.feed_forward))
    narrow = made.linear(f"{name}.down", wide, shape.feed_forward, width)
    return made.normed(f"{name}.f", made.node("Add", hidden, narrow), width)
