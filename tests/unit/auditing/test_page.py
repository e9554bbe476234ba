"""The page of an audit: three findings first, every row within reach, nothing that users typed taken for markup."""

import base64
import hashlib
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.auditing import Finding, Fix, Suspect
from luodi.auditing.audit import Audited
from luodi.auditing.exhibit import MOST_ROWS, excerpt, exhibit
from luodi.auditing.page import N_SHOWN, render, require_ours, write_page
from luodi.data import Dataset
from luodi.errors import RecipeError

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}<!--"
_VOID = {"meta", "input", "img", "br", "link", "hr"}


class Page(HTMLParser):
    """Counts elements, gathers attributes and text, and notes elements that are not closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.open, self.texts, self.blocks = Counter(), [], [], [], []
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.texts).split())
        self.held = json.loads(self.blocks[1])

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag in ("style", "script"):
            self.blocks.append("")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            self.blocks[-1] += data
        else:
            self.texts.append(data)


def finding(severity="warning", n=3, what="what", **more):
    facts = {"proposed": "b", "probability": 0.97, "found": "x"}
    suspects = more.pop("suspects", tuple(Suspect(row, facts) for row in range(n)))
    return Finding(severity, 0.5, n, what, "effect", "advice", suspects=suspects, check="a_check", **more)


def audited(*findings, texts=("ax", "bx", "cx", "dx", "ex"), label="a", head="kind"):
    data = Dataset.of(texts, {head: [label, None, *"abc"[: len(texts) - 2]]} if head else {})
    return Audited(data, {"train": len(texts)}, findings)


def drawn(*findings, language="en", name="rows.csv", **more):
    return render(audited(*findings, **more), name=name, created="2026-01-02 03:04 UTC", language=language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_and_needs_no_network(language):
    html = drawn(finding("error"), finding(), finding("note"), language=language)
    page = Page(html)
    assert not page.open
    assert ("html", "lang", {"en": "en", "zh": "zh-CN"}[language]) in page.attributes
    assert not [a for a in page.attributes if a[1] in ("src", "style", "action") or a[1].startswith("on")]
    assert {value[:9] for _, name, value in page.attributes if name == "href"} == {"#finding-"}
    assert not re.search(r"(?:https?:)?//[a-z]", html.replace("</", ""))
    assert ("What matters most" in page.text) == (language == "en")


def test_the_policy_admits_only_what_the_page_brings():
    page = Page(drawn(finding()))
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and (value or "").startswith("def"))
    assert policy.startswith("default-src 'none'")
    assert page.tags["style"] == 1
    assert page.tags["script"] == 2  # the one that is JSON is data and never runs
    assert ("script", "type", "application/json") in page.attributes
    for kind, block in (("style", page.blocks[0]), ("script", page.blocks[2])):
        digest = base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_it_opens_on_the_three_that_matter_most_and_then_shows_all():
    names = ["alpha", "beta", "gamma", "delta", "epsilon"]
    found = [finding("error", what="alpha"), *(finding(what=name) for name in names[1:4])]
    page = Page(drawn(*found, finding("note", what="epsilon")))
    places = {name: [met.start() for met in re.finditer(name, page.text)] for name in names}
    assert [len(at) for at in places.values()] == [2, 2, 2, 1, 1]
    assert places["gamma"][0] < page.text.index("All findings") < places["alpha"][1] < places["epsilon"][0]
    assert "1 error 3 warnings 1 note" in page.text
    assert page.tags["details"] == 5


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([finding("error")], "Mend this before you build"),
        ([finding("warning")], "Usable, but it could be better"),
        ([finding("note")], "Nothing that would harm a model"),
        ([], "Nothing was found"),
    ],
)
def test_the_verdict_is_the_first_thing_read(found, said):
    page = Page(drawn(*found))
    assert said in page.text
    assert page.text.index(said) < 200
    assert ("What matters most" in page.text) == (said[0] in "MU")


def test_each_row_shows_its_place_its_label_and_what_makes_it_suspect():
    text = Page(drawn(finding(n=1))).text
    for said in ("a x", "memory:1", "proposed label", "97%", "a_check", "effect", "advice", "found"):
        assert said in text, said


def test_thousands_of_rows_pass_as_data_and_only_the_first_as_markup():
    n = MOST_ROWS + 500
    texts = [f"text {row}" for row in range(n)]
    data = Dataset.of(texts, {"kind": ["a"] * n})
    found = Audited(data, {"train": n}, (finding(n=n), finding(n=n)))
    html = render(found, name="rows.csv", created="", language="en")
    page = Page(html)
    assert page.tags["tr"] == 2 * (N_SHOWN + 1)
    assert len(page.held["rows"]) == MOST_ROWS, "a row that two findings name is there once"
    assert [len(one["rows"]) for one in page.held["findings"]] == [MOST_ROWS] * 2
    assert "2,000 of 2,500 rows are on this page" in page.text
    assert len(html) < 600_000


def test_endless_texts_do_not_make_an_endless_page():
    texts = ["很" * 100_000 + "x"] * 400
    data = Dataset.of(texts, {"kind": ["a"] * 400})
    found = Audited(data, {"train": 400}, (finding(n=400),))
    assert len(render(found, name="rows.csv", created="", language="en")) < 500_000


def test_what_users_typed_stays_text():
    plain = Page(drawn(finding(suspects=(Suspect(0, {"twin": "memory:2", "found": "x", "key": "y"}),))))
    suspects = (Suspect(0, {"twin": "memory:2", "found": "<script>", HOSTILE: HOSTILE}),)
    hostile = finding(what=HOSTILE, suspects=suspects)
    page = Page(drawn(hostile, texts=[HOSTILE, HOSTILE + "2"], label=HOSTILE, head=HOSTILE, name=HOSTILE))
    added = page.tags - plain.tags
    assert set(added) <= {"mark", "small"}
    assert not plain.tags - page.tags
    assert page.text.count("alert(1)") >= 10
    assert page.held["rows"][0][1] == HOSTILE
    assert "</script" not in page.blocks[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=40))
def test_any_text_can_be_a_text_a_label_and_a_fact(typed):
    found = finding(suspects=(Suspect(0, {"found": typed, "other": typed}),), what=typed)
    html = drawn(found, texts=[typed, f"x{typed}x"], label=typed, head=typed, name=typed, language="zh")
    html.encode()
    page = Page(html)
    assert not page.open
    assert page.tags["script"] == 2
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", html)


def test_personal_data_are_shown_by_no_finding():
    secret = "call 13912345678"
    found = audited(finding(suspects=(Suspect(0), Suspect(1, {"twin": "memory:1"}))), texts=[secret, "call"])
    html = render(found, name="a", created="", language="en")
    assert "13912345678" not in html
    assert html.count("[PHONE]") >= 2


def test_the_text_of_the_other_row_stands_beside_unless_it_is_the_same():
    suspects = (Suspect(0, {"twin": "memory:2"}), Suspect(1, {"twin": "memory:3"}), Suspect(2, {"twin": "gone:9"}))
    held = exhibit(audited(finding(suspects=suspects), texts=["near it", "near", "near", "x", "y"]))
    assert [row[1] for row in held["findings"][0]["rows"]] == [["memory:2", None, "near"], "memory:3", "gone:9"]


def test_facts_of_every_kind_are_shown():
    facts = {"a": None, "b": True, "c": 1234, "d": float("nan"), "e": ["x", 2], "f": {"y": 1}, "probability": 0.9996}
    (row,) = exhibit(audited(finding(suspects=(Suspect(0, facts),))))["findings"][0]["rows"]
    assert row == [0, "", "✓", ["1,234", 1234.0], "", "x, 2", '{"y": 1}', ["> 99%", 0.9996]]


@pytest.mark.parametrize("head", [None, "kind"])
def test_rows_without_labels_and_findings_without_rows_have_their_page(head):
    page = Page(drawn(finding(suspects=()), finding(suspects=(Suspect(1),)), head=head))
    assert "there are no single rows to look at" in page.text
    assert not page.open


def test_what_a_fix_would_do_is_said():
    fixes = (Fix(0, "drop", "why", is_safe=True), Fix(1, "label", "why", head="kind", label="b", sureness=0.95))
    text = Page(drawn(finding(fixes=fixes))).text
    assert "leaves out rows that nobody needs: 1." in text
    assert "takes over proposed labels that are at least 90% sure: 1." in text


@given(st.text(max_size=60), st.text(max_size=5), st.integers(4, 30))
def test_an_excerpt_is_short_and_holds_what_was_found(text, found, signs):
    shown = excerpt(text, found, signs=signs)
    assert len(shown) <= signs + 2
    assert shown.strip("…") in text or shown in text
    if found and found in text and len(found) <= signs // 2:
        assert found in shown


def test_only_a_page_of_ours_is_overwritten(tmp_path):
    place = tmp_path / "rows.audit.html"
    write_page(drawn(finding()), place)
    write_page(drawn(finding("note")), place)
    assert "Nothing that would harm a model" in place.read_text("utf-8")
    place.write_text("<html>mine</html>")
    (tmp_path / "folder").mkdir()
    for taken in (place, tmp_path / "folder"):
        with pytest.raises(RecipeError, match="is no page of an audit"):
            require_ours(taken)
    assert place.read_text() == "<html>mine</html>"


@pytest.fixture
def browser():
    """A real browser without a network."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if found is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-quic"])
        yield opened
        opened.close()


@pytest.mark.slow
def test_a_browser_sorts_filters_and_unfolds_the_rows(browser, tmp_path):
    n = 450
    texts = [f"row {row} {HOSTILE}" for row in range(n)]
    data = Dataset.of(texts, {"kind": ["ab"[row % 2] for row in range(n)]})
    suspects = tuple(Suspect(row, {"probability": (row * 7 % n) / n, "found": "alert"}) for row in range(n))
    found = Audited(data, {"train": n}, (finding(), finding(suspects=suspects)))
    place = tmp_path / "page.html"
    write_page(render(found, name=HOSTILE, created="", language="en"), place)
    from playwright.sync_api import expect

    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append("a dialog"))
    page.goto(place.as_uri())
    page.click("a[href='#finding-2']")
    inner = page.locator("#finding-2")
    rows = inner.locator("tbody tr")
    assert inner.is_visible()
    assert rows.count() == 100
    assert rows.first.locator("mark").first.inner_text() == "alert"
    inner.locator(".more button").click()
    assert rows.count() == 300
    inner.get_by_role("button", name="probability").click()
    inner.get_by_role("button", name="probability").click()
    assert "449" in rows.first.inner_text() or "> 99%" in rows.first.inner_text()
    inner.locator("select").select_option(label="b")
    assert inner.locator("output").inner_text() == "225 / 450"
    inner.locator("input").fill("ROW 44")
    expect(inner.locator("output")).to_have_text("5 / 450")
    inner.locator("input").fill("nothing like it")
    expect(inner.locator("output")).to_have_text("0 / 450")
    assert rows.inner_text().strip() == "No row fits."
    assert said == []


def test_rows_that_a_finding_does_not_list_are_counted():
    found = Finding("note", 0.1, 132, "132 labels", "x", "y", suspects=tuple(Suspect(row) for row in range(3)))
    assert exhibit(audited(found, texts=["a", "b", "c"]))["findings"][0]["total"] == 132
    assert "rows with an error or a warning 0" in Page(drawn(found, texts=["a", "b", "c"])).text
    many = replace(found, severity="warning")
    assert "rows with an error or a warning ≥ 132" in Page(drawn(many, texts=["a", "b", "c"])).text
    assert "rows with an error or a warning 3" in Page(drawn(replace(many, count=3), texts=["a", "b", "c"])).text
    about_all = Finding("note", 0.1, 132, "132 labels", "x", "y")
    assert exhibit(audited(about_all))["findings"][0]["total"] == 0
