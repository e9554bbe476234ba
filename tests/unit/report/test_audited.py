"""The report and the card tell what the audit found in the data, where there was one."""

import copy

import pytest

from luodi.report import card, render

HOSTILE = "<script>alert(1)</script>"


def finding(severity, what):
    return {"check": "a", "severity": severity, "score": 0.5, "count": 3, "what": what, "effect": f"effect of {what}",
            "advice": f"advice on {what}", "examples": []}  # fmt: skip


@pytest.fixture
def raw(report_json):
    return copy.deepcopy(report_json)


def test_without_an_audit_nothing_is_said_of_it(raw):
    for audited in ({}, {"audit": None}):
        assert "What is wrong with the data" not in render({**raw, **audited}, language="en")
        assert "What is wrong with the data" not in card({**raw, **audited}, language="en")


def test_the_three_that_matter_most_are_shown_and_the_others_counted(raw):
    found = [finding("error", "alpha"), *(finding("warning", name) for name in ("beta", "gamma", "delta"))]
    raw["audit"] = {"n": 9, "findings": [*found, finding("note", "epsilon")]}
    page, said = render(raw, language="en"), card(raw, language="en")
    for text in (page, said):
        assert "alpha" in text
        assert "gamma" in text
        assert "delta" not in text
        assert "2 more findings." in text
    assert "effect of beta" in page
    assert "advice on beta" in page
    assert "luodi audit DATA" in page
    assert page.index("The data have faults that make these figures wrong") < page.index("How well it answers")
    assert "error: alpha. warning: beta. warning: gamma. 2 more findings." in said


def test_good_data_are_praised(raw):
    raw["audit"] = {"n": 9, "findings": [finding("note", "alpha")]}
    page = render(raw, language="en")
    assert "The audit found nothing that would harm a model." in page
    assert "faults that make these figures wrong" not in page
    assert "The audit found nothing that would harm a model." in card(raw, language="en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_it_says_stays_text(raw, language):
    raw["audit"] = {"n": 9, "findings": [finding("error", HOSTILE), finding("warning", HOSTILE)]}
    assert HOSTILE not in render(raw, language=language)
    assert HOSTILE not in card(raw, language=language)
    assert ("数据有什么问题" in render(raw, language=language)) == (language == "zh")
