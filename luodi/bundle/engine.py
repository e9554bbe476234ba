"""Opens onnxruntime on a file's bytes, set for one thread a session and for texts of every length."""

from __future__ import annotations

from typing import Any

from luodi.runtime import has_vnni, need


def open_session(raw: bytes, *, threads: int = 1) -> Any:
    """Open an engine on the bytes of an ONNX file that was checked before.

    Its threads do not spin (waiting ones would take the core from other processes), and it keeps no plan of memory
    for each shape, as shapes of texts seldom come back. Where the processor has no VNNI it is told to add integer
    products up without saturating: a bundle made elsewhere then gives the same answers here, if slower. (Elsewhere
    that would cost most of the speed of int8, for nothing.)

    Raises:
        MissingExtra: onnxruntime is not installed.
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
