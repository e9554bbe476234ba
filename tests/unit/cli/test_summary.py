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


def test_the_trials_stand_in_one_table():
    trials = (
        {"number": 1, "fields": {"stages.finetune.epochs": 2}, "state": "done", "score": 0.5, "seconds": 3.0, "why": "",
         "chosen": True, "gain": None},
        {"number": 2, "fields": {"stages.finetune.epochs": "[red]"}, "state": "failed", "score": None, "seconds": 3.0,
         "why": "it [b]diverged", "chosen": False, "gain": None},
    )  # fmt: skip
    conditions = {"cpu": "a CPU", "threads": 1, "batch": 1, "n": 12, "workers": 1}
    dossier = {"comparisons": {}, "trials": list(trials), "data": {"rows": {"validation": 9}}}
    console = Console(record=True, width=200)
    with console.capture() as capture, speak("en"):
        show(console, Built(Path("a.luodi"), Report(conditions), (), dossier, (), (), trials))
    lines = [" ".join(line.split()) for line in capture.get().splitlines()]
    start = lines.index("trial epochs validation time result")
    assert lines[start + 1 : start + 3] == ["1 2 0.5000 3.0 s built", "2 [red] – 3.0 s failed: it [b]diverged"]
    assert lines[start + 3].startswith("None of the 2 trials did better on the 9 validation rows")
