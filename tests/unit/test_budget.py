"""A budget is refused whole when it means nothing, and held to the letter when it does."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import luodi.tasks  # noqa: F401 -- enters the heads whose metrics a budget may limit
from luodi.budget import Breach, Budget, HeadReport, Parity, Quantity, Report
from luodi.errors import RecipeError
from luodi.language import speak

LATENCY = {"at_most": 10, "threads": 1, "batch": 1}
CONDITIONS = {"device": "cpu", "threads": 1, "batch": 1, "n": 100}
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


def report(**changes):
    fields = {
        "conditions": CONDITIONS,
        "heads": {"情感": HeadReport({"macro_f1": Quantity(0.85, 0.8, 0.9), "accuracy": Quantity(0.9)})},
        "baseline": {"情感": {"macro_f1": Quantity(0.8)}},
        "costs": {"latency_p95_ms": Quantity(12.0, 11.0, 13.0), "size_mib": Quantity(19.5)},
        "parity": (Parity("tuned", "exported", 1e-6, 0, 100),),
    }
    return Report(**{**fields, **changes})


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"latency_p95_ms": {"at_most": 10}}, "a time means nothing without threads, batch"),
        ({"latency_p95_ms": {"at_most": 10, "threads": 1}}, "a time means nothing without batch"),
        ({"macro_f1": {}}, "give one of at_least and at_most"),
        ({"macro_f1": {"at_least": 0.1, "at_most": 0.9}}, "give one of at_least and at_most"),
        ({"macro_f1": {"at_least": "0.9"}}, "'0.9' is no number"),
        ({"macro_f1": {"at_least": True}}, "True is no number"),
        ({"macro_f1": {"at_least": math.nan}}, "nan is no number"),
        ({"macro_f1": 0.9}, "0.9 is no limit"),
        ({"macro_f1": {"at_least": math.inf}}, "inf is no number"),
        ({"size_mib": {"at_mots": 20}}, "budget.size_mib: give one of at_least and at_most"),
        ({"latency_p95_ms": {**LATENCY, "thread": 1}}, "did you mean 'threads'?"),
        ({"throughput_per_s": {"at_least": 20, "batch": 1}}, "budget.throughput_per_s.batch: not a field"),
        ({"latency_p95_ms": {**LATENCY, "threads": 0}}, "0 is no whole number above 0"),
        ({"latency_p95_ms": {**LATENCY, "batch": "8"}}, "'8' is no whole number above 0"),
        ({"latency_p95_ms": {**LATENCY, "device": "cuda"}}, "only the CPU is measured, not 'cuda'"),
        (
            {"latency_p50_ms": LATENCY, "latency_p95_ms": {**LATENCY, "batch": 8}},
            "budget.latency_p95_ms: times are measured under one set of conditions, "
            "and latency_p50_ms names threads 1, batch 1",
        ),
    ],
)
def test_what_means_nothing_is_refused(limits, sentence):
    with speak("en"), pytest.raises(RecipeError) as caught:
        Budget(**limits)
    assert sentence in str(caught.value)


def test_every_fault_is_told_at_once():
    with pytest.raises(RecipeError) as caught:
        Budget(macro_f1={}, size_mib={"at_most": "x"}, latency_p95_ms={"at_most": 1})
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("macro_fl", "did you mean 'macro_f1'"),
        ("size_mb", "did you mean 'size_mib'?"),
        ("weighted_f1", "nothing by this name is measured"),
        ("情感.micro_f1", "no head has this metric"),
        ("xx_error", "nothing by this name is measured"),
        ("intnt.macro_f1", "no label column is named 'intnt'; did you mean 'intent'?"),
    ],
)
def test_a_limit_on_what_nothing_measures_is_refused_before_anything_is_trained(name, sentence):
    heads = ["intent", "情感", "v1.2-客户/渠道 "]
    budget = Budget(**{name: {"at_least": 0.9}})
    with speak("en"), pytest.raises(RecipeError) as caught:
        budget.require({head: ("macro_f1", "accuracy") for head in heads})
    assert f"budget.{name}: " in str(caught.value)
    assert sentence in str(caught.value)


def test_a_budget_names_the_conditions_of_its_times():
    assert (Budget().threads, Budget().batch) == (1, 1)
    budget = Budget(size_mib={"at_most": 9}, latency_p95_ms={"at_most": 10, "threads": 2, "batch": 8})
    assert (budget.threads, budget.batch) == (2, 8)
    measured = report(conditions={**CONDITIONS, "threads": 2, "batch": 8})
    assert [breach.value for breach in budget.check(measured)] == [19.5, 12.0]


def test_what_was_not_measured_is_said_so():
    (breach,) = Budget(latency_p95_ms={**LATENCY, "batch": 8}).check(report())
    with speak("en"):
        assert str(breach) == "latency_p95_ms: promised at most 10 ms, not measured under these conditions"
    with speak("zh"):
        assert "nan" not in str(breach)


def test_a_kept_budget_has_no_breach():
    budget = Budget(macro_f1={"at_least": 0.85}, size_mib={"at_most": 19.5}, accuracy={"at_least": 0.5})
    assert budget.check(report()) == []


def test_a_breach_tells_limit_value_unit_and_interval():
    (breach,) = Budget(latency_p95_ms=LATENCY).check(report())
    assert breach == Breach("latency_p95_ms", 12.0, "ms", at_most=10, low=11.0, high=13.0)
    assert breach.distance == 2.0
    with speak("en"):
        assert str(breach) == "latency_p95_ms is 12 ms, promised at most 10: missed by 2"
    assert breach.to_json()["at_most"] == 10
    assert "at_least" not in breach.to_json()


def test_a_metric_without_a_head_is_asked_of_every_head():
    heads = {"a": HeadReport({"macro_f1": Quantity(0.95)}), "b.c": HeadReport({"macro_f1": Quantity(0.5)})}
    assert [b.limit for b in Budget(macro_f1={"at_least": 0.9}).check(report(heads=heads))] == ["b.c.macro_f1"]
    assert Budget(**{"a.macro_f1": {"at_least": 0.9}}).check(report(heads=heads)) == []
    assert len(Budget(**{"b.c.macro_f1": {"at_least": 0.9}}).check(report(heads=heads))) == 1


@pytest.mark.parametrize(
    "limits",
    [
        {"peak_memory_mib": {"at_most": 100}},
        {"weighted_f1": {"at_least": 0.1}},
        {"intent.macro_f1": {"at_least": 0.1}},
        {"latency_p95_ms": {"at_most": 100, "threads": 2, "batch": 1}},
        {"latency_p95_ms": {"at_most": 100, "threads": 1, "batch": 8}},
    ],
)
def test_what_was_not_measured_under_its_conditions_is_a_breach(limits):
    (breach,) = Budget(**limits).check(report())
    assert math.isnan(breach.value)


def test_a_value_that_is_no_number_keeps_no_limit():
    heads = {"h": HeadReport({"macro_f1": Quantity(math.nan)})}
    assert len(Budget(macro_f1={"at_least": 0.0}).check(report(heads=heads))) == 1
    assert len(Budget(macro_f1={"at_most": 1.0}).check(report(heads=heads))) == 1


@given(value=numbers, bound=numbers)
def test_the_two_sides_of_a_limit_meet_at_its_value(value, bound):
    measured = report(costs={"size_mib": Quantity(value)})
    above = Budget(size_mib={"at_least": bound}).check(measured)
    below = Budget(size_mib={"at_most": bound}).check(measured)
    assert bool(above) == (value < bound)
    assert bool(below) == (value > bound)
    assert all(breach.distance > 0 for breach in above + below)


def test_a_report_survives_json():
    written = json.loads(json.dumps(report().to_json()))
    assert Report.from_json(written) == report()
    assert written["size_mib"] == 19.5
    assert written["latency_p95_ms"] == {"value": 12.0, "low": 11.0, "high": 13.0}
    assert written["parity"] == [{"from": "tuned", "to": "exported", "max_abs_diff": 1e-6, "label_flips": 0, "n": 100}]


def test_a_budget_survives_json():
    budget = Budget(macro_f1={"at_least": 0.9}, latency_p95_ms=LATENCY)
    assert Budget(**budget.to_json()) == budget
    assert budget.to_json()["latency_p95_ms"] == {**LATENCY, "device": "cpu"}
    assert hash(Budget(**dict(reversed(budget.to_json().items())))) == hash(budget)
    assert Budget(**{"self": {"at_least": 1}}).to_json() == {"self": {"at_least": 1}}
    assert budget
    assert not Budget()
