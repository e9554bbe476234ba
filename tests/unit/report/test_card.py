"""The card says the verdict first and survives whatever users typed."""

import copy
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.report import card


@pytest.fixture
def raw(report_json):
    return copy.deepcopy(report_json)


def test_it_holds_what_a_reader_must_know(raw):
    said = card(raw, language="en")
    for part in (
        "# reviews", "## What it is for", "`正面`", "## How well it answers", "macro-F1", "95 % interval",
        "The declared budget is breached.", "minilm-en", "f" * 64, "## Limits", 'luodi.load("reviews.luodi")',
        "luodi predict reviews.luodi texts.csv", "stand among the training rows too", "int8",
    ):  # fmt: skip
        assert part in said, part
    assert said.index("test rows") < said.index("## What it is for")


def test_test_rows_by_which_choices_were_made_are_told(raw):
    assert "by which choices were made" not in card(raw, language="en")
    raw["data"]["leaks"]["in_validation"] = {"exact": 3, "near": 4}
    assert "7 test texts stand among the validation rows, by which choices were made." in card(raw, language="en")


def test_it_speaks_chinese(raw):
    said = card(raw, language="zh")
    assert "## 用途" in said
    assert "## 局限" in said
    left = re.sub(r"```.*?```|`[^`]*`", "", said, flags=re.S)
    assert not re.findall(r"\b(?:the|of|rows|measured|labels)\b", left)


def test_every_table_row_has_as_many_cells_as_its_head(raw):
    raw["report"]["heads"]["a|b"] = raw["report"]["heads"]["情感"]
    raw["budget"] = {"a|b.macro_f1": {"at_least": 0.1}}
    width = None
    for line in card(raw, language="en").splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
        assert width is None or cells in (None, width)
        width = cells


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_name_and_label_can_be_written(raw, typed):
    raw["name"] = typed
    raw["report"]["heads"]["情感"]["per_class"][typed] = {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    said = card(raw, language="en")
    said.encode()
    titles = [line for line in said.splitlines() if line.startswith("## ")]
    assert len(titles) == 6
    assert not re.search(r"(?<!\\)<(?!`)", re.sub(r"(?<!\\)(`+).*?\1", "", said, flags=re.S))


def test_many_labels_are_counted(raw):
    row = raw["report"]["heads"]["情感"]["per_class"]["正面"]
    raw["report"]["heads"]["情感"]["per_class"] = {f"label {n}": row for n in range(5000)}
    said = card(raw, language="en")
    assert "and 4,960 more" in said
    assert len(said) < 10_000
