"""The summary says of each time how it was taken."""

from pathlib import Path

import pytest
from rich.console import Console

from luodi.budget import Quantity, Report
from luodi.cli.summary import show
from luodi.job import Built
from luodi.language import speak


@pytest.mark.parametrize(
    ("threads", "workers", "said"),
    [
        (1, 2, "latency: 1 thread, batch 8; throughput: 2 workers of 1 thread"),
        (4, 1, "latency: 4 threads, batch 8; throughput: 1 worker of 4 threads"),
    ],
)
def test_throughput_has_its_own_words(threads, workers, said):
    conditions = {"cpu": "a CPU", "threads": threads, "batch": 8, "n": 1200, "workers": workers}
    report = Report(conditions, costs={"throughput_per_s": Quantity(1234.0, 1200.0, 1300.0)})
    console = Console(record=True, width=200)
    with console.capture() as capture, speak("en"):
        show(console, Built(Path("a.luodi"), report, (), {"comparisons": {}}, (), ()))
    assert f"conditions: a CPU, 1,200 test rows; {said}\n" in capture.get()
