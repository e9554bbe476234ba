"""The table of trials says what was tried, what came of it, and what the gain is worth."""

import pytest

from luodi.language import speak
from luodi.report import render
from luodi.report.tried import trial_columns, trial_rows, trial_verdict


def row(number, state="done", score=0.5, **more):
    fields = {"stages.finetune.learning_rate": 1e-4, "stages.finetune.tuner": "full"}
    bare = {"number": number, "fields": fields, "state": state, "score": score, "seconds": 90.0, "why": "",
            "chosen": False, "gain": None}  # fmt: skip
    return {**bare, **more}


def report(*rows):
    return {"trials": list(rows), "data": {"rows": {"validation": 1200}}}


GAIN = {"value": 0.021, "low": 0.004, "high": 0.04}


def test_the_table_has_a_row_a_trial():
    rows = [
        row(1), row(2, chosen=True, fields={"a": 3e-5, "b": {"use": "lora", "rank": 4}}), row(3, "pruned", 0.25),
        row(4, "failed", None, why="diverged"),
    ]  # fmt: skip
    with speak("en"):
        cells = [one["cells"] for one in trial_rows(report(*rows))]
    assert cells == [
        ["1", "0.0001", "full", "0.5000", "90.0 s", ""],
        ["2", "3e-05", "lora rank=4", "0.5000", "90.0 s", "built"],
        ["3", "0.0001", "full", "0.2500", "90.0 s", "stopped early"],
        ["4", "0.0001", "full", "–", "90.0 s", "failed: diverged"],
    ]
    assert [one["chosen"] for one in trial_rows(report(*rows))] == [False, True, False, False]


def test_fields_that_end_alike_are_told_apart():
    fields = {"stages.finetune.epochs": 1, "stages.1.epochs": 2, "max_tokens": 3}
    with speak("en"):
        names = trial_columns(report(row(1, fields=fields)))
    assert names == ["trial", "finetune.epochs", "1.epochs", "max_tokens", "validation", "time", "result"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(1, chosen=True), row(2)], "None of the 2 trials did better on the 1,200 validation rows than the recipe"),
        ([row(1), row(2, chosen=True, gain=GAIN)], "2.1 points above the recipe as it stood (0.4 to 4.0). The best of"),
        ([row(1), row(2, chosen=True, gain={**GAIN, "low": 0.0})], "which is within chance (0.0 to 4.0). The best of"),
        ([row(1, "failed", None), row(2, chosen=True)], "number 2 did best on the 1,200 validation rows and was built. "
         "The best of several flatters itself on the rows that chose it: the test rows are the proof."),
    ],
)  # fmt: skip
def test_the_verdict_is_honest(rows, said):
    with speak("en"):
        assert said in trial_verdict(report(*rows))


def test_without_a_search_nothing_is_said():
    assert (trial_rows({}), trial_verdict({}), trial_verdict({"trials": []})) == ([], "", "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_values_as_text(report_json, language):
    rows = [row(1), row(2, chosen=True, gain=GAIN, fields={"model": "<script>alert(1)</script>\ud800"})]
    page = render({**report_json, "trials": rows}, language=language)
    assert 'id="trials"' in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'id="trials"' not in render(report_json, language=language)
