"""Finds in which range the numbers lie that go into each product of a model, on texts of its own kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle.engine import open_session
from luodi.data.batches import pad, token_batches
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    #: What goes into a product -> lowest and highest number that get a step of their own; zero lies between.
    Ranges = Mapping[str, tuple[float, float]]

_BATCH_TOKENS = 256
#: Numbers of a batch that are kept to choose the range by: whole vectors of tokens drawn evenly.
_KEPT = 1 << 15
#: Shares of the whole range that are tried.
_SHARES = np.linspace(0.3, 1.0, 15)
_STEPS = 255


def observe(fp32: bytes, ids: Sequence[NDArray[np.int32]], *, sources: Sequence[str], pad_id: int) -> Ranges:
    """Run texts through an exported model and find the range of what goes into each product.

    What stands at padding does not count. The range is not that from the lowest to the highest: one outlying number
    would leave few steps for the rest; it is the share of it whose squared error of rounding and cutting is the
    smallest.

    Args:
        fp32: the file that ``export`` made.
        ids: of some texts, (T,) each.
        sources: names of what goes into products, (B, T, C) or (B, C).
        pad_id: fills the batches up.
    """
    sources = list(dict.fromkeys(sources))
    if not sources:
        return {}
    session = open_session(_with_outputs(fp32, sources))
    seen: dict[str, list[NDArray[np.float32]]] = {source: [] for source in sources}
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    for batch in token_batches(lengths, max_tokens=_BATCH_TOKENS):
        padded, mask = pad([ids[row] for row in batch], pad_id=pad_id)
        made = session.run(sources, {"input_ids": padded, "attention_mask": mask})
        for source, values in zip(sources, made, strict=True):
            of_tokens = values.ndim == 3 and values.shape[:2] == mask.shape
            seen[source].append(_sample(values[mask.astype(bool)] if of_tokens else values))
    return {source: clipped(np.concatenate(parts)) for source, parts in seen.items() if parts}


def clipped(values: NDArray[np.float32]) -> tuple[float, float]:
    """Choose the range for numbers that are rounded to 255 steps: the share of the whole one with the least error.

    >>> low, high = clipped(np.array([*np.linspace(-1, 1, 9999), 1.0], np.float32))
    >>> round(low, 1), round(high, 1)
    (-1.0, 1.0)
    """
    lowest, highest = min(0.0, float(values.min())), max(0.0, float(values.max()))
    errors = []
    for share in _SHARES:
        low, high = share * lowest, share * highest
        step = max(high - low, 1e-9) / _STEPS
        zero = np.round(-low / step)
        back = (np.clip(np.round(values / step) + zero, 0, _STEPS) - zero) * step
        errors.append(float(np.square(back - values, dtype=np.float64).sum()))
    best = _SHARES[int(np.argmin(errors))]
    return float(best * lowest), float(best * highest)


def _sample(values: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = values.reshape(-1, values.shape[-1])
    return rows[:: max(1, rows.size // _KEPT)].ravel().astype(np.float32)


def _with_outputs(fp32: bytes, names: Sequence[str]) -> bytes:
    onnx = need("onnx", extra="train")
    model = onnx.load_model_from_string(fp32)
    made: list[Any] = [onnx.helper.make_tensor_value_info(name, 1, None) for name in names]
    model.graph.output.extend(made)
    raw: bytes = model.SerializeToString()
    return raw
