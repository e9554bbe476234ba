"""Personal data is found, counted and never shown."""

import json

import pytest

from luodi.auditing.checks.personal import personal_data
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset
from luodi.language import speak

KEY = "AKIA" + "IOSFODNN7EXAMPLE"
TEXTS = [
    "好吃", "打13800138000或13900139000", "身份证11010519491231002X", "卡 4111 1111 1111 1111，打13800138000",
    "写信 a@b.com", "", "在10.1.2.3上", f"用 {KEY}", "\ud800",
]  # fmt: skip


def found(texts, labels=None):
    data = Dataset.of(texts, {"label": labels or [None] * len(texts)})
    return {one.what: one for one in personal_data(Evidence({"train": data}))}, data


def test_each_kind_is_a_finding_with_its_rows():
    findings, _ = found(TEXTS)
    rows = {one.advice.partition("puts ")[2].split()[0]: [s.row for s in one.suspects] for one in findings.values()}
    assert rows == {
        "[KEY]": [7], "[ID]": [2], "[CARD]": [3], "[PHONE]": [1, 3], "[EMAIL]": [4], "[ADDRESS]": [6],
    }  # fmt: skip
    severity = {one.suspects[0].facts["found"].split()[0]: one.severity for one in findings.values()}
    assert severity == {
        "[KEY]": "error", "[ID]": "error", "[CARD]": "error", "[PHONE]": "warning", "[EMAIL]": "warning",
        "[ADDRESS]": "note",
    }  # fmt: skip
    assert all(0 <= one.score <= 1 for one in findings.values())


def test_the_numbers_themselves_are_not_shown():
    findings, data = found(TEXTS)
    shown = json.dumps([one.to_json(data) for one in findings.values()], ensure_ascii=True)
    assert not [
        one for one in ("13800138000", "11010519491231002", "4111 1111", "a@b.com", "10.1.2.3", KEY) if one in shown
    ]
    phones = findings["rows with telephone numbers: 2 (22%)"].to_json(data)["examples"]
    assert phones[0] == {"origin": "memory:2", "text": "打[PHONE]或[PHONE]", "label": None, "found": "[PHONE] × 2"}
    assert phones[1]["text"] == "卡 [CARD]，打[PHONE]"


@pytest.mark.parametrize("texts", [[], ["好吃", "难吃"], [""]])
def test_all_is_quiet_where_there_is_none(texts):
    assert found(texts)[0] == {}


def test_it_says_what_to_do_in_chinese_too():
    with speak("zh"):
        findings, _ = found(TEXTS)
    assert all("data.clean=[mask_personal]" in one.advice for one in findings.values())
    assert "2 行（22%）含有电话号码" in findings


@pytest.mark.shared
def test_a_real_set_has_a_few_phones_and_nothing_worse(shared_data):
    from luodi.data import read

    data = read(shared_data / "waimai_10k.csv")
    findings = list(personal_data(Evidence({"train": data})))
    assert [(one.severity, one.count) for one in findings] == [("warning", 3)]
