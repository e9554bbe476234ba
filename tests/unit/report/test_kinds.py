"""Pages of heads that mix nothing up, or have no labels: what does not hold is not said."""

import copy

from luodi.report import card, render


def without(report_json, **evidence):
    raw = copy.deepcopy(report_json)
    raw["evidence"]["heads"]["情感"].update(evidence)
    return raw


def test_no_confusion_and_mistakes_all_the_same_is_not_called_no_mistake(report_json):
    said = "No row was answered wrong."
    mistake = {"text": "慢", "true": "[]", "answered": '["快"]', "probability": 0.9, "origin": "a.csv:3"}
    nothing = {"confusion": [], "labels": [], "confused": []}
    assert said not in render(without(report_json, **nothing, mistakes=[mistake]), language="en")
    assert said in render(without(report_json, **nothing, mistakes=[]), language="en")


def test_a_head_without_labels_is_not_explained_by_labels(report_json):
    assert "Macro-F1 averages over the labels" in render(report_json, language="en")
    raw = copy.deepcopy(report_json)
    raw["report"]["heads"]["情感"]["per_class"] = {}
    assert "Macro-F1 averages over the labels" not in render(raw, language="en")
    assert "a number" in card(raw, language="en")


def test_it_is_said_what_the_cheap_model_is(report_json):
    assert "Weighs character n-grams (TF-IDF)" in render(report_json, language="en")
    assert "字符 n-gram（TF-IDF）" in render(report_json, language="zh")
