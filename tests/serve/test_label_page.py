"""The page of ``luodi label`` in a real browser, served by a real process: keys, undo, kill -9, hostile texts."""

import csv
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: So few that no model is asked: the texts come in the order of the rows.
ROWS = [("很好吃", "正面"), ("太慢了", "负面"), ("还行", "正面"), ("包装破了", "负面"), ("不错", "正面")]
LABELS = ("正面", "负面")  # the keys 1 and 2, as --labels names them
PATIENCE_MS = 60_000


@pytest.fixture
def context(browser):
    opened = browser.new_context(viewport={"width": 1100, "height": 800})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context):
    """A tab that fails the test where the page itself fails."""
    tab = context.new_page()
    faults = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    assert faults == []


class Desk:
    """A running ``luodi label``."""

    def __init__(self, folder, words, **options):
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        env = {**env, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            env.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "luodi", "label", *words, "--json"],
            cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **options,
        )  # fmt: skip
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        said = json.loads(line)
        self.url, self.origin = said["url"], said["url"].partition("/?")[0]
        self.journal = folder / said["answers"]

    def lines(self):
        """Give what the journal holds now, the batch aside."""
        entries = [json.loads(line) for line in self.journal.read_text("utf-8").splitlines()]
        return [one for one in entries if one["action"] != "batch"]

    def end(self, sent=signal.SIGINT):
        self.process.send_signal(sent)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def desk(tmp_path):
    """Write a table and start the verb on it, again and again where a test wishes so."""
    started = []

    def start(*words, rows=ROWS, labels=LABELS, **options):
        table = tmp_path / "reviews.csv"
        if rows is not None:
            with table.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([("评论", "情感"), *rows])
        named = ["--labels", ",".join(labels)] if labels else []
        started.append(Desk(tmp_path, [table.name, *named, *words], **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def shows(page, text):
    """Wait until a text is asked about."""
    page.wait_for_function("text => document.querySelector('.text')?.textContent === text", arg=text)


def test_each_key_is_a_line_on_the_disk_before_the_next_text_is_shown(desk, page):
    running = desk()
    page.goto(running.url)
    for done, (key, (text, given)) in enumerate(zip("121", ROWS, strict=False)):
        shows(page, text)
        assert page.inner_text(".given") == given
        assert page.inner_text(".count") == f"{done} of 5"
        page.keyboard.press(key)
        shows(page, ROWS[done + 1][0])
        last = running.lines()[-1]
        assert (last["action"], last["label"], last["previous"]) == ("label", LABELS[int(key) - 1], given)
        assert (last["origin"], last["head"]) == (f"reviews.csv:{done + 2}", "情感")
    assert len(running.lines()) == 3
    page.keyboard.press("0")
    shows(page, "不错")
    assert running.lines()[-1]["action"] == "skip"


def test_answers_can_be_taken_back_and_given_by_mouse(desk, page):
    running = desk()
    page.goto(running.url)
    shows(page, "很好吃")
    page.click(".labels button >> text=负面")
    shows(page, "太慢了")
    page.keyboard.press("1")  # the button still has the focus
    shows(page, "还行")
    page.keyboard.press("u")
    shows(page, "太慢了")
    page.keyboard.press("Backspace")
    shows(page, "很好吃")
    assert [one["action"] for one in running.lines()] == ["label", "label", "undo", "undo"]
    page.keyboard.press("1")
    shows(page, "太慢了")
    assert running.lines()[-1]["label"] == "正面"


def test_reload_and_a_second_tab_show_where_one_stands(desk, page, context):
    running = desk()
    page.goto(running.url)
    shows(page, "很好吃")
    page.keyboard.press("1")
    shows(page, "太慢了")
    page.reload()
    shows(page, "太慢了")
    other = context.new_page()
    other.goto(running.origin)
    shows(other, "太慢了")
    other.keyboard.press("2")
    shows(other, "还行")
    shows(page, "还行")
    assert len(running.lines()) == 2
    page.click("header button")
    for tab in (page, other):
        tab.wait_for_selector(".ended h1")


def test_what_runs_from_the_right_stands_in_its_place(desk, page):
    """The text that was answered stands left of its label, whatever their scripts."""
    page.goto(desk(rows=[("طعام", "جيد"), *ROWS], labels=("جيد", "سيئ")).url)
    page.keyboard.press("1")
    shows(page, "很好吃")
    left = """sign => {
        const range = document.createRange(), node = document.querySelector('.last').firstChild;
        range.setStart(node, node.data.indexOf(sign)), range.setEnd(node, node.data.indexOf(sign) + 1);
        return range.getBoundingClientRect().left;
    }"""
    assert page.evaluate(left, "ط") < page.evaluate(left, "→") < page.evaluate(left, "ج")


def test_killed_in_the_middle_it_goes_on_behind_the_last_answer(desk, page):
    running = desk()
    page.goto(running.url)
    for key, text in zip("12", ("很好吃", "太慢了"), strict=True):
        shows(page, text)
        page.keyboard.press(key)
    shows(page, "还行")
    running.end(signal.SIGKILL)
    with running.journal.open("ab") as journal:
        journal.write(b'{"action": "label", "text_sha2')  # what a kill within a write leaves
    again = desk(rows=None)
    page.goto(again.url)
    shows(page, "还行")
    assert page.inner_text(".count") == "2 of 5"
    page.keyboard.press("u")
    shows(page, "太慢了")
    assert [one["action"] for one in again.lines()] == ["label", "label", "undo"]


HOSTILE = (
    "<img src=x onerror='window.broken=1'>", "</script><script>window.broken=1</script>", "`${window.broken=1}`",
    "{{constructor.constructor('window.broken=1')()}}", "<a href='javascript:window.broken=1'>click</a> & < > \" '",
    "\\u003cscript\\u003e\\`\\${1}", "line\u2028separator", "\u202eright to left\u202c, e\u0301\u0301, \U0001f600",
)  # fmt: skip


def test_texts_and_labels_are_never_more_than_text(desk, page):
    labels = ("<b onclick=window.broken=1>x</b>", "`${window.broken=1}`", "</script><script>window.broken=1</script>")
    desk_rows = [(text, labels[place % 3]) for place, text in enumerate(HOSTILE)]
    running = desk(rows=desk_rows, labels=labels)
    page.goto(running.url)
    for text, given in desk_rows:
        shows(page, text)
        assert page.inner_text(".given") == given
        page.reload()  # the first drawing and the later ones take different ways
        shows(page, text)
        assert page.evaluate("[...document.querySelectorAll('.labels span')].map(one => one.textContent)") == list(
            labels
        )
        assert page.evaluate("document.querySelectorAll('.desk img, .desk a, .desk b').length") == 0
        page.keyboard.press("2")
    page.wait_for_selector(".done h1")
    assert page.evaluate("window.broken") is None


def test_no_request_goes_anywhere_else(desk, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url.replace("ws://", "http://")))
    running = desk()
    page.goto(running.url)
    shows(page, "很好吃")
    page.keyboard.press("1")
    shows(page, "太慢了")
    assert len(asked) > 5
    assert any("_nicegui_ws" in url for url in asked)
    assert not [url for url in asked if not url.startswith((running.origin + "/", "data:", "blob:"))]
    assert page.url == running.origin + "/"  # the secret has left the address


def test_nobody_else_comes_in(desk, page, browser):
    running = desk()
    page.goto(running.url)
    shows(page, "很好吃")
    stranger = browser.new_context()
    tab = stranger.new_page()
    answer = tab.goto(running.origin)
    assert answer.status == 403
    assert "terminal" in tab.inner_text("body")
    knock = "new Promise(done => { const s = new WebSocket(url); s.onopen = () => done(1); s.onerror = () => done(0) })"
    door = running.origin.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert tab.evaluate(f"url => {knock}", door) == 0
    assert page.evaluate(f"url => {knock}", door) == 1  # with the cookie the same door opens
    stranger.close()


def test_an_answer_to_a_text_that_is_no_longer_shown_is_dropped(desk, page):
    running = desk()
    page.goto(running.url)
    shows(page, "很好吃")
    row = page.get_attribute(".desk", "data-row")
    page.keyboard.press("1")
    shows(page, "太慢了")
    page.evaluate("row => emitEvent('luodi', {act: 'key', value: '2', row})", row)
    page.evaluate("emitEvent('luodi', {act: 'label', value: '7', row: document.querySelector('.desk').dataset.row})")
    page.evaluate("emitEvent('luodi', {act: 'no such act'})")
    page.keyboard.press("2")
    shows(page, "还行")
    assert [one["label"] for one in running.lines()] == ["正面", "负面"]


def test_many_labels_are_searched(desk, page):
    labels = [f"intent_{i:02d}_{name}" for i in range(11) for name in ("card", "refund", "top_up", "PIN")]
    running = desk(labels=labels)
    page.goto(running.url)
    shows(page, "很好吃")
    assert page.locator(".labels button").count() == 44
    page.keyboard.type("10_p")
    page.wait_for_function("document.querySelectorAll('.labels button').length === 1")
    page.keyboard.press("Enter")
    shows(page, "太慢了")
    assert running.lines()[-1]["label"] == "intent_10_PIN"
    page.wait_for_function("document.querySelectorAll('.labels button').length === 44")
    page.keyboard.type("refund")
    page.wait_for_function("document.querySelectorAll('.labels button').length === 11")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    shows(page, "还行")
    assert running.lines()[-1]["label"] == "intent_01_refund"
    page.keyboard.press("Backspace")
    shows(page, "太慢了")
    page.keyboard.press("0")
    shows(page, "还行")
    assert [one["action"] for one in running.lines()] == ["label", "label", "undo", "skip"]


def test_a_label_that_is_typed_in_haste_is_the_one_that_was_typed(desk, page):
    """Enter comes before the list has caught up: what is given holds what was typed, or nothing is given."""
    labels = [f"intent_{i:02d}_{name}" for i in range(11) for name in ("card", "refund", "top_up", "PIN")]
    running = desk(labels=labels)
    page.goto(running.url)
    shows(page, "很好吃")
    haste = """typed => {
        const field = document.querySelector('.search');
        field.focus();
        field.value = typed;
        field.dispatchEvent(new InputEvent('input', {bubbles: true}));
        field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
    }"""
    shown = "n => document.querySelectorAll('.labels button').length === n"
    page.evaluate(haste, "no such label")
    page.wait_for_function(shown, arg=0)  # an empty list that has not caught up gives nothing
    page.keyboard.press("Escape")
    page.wait_for_function(shown, arg=44)
    page.evaluate(haste, "07_TOP")
    shows(page, "太慢了")
    assert [one["label"] for one in running.lines()] == ["intent_07_top_up"]


def test_what_cannot_be_saved_is_told_and_the_text_stays(desk, page, tmp_path):
    running = desk()
    running.end()
    full = running.journal.stat().st_size + 20  # the batch is there, no answer fits
    limited = desk(rows=None, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (full, full)))
    page.goto(limited.url)
    shows(page, "很好吃")
    page.keyboard.press("1")
    page.wait_for_selector(".fault:not(.hidden)")
    assert "cannot be written" in page.inner_text(".fault")
    assert page.inner_text(".text") == "很好吃"
    assert limited.lines() == []


def test_the_end_shows_the_counts_and_stops_the_process(desk, page):
    running = desk()
    page.goto(running.url)
    for text, _ in ROWS:
        shows(page, text)
        page.keyboard.press("0" if text == "还行" else "1")
    page.wait_for_selector(".done h1")
    assert page.evaluate("[...document.querySelectorAll('.tile')].map(one => one.textContent)") == [
        "2confirmed", "2changed", "1skipped",
    ]  # fmt: skip
    assert "luodi label reviews.csv --export reviews-labelled.csv --labels '正面,负面'" in page.inner_text(".done")
    page.click("text=look at the skipped ones again")
    shows(page, "还行")
    page.keyboard.press("1")
    page.click(".done button.strong")
    page.wait_for_selector(".ended")
    out, err = running.process.communicate(timeout=30)
    assert running.process.returncode == 0, err
    assert json.loads(out) == {
        "answers": "reviews.labels.jsonl", "n": 5, "done": 5, "new": 0, "confirmed": 3, "changed": 2, "skipped": 0,
    }  # fmt: skip


def test_ctrl_c_ends_it_with_a_summary_and_no_traceback(desk, page):
    running = desk()
    page.goto(running.url)
    shows(page, "很好吃")
    code, out, err = running.end()
    assert code == 0
    assert "Traceback" not in err
    assert json.loads(out)["done"] == 0


def test_it_fits_a_phone_speaks_chinese_and_knows_the_dark(desk, browser):
    rows = [("一" * 120_000, "正面"), *ROWS[:2]]
    running = desk("--lang", "zh", rows=rows)
    phone = browser.new_context(viewport={"width": 360, "height": 700}, color_scheme="dark", has_touch=True)
    phone.set_default_timeout(PATIENCE_MS)
    tab = phone.new_page()
    tab.goto(running.url)
    shows(tab, "一" * 100_000)
    assert "20,000" in tab.inner_text(".card")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert "跳过" in tab.inner_text("footer")
    assert tab.get_attribute("html", "lang") == "zh-CN"
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, dark.strip("rgb()").split(","))) < 60
    tab.tap(".labels button >> nth=1")
    shows(tab, "很好吃")
    assert running.lines()[-1]["label"] == "负面"
    assert tab.locator("footer button").first.is_visible()
    phone.close()


def test_the_proposal_is_shown_only_to_who_asks_for_it(desk, page):
    import numpy as np

    chance = np.random.default_rng(3)
    rows = [
        (f"{'好吃又快' if i % 2 else '难吃又慢'} {''.join(map(chr, chance.integers(97, 123, 12)))}", LABELS[1 - i % 2])
        for i in range(40)
    ]
    rows[5] = (rows[5][0], "负面")
    for switch, n in (((), 0), (("--show-proposal",), 1)):
        running = desk(*switch, rows=rows)
        page.goto(running.url)
        shows(page, rows[5][0])
        assert "%" in page.inner_text(".why")
        assert page.locator(".labels .proposed").count() == n
        assert page.locator(".labels .chosen").count() == 0  # nothing is chosen beforehand
        running.end()
