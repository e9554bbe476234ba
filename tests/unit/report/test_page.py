"""The page stands on its own, says the verdict first, and takes nothing that users typed for markup."""

import base64
import copy
import hashlib
import math
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.errors import MissingExtra
from luodi.report import page as pages
from luodi.report import pictures, render, strokes
from luodi.report.digest import budget_rows, class_rows
from luodi.report.formats import format_rows

_VOID = {"meta", "input", "img", "br", "link", "hr"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


class Page(HTMLParser):
    """Counts elements, gathers attributes and text, and notes elements that are not closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.open, self.texts, self.blocks = Counter(), [], [], [], {}
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            self.blocks[self.open[-1]] = self.blocks.get(self.open[-1], "") + data
        else:
            self.texts.append(data)


@pytest.fixture
def raw(report_json):
    return copy.deepcopy(report_json)


def gain(raw, value, low, high):
    raw["comparisons"]["情感"]["macro_f1_difference"] = {"value": value, "low": low, "high": high}


def renamed(value, old, new):
    """The same JSON with one text in the place of another, in keys too."""
    if isinstance(value, dict):
        return {renamed(k, old, new): renamed(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(one, old, new) for one in value]
    return new if value == old else value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_and_needs_no_network(raw, language):
    html = render(raw, language=language)
    page = Page(html)
    assert not page.open
    assert ("html", "lang", {"en": "en", "zh": "zh-CN"}[language]) in page.attributes
    assert not [a for a in page.attributes if a[1] in ("src", "href", "style", "action") or a[1].startswith("on")]
    assert not re.search(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z]", html.replace("</", ""))
    assert page.tags["script"] == page.tags["style"] == 1
    assert page.tags["svg"] >= 6


def test_the_policy_admits_only_what_the_page_brings(raw):
    page = Page(render(raw, language="en"))
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and (value or "").startswith("def"))
    assert policy.startswith("default-src 'none'")
    for block in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.blocks[block].encode()).digest()).decode()
        assert f"{block}-src 'sha256-{digest}'" in policy


def test_everything_measured_is_on_it(raw):
    text = Page(render(raw, language="en")).text
    for said in (
        "reviews.csv", "正面", "负面", "1.25", "model.onnx", "20.0 MiB", "minilm-en", "22.7 M", "ships: the fastest",
        "not taken: 9 right answers became wrong, 0 wrong ones right", "test.csv:3", "tuned model", "p95",
    ):  # fmt: skip
        assert said in text, said


def test_what_users_typed_stays_text(raw):
    found = raw["evidence"]["heads"]["情感"]
    found["mistakes"] = [{"text": "x", "true": "正面", "answered": "负面", "probability": 0.99, "origin": "x"}]
    plain = Page(render(raw, language="en"))
    found["mistakes"][0].update(text=HOSTILE, origin=HOSTILE)
    changed = renamed(renamed(raw, "正面", HOSTILE), "情感", "head " + HOSTILE)
    changed["name"] = changed["recipe"]["model"] = changed["stages"][0]["name"] = HOSTILE
    changed["data"]["files"] = [HOSTILE]
    changed["data"]["leaks"]["examples"] = [[HOSTILE, HOSTILE]]
    page = Page(render(changed, language="en"))
    assert page.tags == plain.tags
    assert page.text.count(HOSTILE) >= 10


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=40).filter(lambda text: text not in ("train", "test", "validation")))
def test_any_text_can_be_a_label_a_text_and_a_name(raw, typed):
    tags = Page(render(raw, language="zh")).tags
    changed = renamed(raw, "正面", typed)
    changed["name"] = changed["data"]["files"][0] = typed
    html = render(changed, language="zh")
    html.encode()
    assert Page(html).tags == tags
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", html)


@pytest.mark.parametrize(
    ("difference", "first"),
    [
        ((0.005, -0.004, 0.011), "worth"),
        ((-0.02, -0.03, -0.01), "worth"),
        ((0.08, 0.05, 0.1), "budget"),
        ((0.009, 0.004, 0.012), "budget"),
    ],
)
def test_a_model_not_worth_it_is_the_first_thing_read(raw, difference, first):
    gain(raw, *difference)
    text = Page(render(raw, language="en")).text
    places = {"worth": text.index("Is the large model worth it?"), "budget": text.index("The declared budget")}
    assert min(places, key=places.get) == first
    said = f"better by {-100 * difference[0]:.1f}" if difference[2] < 0 else f"{100 * difference[0]:+.1f}"
    assert f"{said} points" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_test_rows_by_which_choices_were_made_are_told(raw, language):
    said = {"en": "by which choices were made", "zh": "构建时的取舍依据验证集"}[language]
    assert said not in Page(render(raw, language=language)).text
    raw["data"]["leaks"] = {"exact": {}, "near": {}, "in_validation": {"exact": 1200, "near": 34}}
    text = Page(render(raw, language=language)).text
    assert said in text
    assert "1,234" in text
    raw["data"]["leaks"] = {"exact": {"test": 0}, "near": {}}  # a report of an earlier build
    assert said not in Page(render(raw, language=language)).text


def test_a_form_that_was_asked_for_is_not_called_the_fastest(raw):
    raw["candidates"][1]["speedup"] = {"value": 0.8, "low": 0.8, "high": 0.8}
    text = Page(render(raw, language="en")).text
    assert "ships: what the recipe asks for, without a measured loss" in text
    assert "not taken: faster, but not what the recipe asks for" in text
    assert "ships: the fastest" not in text


def test_a_breach_is_said_with_its_numbers(raw):
    text = Page(render(raw, language="en")).text
    assert "The declared budget is breached." in text
    assert "peak memory: promised at most 1 MiB, measured 300 MiB, missed by 299 MiB" in text


def test_a_budget_kept_or_absent_is_said(raw):
    raw["breaches"] = []
    raw["budget"].pop("peak_memory_mib")
    assert "The declared budget is kept." in render(raw, language="en")
    raw["budget"] = {}
    assert "No budget was declared." in render(raw, language="en")


def test_a_promise_that_was_not_measured_is_not_kept(raw):
    raw["budget"] = {"latency_p95_ms": {"at_most": 9, "threads": 4, "batch": 1, "device": "cpu"}}
    raw["breaches"] = [{"limit": "latency_p95_ms", "at_most": 9, "value": math.nan, "unit": "ms"}]
    rows = budget_rows(raw)
    assert [row["kept"] for row in rows] == [False]
    assert "not measured under these conditions" in rows[0]["sentence"]
    assert rows[0]["sentence"] in Page(render(raw, language="en")).text


def test_little_is_enough_for_a_page(raw):
    for key in ("stages", "candidates"):
        raw[key] = []
    for key in ("calibration", "sizes", "recipe", "baseline", "budget"):
        raw[key] = {}
    raw["breaches"], raw["report"]["parity"], raw["report"]["baseline"] = [], [], {}
    raw["evidence"] = {"heads": {}, "latencies_ms": []}
    raw["report"]["heads"]["情感"]["accuracy"] = {"value": math.nan, "low": None, "high": None}
    page = Page(render(raw, language="en"))
    assert not page.open
    assert "nan" not in page.text


def test_many_labels_fold_and_stay_readable(raw):
    row = next(iter(raw["report"]["heads"]["情感"]["per_class"].values()))
    labels = {f"label {n}": {**row, "f1": n / 100} for n in range(77)}
    raw["report"]["heads"]["情感"]["per_class"] = labels
    found = raw["evidence"]["heads"]["情感"]
    found.pop("confusion")
    found["confused"] = [{"true": f"label {n}", "answered": f"label {n + 1}", "n": 3} for n in range(20)]
    page = Page(render(raw, language="en"))
    assert page.tags["input"] == 1
    assert "show all (77)" in page.text
    assert "8 more" in page.text
    assert page.text.index("label 0 ") < page.text.index("label 76 ")


def test_the_weakest_label_comes_first_and_labels_without_rows_last(raw):
    def row(f1, support):
        return {"precision": f1, "recall": f1, "f1": f1, "support": support}

    raw["report"]["heads"]["情感"]["per_class"] = {"a": row(0.9, 5), "none": row(0.0, 0), "b": row(0.2, 5)}
    assert [one["label"] for one in class_rows(raw, "情感")] == ["b", "a", "none"]


def test_every_format_says_why(raw):
    assert [row["chosen"] for row in format_rows(raw)] == [False, True, False]
    assert all(row["reason"] for row in format_rows(raw))


def test_several_heads_each_have_their_part(raw):
    for block in (raw["report"]["heads"], raw["report"]["baseline"], raw["comparisons"], raw["evidence"]["heads"]):
        block["意图"] = copy.deepcopy(block["情感"])
    text = Page(render(raw, language="zh")).text
    assert text.count("大模型值得用吗") == 2
    assert "答得有多准: 意图" in text
    assert "意图: macro-F1" in text


def test_without_jinja2_the_pip_line_is_given(raw, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    pages._templates.cache_clear()
    with pytest.raises(MissingExtra, match="jinja2"):
        render(raw, language="en")


def test_the_face_loads_no_template_engine():
    code = "import sys, luodi.report; print([m for m in ('jinja2', 'matplotlib', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 8))
def test_ticks_are_round_and_within(low, width, n):
    high = low + width
    marks = strokes.ticks(low, high, n=n)
    assert len(marks) <= n + 2
    assert all(low - 1e-6 * (abs(low) + width) <= one <= high + 1e-6 * (abs(high) + width) for one in marks)
    assert marks == sorted(marks)


@pytest.mark.parametrize("taken", [[1.0, 1.0], [0.0] * 201, [0.5, 3.0, 900.0]])
def test_any_latencies_can_be_drawn(taken):
    picture = pictures.latency_histogram(taken)
    assert "nan" not in picture
    assert "inf" not in picture


def test_a_curve_with_holes_can_be_drawn():
    rows = [
        {"epoch": 0.5, "loss": math.nan, "metric": 0.3, "step": 1},
        {"epoch": 1.0, "loss": 0.5, "metric": 0.3, "step": 2},
    ]
    picture = pictures.learning_curve(rows)
    assert "nan" not in picture
    assert picture.count('class="ring"') == 1
