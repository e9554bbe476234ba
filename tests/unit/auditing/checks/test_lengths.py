"""Lengths are told; what is very short, very long, or cut off by the model is named."""

import pytest

from luodi.auditing.checks.lengths import lengths
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read

USUAL = [f"味道不错，第{row}次来了" for row in range(200)]


def findings(texts, encoder=None):
    return list(lengths(Evidence({"train": Dataset.of(texts)}, encoder=encoder)))


def test_usual_texts_get_one_note_with_the_figures():
    (one,) = findings([*USUAL, "很好吃"])
    assert (one.severity, one.score) == ("note", 0.0)
    assert "half of the texts have up to 11 characters" in one.what
    assert findings([]) == []


def test_very_short_texts_are_named_unless_that_is_their_nature():
    _, short = findings([*USUAL, "好", "一般", "OK!!", "。", "", "很好吃"])
    assert [suspect.row for suspect in short.suspects] == [200, 201, 202]
    assert len(findings(["好", "差"] * 50)) == 1


def test_very_long_texts_are_named_longest_first(tiny_encoder):
    _, long, *_ = findings([*USUAL, "一" * 2500, "一" * 3000], encoder=str(tiny_encoder))
    assert [(suspect.row, suspect.facts["characters"]) for suspect in long.suspects] == [(201, 3000), (200, 2500)]


def test_what_is_cut_is_told_with_the_price_of_reading_more(tiny_encoder):
    (_, cut) = findings([*USUAL[:100], *(["送餐很快，" * 40] * 100)], encoder=str(tiny_encoder))
    assert cut.severity == "warning"
    assert cut.count == 100
    assert "about 50% of the texts" in cut.what
    assert "--set max_tokens=256 cuts 0%" in cut.advice
    assert {suspect.row for suspect in cut.suspects} == set(range(100, 200))
    assert all(suspect.facts["tokens"] > 128 for suspect in cut.suspects)


@pytest.mark.shared
def test_short_real_texts_are_not_cut(shared_data):
    for name in ("waimai_10k.csv", "finance_news_seed.xlsx", "banking77_test.csv"):
        assert len(findings(read(shared_data / name).texts)) == 1
