"""What is counted and timed, under the names that Prometheus' conventions ask for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from luodi import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from luodi.serve.plan import Depth
    from luodi.tasks import Prediction
    from luodi.tasks.task import Task

#: Labels of one head that are counted under their own names; the rest is ``other``.
MOST_LABELS = 200
OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
_TOKENS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16384, 65536)


class Meters:
    """Every figure of one service, in a registry of its own."""

    def __init__(self) -> None:
        client = runtime.need("prometheus_client", extra="serve")
        client.disable_created_metrics()
        self._client = client
        self.registry = client.CollectorRegistry()
        counter = partial(client.Counter, registry=self.registry)
        timed = partial(client.Histogram, registry=self.registry)
        self._requests = counter("luodi_requests", "Requests that were answered.", ["route", "method", "status"])
        self._seconds = timed("luodi_request_seconds", "From headers to answer.", ["route"], buckets=_SECONDS)
        self._texts = counter("luodi_texts", "Texts that were answered.", ["model", "tier"])
        self._abstained = counter("luodi_abstained", "Texts whose answer was withheld.", ["model"])
        self._answers = counter("luodi_answers", "Answers by label.", ["model", "head", "label"])
        self._failed = counter("luodi_texts_failed", "Texts that failed alone.", ["model"])
        self.corrections = counter("luodi_corrections", "Labels that were corrected.", ["model"])
        self.stored = counter("luodi_store_rows", "Rows by what became of them.", ["result"])
        self.store_seconds = timed("luodi_store_seconds", "Until a row was on disk.", buckets=_SECONDS)
        self._batch_texts = timed("luodi_batch_texts", "Texts in a batch.", ["model"], buckets=_TEXTS)
        self._batch_tokens = timed("luodi_batch_tokens", "Tokens in a batch.", ["model"], buckets=_TOKENS)
        self._queued = timed("luodi_queue_seconds", "How long texts waited.", ["model"], buckets=_SECONDS)
        self._engine = timed("luodi_engine_seconds", "How long a batch was computed.", ["model"], buckets=_SECONDS)
        self._about()
        self._kept: dict[tuple[Any, ...], Any] = {}

    def _about(self) -> None:
        """Tell what runs here, and how the process is."""
        built = self._client.Gauge(
            "luodi_build_info", "What runs here.", ["version", "onnxruntime"], registry=self.registry
        )
        engine = runtime.versions("onnxruntime").get("onnxruntime", "")
        built.labels(runtime.own_version(), engine).set(1)
        self._client.ProcessCollector(registry=self.registry)
        self._client.PlatformCollector(registry=self.registry)
        self._client.GCCollector(registry=self.registry)

    def answered(self, route: str, method: str, *, status: int, seconds: float) -> None:
        """Count a request; methods that nobody knows are counted as one."""
        self._child(self._requests, route, method if method in _METHODS else OTHER, str(status)).inc()
        self._child(self._seconds, route).observe(seconds)

    def predicted(self, model: str, answers: Sequence[Prediction | Exception], known: Task) -> None:
        """Count what a model answered.

        Args:
            model: its name.
            answers: for each text a prediction, or why it failed.
            known: the bundle's task, whose labels are counted under their own names.
        """
        for one in answers:
            if isinstance(one, Exception):
                self._child(self._failed, model).inc()
                continue
            self._child(self._texts, model, one.tier).inc()
            if one.abstained:
                self._child(self._abstained, model).inc()
            for head in known.heads:
                for label in counted(head, one.answers[head.name]):
                    self._child(self._answers, model, head.name, label).inc()

    def batch(self, model: str, n_texts: int, n_tokens: int, seconds: float, queued_s: float) -> None:
        """Count a batch: its texts and tokens, seconds that it was computed and that its first text waited."""
        self._child(self._batch_texts, model).observe(n_texts)
        self._child(self._batch_tokens, model).observe(n_tokens)
        self._child(self._engine, model).observe(seconds)
        self._child(self._queued, model).observe(queued_s)

    def watch(self, depths: Callable[[], Iterable[tuple[str, Depth]]]) -> None:
        """Show how deep the queues are, whenever somebody looks."""
        self.registry.register(_Depths(depths))

    def shown(self) -> bytes:
        """Write everything in Prometheus' text format."""
        written: bytes = self._client.generate_latest(self.registry)
        return written

    @property
    def kind(self) -> bytes:
        """The type of what ``shown`` gives."""
        return b"text/plain; version=0.0.4; charset=utf-8"

    def _child(self, family: Any, *labels: str) -> Any:
        """Give one line of a family; finding it by its labels anew each time costs more than counting."""
        key = (id(family), *labels)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = family.labels(*labels)
        return found


class _Depths:
    """Collects the depths of queues when the meters are read."""

    def __init__(self, depths: Callable[[], Iterable[tuple[str, Depth]]]) -> None:
        self._depths = depths

    def collect(self) -> Iterable[Any]:
        """Give one gauge for each figure, with a line for each model."""
        client = runtime.need("prometheus_client.core", extra="serve")
        gauge = client.GaugeMetricFamily
        texts = gauge("luodi_queue_texts", "Texts that wait.", labels=["model"])
        tokens = gauge("luodi_queue_tokens", "Tokens that wait.", labels=["model"])
        busy = gauge("luodi_busy_workers", "Workers that compute.", labels=["model"])
        for model, depth in self._depths():
            texts.add_metric([model], depth.n_texts)
            tokens.add_metric([model], depth.n_tokens)
            busy.add_metric([model], depth.busy_workers)
        return [texts, tokens, busy]


def counted(head: Any, answer: Any) -> list[str]:
    """Give the labels that an answer is counted under: those of a list that the bundle bears, and not too many.

    Numbers, and whether texts match on a scale, are not counted by label: there is no end to them.
    """
    known = getattr(head, "labels", None)
    if not known:
        return []
    said = answer.to_json()
    labels = [said["label"]] if isinstance(said, dict) else [one["label"] for one in said]
    shown = known[:MOST_LABELS]
    return [label if label in shown else OTHER for label in labels]
