"""The tiers of a cascade on page and card."""

import pytest

from luodi.report import card, render
from luodi.report.tiers import tier_columns, tier_rows, tier_sentence


def _tier(name, share, differs, speed):
    costs = {"latency_p50_ms": {"value": 1.0}, "throughput_per_s": {"value": speed}}
    heads = {"情感": {"macro_f1": {"value": 0.9, "low": 0.8, "high": 0.95}}}
    return {"name": name, "share": {"value": share, "low": share, "high": share}, "size_mib": 2.0, "risk": 0.02,
            "differs": {"value": differs, "low": 0.001, "high": 0.02}, "heads": heads, "costs": costs}  # fmt: skip


@pytest.fixture
def cascade(report_json):
    costs = {"throughput_per_s": {"value": 600.0}}
    tiers = [_tier("fast", 0.75, 0.012, 2000.0), _tier("model", 0.25, 0.0, 200.0)]
    return {**report_json, "report": {**report_json["report"], **costs}, "tiers": tiers}


def test_who_answered_which_share_at_which_cost(cascade):
    rows = tier_rows(cascade)
    assert [row["share"] for row in rows] == [75.0, 25.0]
    assert all(len(row["cells"]) + 1 == len(tier_columns(cascade)) for row in rows)
    assert rows[0]["cells"][1][0] == "1.2 %"
    assert rows[1]["cells"][1] == ("", "")  # the last tier does not differ from itself
    said = tier_sentence(cascade)
    assert "75.0 % of the test texts" in said
    assert "at most 2 % were promised" in said
    assert "3 times as many texts" in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_and_card_show_them_only_where_there_are_some(report_json, cascade, language):
    word = {"en": "fast model", "zh": "快模型"}[language]
    for draw in (render, card):
        assert word in draw(cascade, language=language)
        assert word not in draw(report_json, language=language)
