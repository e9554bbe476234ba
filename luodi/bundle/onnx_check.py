"""Checks an ONNX file before an engine opens it: one file that refers to no other, of known operators."""

from __future__ import annotations

from luodi.bundle.bundle import printable
from luodi.bundle.wire import LENGTH, VARINT, walk
from luodi.errors import BundleError
from luodi.language import t

#: Fields that lead from one message of onnx.proto to another, by number; all else holds nothing that can refer.
#: Source: onnx/onnx.proto of onnx 1.21.
_INNER = {
    "model": {7: "graph", 8: "opset"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
#: Fields that no bundle needs: functions and training graphs of a model.
_REFUSED = {"model": {20: "training_info", 25: "functions"}}
_TEXTS = {"opset": {1: "domain"}, "node": {4: "op_type", 7: "domain"}}
_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
#: Operators that may run for ever.
_ENDLESS = frozenset({"Loop", "Scan"})
#: Operators of onnxruntime's own that a text encoder may use; others there can open files or call out.
_CONTRIBUTED = frozenset(
    [
        "Attention",
        "BiasGelu",
        "DynamicQuantizeMatMul",
        "EmbedLayerNormalization",
        "FastGelu",
        "FusedMatMul",
        "Gelu",
        "GatherBlockQuantized",
        "MatMulIntegerToFloat",
        "MatMulNBits",
        "MultiHeadAttention",
        "QAttention",
        "QuickGelu",
        "SkipLayerNormalization",
    ]
)
_MOST_DEPTH = 16
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def check_onnx(raw: bytes, *, place: str) -> None:
    """Refuse a model that keeps weights in other files or uses operators that are not known to be harmless.

    Covers references and endless loops; a graph of allowed operators can still ask for much memory.

    Raises:
        BundleError: it is no ONNX file, or not a harmless one.
    """
    try:
        graphs = _check(memoryview(raw), kind="model", depth=0)
    except (ValueError, UnicodeDecodeError) as failed:
        raise BundleError(
            t("bundle: {place}: model.onnx is not a model that may be opened", place=place),
            found=printable(str(failed)),
            fix=t("take bundles only from where they were built, or build it anew"),
        ) from failed
    if graphs == 0:
        raise BundleError(
            t("bundle: {place}: model.onnx is not a model that may be opened", place=place),
            found=t("no graph in it"),
            fix=t("take bundles only from where they were built, or build it anew"),
        )


def _check(raw: memoryview, *, kind: str, depth: int) -> int:
    """Walk one message and those inside; give the number of graphs found."""
    if depth > _MOST_DEPTH:
        raise ValueError(t("graphs within graphs"))
    inner, texts, refused = _INNER.get(kind, {}), _TEXTS.get(kind, {}), _REFUSED.get(kind, {})
    said = {"domain": "", "op_type": ""}
    graphs = int(kind == "graph")
    for number, wire, value in walk(raw):
        if number in refused:
            raise ValueError(refused[number])
        if kind == "tensor":
            _check_tensor_field(number, wire, value)
        elif number in inner or number in texts:
            if wire != LENGTH or not isinstance(value, memoryview):
                raise ValueError(f"field {number} of a {kind} is no message")
            if number in inner:
                graphs += _check(value, kind=inner[number], depth=depth + 1)
            else:
                said[texts[number]] = bytes(value[:200]).decode("utf-8")
    if kind in ("node", "opset"):
        _check_operator(said["domain"], said["op_type"])
    return graphs


def _check_tensor_field(number: int, wire: int, value: int | memoryview) -> None:
    """Refuse a tensor whose numbers lie elsewhere."""
    if number == _EXTERNAL_DATA:
        raise ValueError(t("weights in another file (external data)"))
    if number == _DATA_LOCATION and (wire != VARINT or value != 0):
        raise ValueError(t("weights in another file (external data)"))


def _check_operator(domain: str, op_type: str) -> None:
    if domain not in _DOMAINS:
        raise ValueError(t("operators of {domain!r}, which is not known", domain=domain))
    if op_type in _ENDLESS or (domain == "com.microsoft" and op_type and op_type not in _CONTRIBUTED):
        raise ValueError(t("the operator {name!r}, which is not allowed", name=op_type))
