"""Measures a predictor on rows that it has never seen: how right, how sure, how fast, how large."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.budget import HeadReport, Quantity
from luodi.errors import DataError
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.verify.evidence import assess
from luodi.verify.memory import peak_memory_mib
from luodi.verify.quantile import quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.data import Dataset
    from luodi.tasks import Prediction, Predictor, Task

#: Calls before the clock counts.
_WARM_UP = 20
#: Calls that are timed at most, and the seconds that they may take.
_MOST_CALLS, _MOST_SECONDS = 1000, 30.0
_CHUNK = 1024
#: Rounds behind the throughput: the least and the most of six hold the true median between them, 97 % sure.
_ROUNDS = 6
#: Seconds that the rounds may take together, and texts that each has at least, so that batches fill up.
_ROUNDS_SECONDS, _LEAST_TEXTS = 20.0, 256
#: Packages whose versions decide what was measured.
_PACKAGES = ("luodi", "numpy", "onnxruntime", "openvino", "tokenizers", "torch")


@dataclass(frozen=True)
class Measured:
    """What was found of a predictor on n rows.

    Args:
        heads: quality of each head.
        costs: latency, throughput and memory by the names of ``limits.COSTS``.
        conditions: device, cpu, n, versions; threads and batch of the latency; workers, of as many threads each, of
            the throughput.
        evidence: for each head what the report draws: confusions, reliability, the worst mistakes; and the latencies.
        predictions: the answers, in the order of the rows.
    """

    heads: Mapping[str, HeadReport]
    costs: Mapping[str, Quantity]
    conditions: Mapping[str, Any]
    evidence: Mapping[str, Any]
    predictions: Sequence[Prediction]

    def to_json(self) -> dict[str, Any]:
        """Give everything but the predictions as plain values."""
        return {
            "heads": {name: head.to_json() for name, head in self.heads.items()},
            "costs": {name: q.to_json() for name, q in self.costs.items()},
            "conditions": dict(self.conditions),
            "evidence": dict(self.evidence),
        }


def measure(
    predictor: Predictor,
    data: Dataset,
    *,
    task: Task,
    threads: int = 1,
    batch: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress | None = None,
) -> Measured:
    """Answer every row, score the answers, and time the predictor.

    Args:
        predictor: ready to answer, computing one batch with ``threads`` threads. If it computes several at the same
            time, latencies are taken on what its ``alone()`` gives, which does not.
        data: n labelled rows.
        task: the heads.
        threads: that the predictor was opened with; noted in the conditions.
        batch: texts in a call whose latency is taken.
        clock: seconds that only go up.
        progress: who is told.

    Raises:
        DataError: there are no rows.
    """
    if len(data) == 0:
        raise DataError(t("there are no rows to measure on"))
    progress = progress or Silent()
    predictions, seconds = _answer(predictor, data.texts, clock=clock, progress=progress)
    alone: Predictor = predictor.alone() if hasattr(predictor, "alone") else predictor
    latencies_ms = _latencies(alone, data.texts, batch=batch, clock=clock, progress=progress)
    throughput = _throughput(predictor, data.texts, seconds=seconds, clock=clock)
    assessed = {head.name: assess(head, data, predictions) for head in task.heads}
    costs = {
        "latency_p50_ms": quantile(latencies_ms, 0.50),
        "latency_p95_ms": quantile(latencies_ms, 0.95),
        "throughput_per_s": throughput,
        "peak_memory_mib": Quantity(peak_memory_mib()),
    }
    conditions = {
        "device": "cpu", "cpu": runtime.cpu_name(), "threads": threads, "batch": batch, "n": len(data),
        "workers": getattr(predictor, "workers", 1), "calls": len(latencies_ms),
        "versions": runtime.versions(*_PACKAGES),
    }  # fmt: skip
    evidence = {
        "heads": {name: drawn for name, (_, drawn) in assessed.items()},
        "latencies_ms": [round(float(one), 4) for one in np.quantile(latencies_ms, np.linspace(0, 1, 201))],
    }
    return Measured({name: scores for name, (scores, _) in assessed.items()}, costs, conditions, evidence, predictions)


def _answer(
    predictor: Predictor, texts: Sequence[str], *, clock: Callable[[], float], progress: Progress
) -> tuple[list[Prediction], float]:
    """Answer all texts, in order: predictions, seconds."""
    predictions: list[Prediction] = []
    predictor.predict(texts[:_WARM_UP])
    with progress.work(t("answering the test rows"), total=len(texts), unit=t("texts")) as bar:
        start = clock()
        for first in range(0, len(texts), _CHUNK):
            predictions += predictor.predict(texts[first : first + _CHUNK])
            bar.advance(len(texts[first : first + _CHUNK]))
    return predictions, clock() - start


def _throughput(predictor: Predictor, texts: Sequence[str], *, seconds: float, clock: Callable[[], float]) -> Quantity:
    """Time rounds over texts taken evenly from all, as many as the seconds allow: texts/s, the median of six rounds."""
    fitting = int(len(texts) * _ROUNDS_SECONDS / (_ROUNDS * max(seconds, 1e-9)))
    n = min(len(texts), max(_LEAST_TEXTS, fitting))
    drawn = [texts[row] for row in np.random.default_rng(0).permutation(len(texts))[:n]]
    rates = []
    for _ in range(_ROUNDS):
        start = clock()
        for first in range(0, n, _CHUNK):
            predictor.predict(drawn[first : first + _CHUNK])
        rates.append(n / max(clock() - start, 1e-9))
    return Quantity(float(np.median(rates)), min(rates), max(rates))


def _latencies(
    predictor: Predictor, texts: Sequence[str], *, batch: int, clock: Callable[[], float], progress: Progress
) -> list[float]:
    """Time calls of ``batch`` texts, one after the other, in ms; texts are taken evenly from all."""
    n_calls = min(_MOST_CALLS, max(200, len(texts) // batch))
    order = np.random.default_rng(0).permutation(len(texts))
    places = (order[np.arange(call * batch, (call + 1) * batch) % len(order)] for call in range(-_WARM_UP, n_calls))
    calls = ([texts[row] for row in rows] for rows in places)
    for call in islice(calls, _WARM_UP):
        predictor.predict(call)
    taken: list[float] = []
    began = clock()
    with progress.work(t("timing single answers"), total=n_calls, unit=t("calls")) as bar:
        for call in calls:
            start = clock()
            predictor.predict(call)
            taken.append(1000 * (clock() - start))
            bar.advance()
            if clock() - began > _MOST_SECONDS:
                break
    return taken
