"""The candidates of a ladder on the page: one picture, one table, each candidate told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.report import render
from luodi.report.ladder import _labels, _Spot, ladder_columns, ladder_picture, ladder_rows
from luodi.report.strokes import Frame


def _candidate(name, *, ms, score, gain=None, **fields):
    beside = {}
    if gain is not None:
        q = {"value": gain, "low": gain - 0.01, "high": gain + 0.01}
        beside = {"情感": {"n": 40, "metric": "macro_f1", "macro_f1_difference": q}}
    report = {"heads": {"情感": {"macro_f1": {"value": score}}}, "latency_p50_ms": {"value": ms},
              "throughput_per_s": {"value": 100.0}, "size_mib": 2.0}  # fmt: skip
    row = {"name": name, "seconds": 60.0, "report": report, "breaches": [], "comparisons": beside, "why": "",
           "state": "good", "gain": gain or 0.0, "rows_needed": None, "chosen": False, "runner_up": False,
           "margin": 0.01, "cost": "latency_p50_ms"}  # fmt: skip
    return {**row, **fields}


@pytest.fixture
def climbed(report_json):
    rows = [
        _candidate("teacher", ms=9.0, score=0.93, breaches=[{"limit": "latency_p50_ms"}]),
        _candidate("2 layers", ms=1.0, score=0.925, gain=-0.005, chosen=True),
        _candidate("bag", ms=0.1, score=0.9, gain=-0.03, state="unshown", rows_needed=1200, runner_up=True),
        _candidate("odd", ms=1.0, score=0.9, why="no <room>", report={}, comparisons={}),
    ]
    budget = {"latency_p50_ms": {"at_most": 2.0, "threads": 1, "batch": 1}, "macro_f1": {"at_least": 0.9}}
    return {**report_json, "ladder": {"why": "it is the cheapest", "rows": rows}, "budget": budget}


def test_the_table_says_what_came_of_each(climbed):
    rows = ladder_rows(climbed)
    assert [len(row["cells"]) for row in rows] == [len(ladder_columns(climbed))] * 4
    assert [row["cells"][0] for row in rows] == ["the recipe's own model", "2 layers", "bag", "odd"]
    said = [row["cells"][-1] for row in rows]
    assert "breaks the budget" in said[0]
    assert said[1].startswith("built; no worse by more than 1.0 points")
    assert "about 1,200 validation rows would show it" in said[2]
    assert said[3] == "failed: no <room>"


def test_the_picture_has_each_candidate_and_both_lines_of_the_budget(climbed):
    picture = ladder_picture(climbed)
    assert picture.count('class="dot') == 3  # one could not be made
    assert picture.count('class="line mark"') == 2
    assert picture.count('class="ring"') == 1
    assert ">2 layers</text>" in picture


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_it_only_where_there_is_one(report_json, climbed, language):
    assert 'id="ladder"' in (page := render(climbed, language=language))
    assert "no &lt;room&gt;" in page
    assert "It is the cheapest" in page
    assert 'id="ladder"' not in render(report_json, language=language)


def test_a_latency_of_nothing_is_no_line(climbed):
    climbed["budget"]["latency_p50_ms"]["at_most"] = 0
    assert ladder_picture(climbed).count('class="line mark"') == 1


NAMES = st.sampled_from(["bag", "2 layers", "配方"])
SPOT = st.builds(_Spot, st.floats(50, 410), st.floats(20, 240), st.floats(4, 18), NAMES)
SPOTS = st.lists(SPOT, min_size=1, max_size=5)


@given(SPOTS)
def test_names_stay_on_the_picture_and_off_each_other(spots):
    frame = Frame((0, 1), (0, 1))
    placed = _labels(spots, frame)
    assert [name for _, _, name in placed] == [one.name for one in spots]
    boxes = [(x, y) for x, y, _ in placed]
    assert len(set(boxes)) == len(boxes)
    assert all(frame.left <= x <= frame.right for x, _ in boxes)
