"""Turns a model into one ONNX file and holds its answers against the model's own."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle.engine import open_session
from luodi.errors import ModelError
from luodi.language import t
from luodi.runtime import need

if TYPE_CHECKING:
    from luodi.models.model import Model, Network

#: Operator set of the exported file; onnxruntime knows it since 1.17.
OPSET = 20
#: How far logits of the file may lie from the model's, both in fp32: sums in another order, no more.
TOLERANCE = 1e-4
_SHAPES = ((1, 1), (1, 7), (3, 16), (2, 5))


def export(model: Model) -> bytes:
    """Write a model as an fp32 ONNX file, and check it at several shapes.

    Inputs ``input_ids`` and ``attention_mask``, int64, (B, T) for any B and any T up to ``max_tokens``; outputs
    ``logits_0`` ... float32, (B, n_outputs), one for each head in the task's order. No weights lie outside of the
    file, and the same model gives the same bytes.

    Raises:
        ModelError: the architecture cannot be exported, is too large for one file, or answers otherwise as a file.
        MissingExtra: torch or onnx is not installed.
    """
    torch = need("torch", extra="train")
    need("onnxscript", extra="train")
    onnx = need("onnx", extra="train")
    from luodi.models.quiet import quiet

    network = _plain_copy(model.network)
    try:
        with quiet(), torch.no_grad():
            graph = _trace(network, n_heads=len(model.task.heads)).model_proto
    except (torch.onnx.errors.OnnxExporterError, torch._dynamo.exc.TorchDynamoException) as failed:
        raise ModelError(
            t("this kind of model cannot be exported to ONNX: {kind}", kind=type(network.encoder).__name__),
            found=str(failed).strip().splitlines()[0][:200],
            fix=t("name another model; `luodi models` lists some"),
        ) from failed
    _tidy(graph)
    if graph.ByteSize() >= onnx.checker.MAXIMUM_PROTOBUF:
        raise ModelError(
            t("the model is too large for one ONNX file"),
            found=t("{mib:,.0f} MiB, 2,048 are the most", mib=graph.ByteSize() / 2**20),
            fix=t("take a smaller model, or cut its vocabulary with the stage trim_vocab"),
        )
    raw: bytes = graph.SerializeToString(deterministic=True)
    _check_answers(network, raw, longest=model.max_tokens)
    return raw


def _plain_copy(network: Network) -> Network:
    """Copy a network to the CPU in fp32, with attention written out: its graph is the shorter one and as exact."""
    plain = copy.deepcopy(network).float().cpu().eval()
    plain.encoder.set_attn_implementation("eager")
    return plain


def _trace(network: Network, *, n_heads: int) -> Any:
    import torch
    from torch import nn

    class Ordered(nn.Module):
        """Gives the heads' logits as a tuple, in the task's order."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            logits = self.network(input_ids, attention_mask)
            return tuple(logits[str(place)] for place in range(n_heads))

    ids, mask = (torch.from_numpy(array) for array in _sample(network, rows=2, tokens=9))
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    return torch.onnx.export(
        Ordered().eval(),
        (ids, mask),
        dynamo=True,
        opset_version=OPSET,
        input_names=["input_ids", "attention_mask"],
        output_names=[f"logits_{place}" for place in range(n_heads)],
        dynamic_shapes={"input_ids": free, "attention_mask": free},
        verbose=False,
    )


def _sample(network: Network, *, rows: int, tokens: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Draw ids (B, T) and a mask whose last row is half padding where there is room."""
    n_pieces = int(network.encoder.config.vocab_size)
    ids = np.random.default_rng(rows * 1000 + tokens).integers(min(3, n_pieces - 1), n_pieces, (rows, tokens))
    mask = np.ones_like(ids)
    if rows > 1:
        mask[-1, (tokens + 1) // 2 :] = 0
    return ids, mask


def _tidy(graph: Any) -> None:
    """Drop what only debuggers read: it holds paths and line numbers of this machine, and makes bytes differ."""
    graph.producer_name, graph.producer_version, graph.doc_string = "luodi", "", ""
    del graph.metadata_props[:]
    inner = graph.graph
    inner.name, inner.doc_string = "model", ""
    del inner.metadata_props[:], inner.value_info[:]
    used = {node.domain for node in inner.node}
    for place in reversed(range(len(graph.opset_import))):
        if graph.opset_import[place].domain not in used | {""}:
            del graph.opset_import[place]
    del graph.functions[:]
    for node in inner.node:
        node.name = _layer_of(node) + node.name
    for part in (*inner.node, *inner.initializer, *inner.input, *inner.output):
        part.doc_string = ""
        del part.metadata_props[:]


def _layer_of(node: Any) -> str:
    """Name the layer that a product belongs to, for those who say later which were kept in fp32; nothing for others."""
    written = next((row.value for row in node.metadata_props if row.key == "pkg.torch.onnx.name_scopes"), "[]")
    scopes: list[str] = ast.literal_eval(written)
    if node.op_type != "MatMul" or len(scopes) < 2 or not scopes[-2]:
        return ""
    return f"{scopes[-2].removeprefix('network.').removeprefix('encoder.')}/"


def _check_answers(network: Network, raw: bytes, *, longest: int) -> None:
    """Hold the file's logits against the network's at several shapes.

    Raises:
        ModelError: they lie further apart than sums in another order can.
    """
    import torch

    session = open_session(raw)
    for rows, tokens in (*_SHAPES, (2, longest)):
        ids, mask = _sample(network, rows=rows, tokens=min(tokens, longest))
        with torch.no_grad():
            logits = network(torch.from_numpy(ids), torch.from_numpy(mask))
        answers = session.run(None, {"input_ids": ids, "attention_mask": mask})
        for place, answered in enumerate(answers):
            apart = float(np.abs(answered - logits[str(place)].numpy()).max())
            if not apart <= TOLERANCE * max(1.0, float(np.abs(answered).max())):
                raise ModelError(
                    t("the exported file answers otherwise than the model"),
                    found=t(
                        "logits {apart:.2g} apart at {rows} x {tokens} tokens", apart=apart, rows=rows, tokens=tokens
                    ),
                    fix=t("report this with the model's name; until then name another model"),
                )
