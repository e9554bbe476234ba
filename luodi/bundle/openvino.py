"""OpenVINO behind the calls of an onnxruntime session."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.runtime import n_cores, need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Port:
    """An input or output: its name, and its dimensions, of which free ones are texts."""

    name: str
    shape: list[int | str]


class OpenVino:
    """A compiled model, safe to call from several threads: each has its own request, computed at the same time.

    It computes in fp32 what is not integer, as onnxruntime does; in 16 bits it would be faster on some processors and
    answer otherwise there.

    Args:
        raw: bytes of an ONNX file that was checked before.
        threads: that one batch is computed with.

    Raises:
        MissingExtra: openvino is not installed.
    """

    def __init__(self, raw: bytes, *, threads: int) -> None:
        engine = need("openvino", extra="openvino")
        core = engine.Core()
        streams = max(1, n_cores() // threads)
        settings = {
            "INFERENCE_NUM_THREADS": streams * threads, "NUM_STREAMS": streams, "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "f32",
        }  # fmt: skip
        self._model = core.compile_model(core.read_model(io.BytesIO(raw)), "CPU", settings)
        self._own = threading.local()

    def get_inputs(self) -> list[Port]:
        """Give the inputs."""
        return [_port(one) for one in self._model.inputs]

    def get_outputs(self) -> list[Port]:
        """Give the outputs."""
        return [_port(one) for one in self._model.outputs]

    def run(self, names: Sequence[str] | None, feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Compute some outputs, or all, from the inputs."""
        if not hasattr(self._own, "request"):
            self._own.request = self._model.create_infer_request()
        made = self._own.request.infer(dict(feed), share_inputs=True)
        return [made[name].copy() for name in names or [one.any_name for one in self._model.outputs]]


def _port(one: Any) -> Port:
    shape = [int(size.get_length()) if size.is_static else "free" for size in one.get_partial_shape()]
    return Port(str(one.any_name), shape)
