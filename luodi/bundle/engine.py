"""Opens an engine on a file's bytes: which ones there are, and how each is set for texts of every length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from luodi import runtime
from luodi.language import t
from luodi.runtime import has_vnni, need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The names of engines, as a manifest bears them. All open the same file; the first can open every one.
Engine = Literal["onnxruntime", "openvino"]


def open_session(raw: bytes, *, threads: int = 1, engine: str = "onnxruntime") -> Any:
    """Open an engine on the bytes of an ONNX file that was checked before.

    Args:
        raw: the file.
        threads: that one batch is computed with.
        engine: its name; one that cannot be used here is replaced by onnxruntime, see ``usable``.

    Raises:
        MissingExtra: onnxruntime is not installed.
    """
    return _OPENERS[engine if engine in usable() else "onnxruntime"](raw, threads)


def usable() -> list[str]:
    """Name the engines that can be used here.

    OpenVINO has no exact way to add 8-bit products up where there is no VNNI, and would answer otherwise than the
    report says; it is not used there.
    """
    there = [name for name in get_args(Engine) if name == "onnxruntime" or runtime.has(name)]
    return there if has_vnni() else there[:1]


def replaced(engine: str) -> str:
    """Say in a sentence why an engine is replaced by onnxruntime here; nothing where it is not."""
    if engine in usable():
        return ""
    if runtime.has(engine):
        return t("{engine} is not exact on this processor: onnxruntime answers in its place", engine=engine)
    return t(
        '{engine} is not installed: onnxruntime answers in its place, more slowly (pip install "luodi[{engine}]")',
        engine=engine,
    )


def _open_onnxruntime(raw: bytes, threads: int) -> Any:
    """Open onnxruntime.

    Its threads do not spin (waiting ones would take the core from other processes), and it keeps no plan of memory
    for each shape, as shapes of texts seldom come back. Where the processor has no VNNI it is told to add integer
    products up without saturating: a bundle made elsewhere then gives the same answers here, if slower. (Elsewhere
    that would cost most of the speed of int8, for nothing.)
    """
    engine = need("onnxruntime", extra="serve")
    options = engine.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not has_vnni():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return engine.InferenceSession(raw, options, providers=["CPUExecutionProvider"])


def _open_openvino(raw: bytes, threads: int) -> Any:
    from luodi.bundle.openvino import OpenVino

    return OpenVino(raw, threads=threads)


_OPENERS: Mapping[str, Callable[[bytes, int], Any]] = {"onnxruntime": _open_onnxruntime, "openvino": _open_openvino}
