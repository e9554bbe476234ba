"""Whatever stands in the cells, every check of texts answers, names rows that exist, and says so in both languages."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.auditing.checks.blanks import blank_texts
from luodi.auditing.checks.garble import garbled
from luodi.auditing.checks.lengths import lengths
from luodi.auditing.checks.shortcuts import shortcuts
from luodi.auditing.checks.template import template_texts
from luodi.auditing.checks.tongue import foreign_texts
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset
from luodi.language import speak

CHECKS = (blank_texts, garbled, template_texts, foreign_texts, lengths, shortcuts)
CELLS = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["", "\ud800", "é" * 40, "[好] 是", "http://a.cn 退款", "锟斤拷", "<br>", "{n} {0} %s", "第1行\n第2行", "🙂"]
)


def look(data):
    evidence = Evidence({"train": data})
    for check in CHECKS:
        for finding in check(evidence):
            assert 0 <= finding.score <= 1
            assert finding.count > 0
            rows = [suspect.row for suspect in finding.suspects] + [fix.row for fix in finding.fixes]
            assert all(0 <= row < len(data) for row in rows)
            json.dumps(finding.to_json(data))
            yield finding


@settings(max_examples=60)
@given(st.lists(st.tuples(CELLS, st.sampled_from(["好", "坏", None])), max_size=12), st.integers(1, 8))
def test_any_cells_are_answered(rows, times):
    texts, labels = zip(*rows, strict=True) if rows else ((), ())
    list(look(Dataset.of(texts * times, {"情感": labels * times})))


@pytest.mark.parametrize("label", ["a", None])
def test_one_row_and_no_row(label):
    assert len(list(look(Dataset.of(["很好"], {"x": [label]})))) == 1  # how long it is
    assert list(look(Dataset.of([], {"x": []}))) == []


def test_thousands_of_labels():
    texts = [f"第{row}种问题怎么办" for row in range(5000)]
    assert len(list(look(Dataset.of(texts, {"x": [str(row) for row in range(5000)]})))) <= 2


def test_a_very_long_text(tiny_encoder):
    texts = ["很好吃" * 33_334, "ab " * 33_334, "1" * 100_000] + ["味道不错"] * 30
    evidence = Evidence({"train": Dataset.of(texts, {"x": ["a", "b", "a"] * 11})}, encoder=str(tiny_encoder))
    assert [list(check(evidence)) for check in CHECKS]


def test_chinese_is_spoken():
    texts = ["", "。", "🙂", "<br>好", "鐧惧害鍦板浘", "the soup was cold"] + [f"味道不错 {row}" for row in range(60)]
    with speak("zh"):
        found = list(look(Dataset.of(texts)))
    assert len(found) >= 6
    for one in found:
        assert all(max(sentence) >= "\u4e00" for sentence in (one.what, one.effect, one.advice))
        assert " rows" not in one.what
