"""A limit says what it is set on, which side of it is meant, and under which conditions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import luodi.tasks  # enters the heads whose metrics may be limited
from luodi.language import speak
from luodi.limits import COSTS, Limit, faults_of, make_limit, strangers

HEADS = ["intent", "情感", "v1.2-客户/渠道 "]


def test_faults_come_with_their_places():
    limits = {"a: b.macro_f1": {"at_least": "x"}, "latency_p95_ms": {}}
    with speak("en"):
        assert faults_of(limits) == [
            ("a: b.macro_f1.at_least", "'x' is no number"),
            ("latency_p95_ms", "give one of at_least and at_most"),
            ("latency_p95_ms", "a time means nothing without threads, batch"),
        ]


@pytest.mark.parametrize("metric", luodi.tasks.Classify.metrics)
def test_a_limit_may_speak_of_any_head_by_its_whole_name(metric):
    measured = dict.fromkeys(HEADS, luodi.tasks.Classify.metrics)
    names = [metric, *(f"{head}.{metric}" for head in HEADS)]
    assert strangers(names, heads=measured) == []
    for head in HEADS:
        others = {one: metrics for one, metrics in measured.items() if one != head}
        assert [name for name, _ in strangers(names, heads=others)] == [f"{head}.{metric}"]


def test_while_no_head_is_known_any_may_be_named():
    assert strangers(["intnt.macro_f1", "accuracy", *COSTS]) == []
    assert [name for name, _ in strangers(["intnt.macro_fi", "size_mb"])] == ["intnt.macro_fi", "size_mb"]


@given(limits=st.dictionaries(st.text(), st.none() | st.text() | st.dictionaries(st.text(), st.none() | st.floats())))
def test_whatever_stands_there_is_told_not_raised(limits):
    faults = faults_of(limits)
    assert {name for name, raw in limits.items() if not isinstance(raw, dict)} <= {place for place, _ in faults}
    assert all(sentence for _, sentence in faults)


def test_a_limit_is_kept_at_its_bound_and_by_no_number_that_is_none():
    limit = make_limit("size_mib", {"at_most": 20})
    assert limit == Limit(at_most=20)
    assert [limit.keeps(value) for value in (19.9, 20, 20.1, math.nan)] == [True, True, False, False]
    timed = make_limit("latency_p95_ms", {"at_most": 20, "threads": 2, "batch": 1})
    assert timed.conditions == {"device": "cpu", "threads": 2, "batch": 1}
