"""Measuring, with a clock that the test holds in its hand."""

import json
import subprocess
import sys

import pytest

from luodi.budget import Budget, HeadReport, Quantity, Report
from luodi.data import Dataset
from luodi.errors import DataError
from luodi.limits import COSTS
from luodi.tasks import rate
from luodi.verify import measure

HEAD = "情感"


@pytest.fixture
def measured(finder, task, toy_data):
    return measure(finder, toy_data, task=task, clock=finder.clock)


def test_answers_are_in_the_order_of_the_rows(measured, make_finder, toy_data):
    assert len(measured.predictions) == len(toy_data)
    expected = make_finder().predict(toy_data.texts)
    assert [one.label for one in measured.predictions] == [one.label for one in expected]


def test_quality_is_what_the_head_says(measured, task, toy_data):
    answers = [one.answers[HEAD] for one in measured.predictions]
    assert measured.heads[HEAD] == rate(task[HEAD], toy_data, answers)
    assert 0 < measured.heads[HEAD].metrics["accuracy"].value < 1


def test_latencies_are_those_of_the_clock(measured):
    """Nine calls in ten take 1 ms, the tenth 11: the median is 1, the 95th percentile 11."""
    assert measured.costs["latency_p50_ms"].value == pytest.approx(1)
    assert measured.costs["latency_p95_ms"].value == pytest.approx(11)
    assert measured.conditions["calls"] == 240


def test_throughput_is_that_of_the_clock(measured):
    q = measured.costs["throughput_per_s"]
    assert q.low <= q.value <= q.high
    assert q.value == pytest.approx(1000, rel=0.1)


def test_a_slow_predictor_is_not_asked_for_ever(make_finder, task, toy_data):
    class Slow(make_finder):
        def predict(self, texts):
            self.clock.now += 1.0 * len(texts)
            return super().predict(texts)

    slow = Slow()
    found = measure(slow, toy_data, task=task, clock=slow.clock)
    assert found.conditions["calls"] <= 32
    assert found.costs["latency_p50_ms"].value == pytest.approx(1001, rel=0.01)


def test_batches_are_of_the_size_that_the_conditions_name(make_finder, task, toy_data):
    sizes = []

    class Counting(make_finder):
        def predict(self, texts):
            sizes.append(len(texts))
            return super().predict(texts)

    counting = Counting()
    found = measure(counting, toy_data, task=task, batch=4, threads=2, clock=counting.clock)
    assert (found.conditions["batch"], found.conditions["threads"], found.conditions["n"]) == (4, 2, len(toy_data))
    assert sizes.count(4) >= found.conditions["calls"]
    assert 1 not in sizes


def test_latency_is_taken_without_the_other_workers(make_finder, task, toy_data):
    """Batches of several texts would otherwise be spread over workers, and ``threads`` would be too few."""
    crowd, loner = make_finder(), make_finder()
    crowd.workers, crowd.alone = 2, lambda: loner
    loner.clock = crowd.clock
    found = measure(crowd, toy_data, task=task, batch=8, clock=crowd.clock)
    assert loner.n_calls == found.conditions["calls"] + 20
    assert found.conditions["workers"] == 2
    assert found.costs["latency_p50_ms"].value == pytest.approx(8)


def test_a_budget_finds_everything_that_it_may_limit(measured):
    costs = {**measured.costs, "size_mib": Quantity(3.0)}
    report = Report(measured.conditions, measured.heads, costs=costs)
    assert set(costs) == set(COSTS)
    limits = {"device": "cpu", "threads": 1, "batch": 1}
    budget = Budget(
        macro_f1={"at_least": 0.0}, latency_p95_ms={"at_most": 99, **limits},
        throughput_per_s={"at_least": 1}, peak_memory_mib={"at_most": 1e6}, size_mib={"at_most": 4},
    )  # fmt: skip
    assert budget.check(report) == []


def test_all_but_the_answers_are_plain_values(measured):
    raw = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    assert HeadReport.from_json(raw["heads"][HEAD]) == measured.heads[HEAD]
    assert set(raw["conditions"]) >= {"device", "cpu", "threads", "batch", "n", "versions"}
    assert len(raw["evidence"]["latencies_ms"]) == 201
    assert raw["evidence"]["latencies_ms"] == sorted(raw["evidence"]["latencies_ms"])


def test_one_row_is_enough(finder, task):
    found = measure(finder, Dataset.of(["好"], {HEAD: ["正面"]}), task=task, clock=finder.clock)
    assert found.heads[HEAD].metrics["accuracy"].value == 1


def test_rows_without_labels_are_timed_all_the_same(finder, task):
    found = measure(finder, Dataset.of(["好", "差"], {HEAD: [None, None]}), task=task, clock=finder.clock)
    assert found.costs["latency_p50_ms"].value > 0
    assert found.evidence["heads"][HEAD]["mistakes"] == []


def test_no_rows_are_said_so(finder, task):
    with pytest.raises(DataError):
        measure(finder, Dataset.of([], {HEAD: []}), task=task, clock=finder.clock)


def test_measuring_loads_nothing_that_a_service_lacks():
    heavy = ("torch", "transformers", "sklearn", "pyarrow", "matplotlib", "jinja2")
    code = f"import sys, luodi.verify; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
