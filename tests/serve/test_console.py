"""The console in a real browser, served by a real ``luodi serve``: pages, corrections, keys, hostile texts."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed: apt-get install chromium")

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 20_000
EVIL = "<script>window.broken=1</script><img src=x onerror='window.broken=1'>"
LABELS = ("正面", "<b onclick=window.broken=1>负面</b>")
TOPICS = ("味道", "</script><script>window.broken=1</script>", "{{constructor.constructor('window.broken=1')()}}")
PAGES = {
    "": "Overview",
    "try": "Try it",
    "traffic": "Traffic",
    "answers": "Answers",
    "models": "Models",
    "keys": "Keys",
}
PAGES_ZH = {"": "总览", "try": "试一试", "traffic": "流量", "answers": "回答", "models": "模型", "keys": "密钥列表"}


@pytest.fixture(scope="module")
def bundle(tiny_encoder, tmp_path_factory):
    """An untrained bundle of two heads whose names and labels are markup; its report tries to reach out."""
    import torch
    from tokenizers import Tokenizer
    from torch import nn
    from transformers import AutoModel

    from luodi.bundle import Contents, Draft, Feeding, export
    from luodi.models.model import Model, Network
    from luodi.tasks import Classify, Task
    from luodi.tasks.multilabel import Multilabel

    torch.manual_seed(0)
    task = Task((Classify("情感", LABELS), Multilabel("<i>方面</i>", TOPICS)))
    layers = nn.ModuleDict({str(n): nn.Linear(32, head.n_outputs) for n, head in enumerate(task.heads)})
    network = Network(AutoModel.from_pretrained(tiny_encoder, add_pooling_layer=False), layers).eval()
    tokenizer = Tokenizer.from_file(str(tiny_encoder / "tokenizer.json"))
    heat = {head.name: {"temperature": 1.0} for head in task.heads}
    report = "<!doctype html><h1>the report</h1><script>try { parent.document.title = 'broken' } catch {}</script>"
    folder = tmp_path_factory.mktemp("console")
    with Draft(folder) as draft:
        draft.add("model.onnx", export(Model(network, tokenizer, task, 64, 0, ())))
        draft.add("tokenizer.json", tokenizer.to_str().encode())
        draft.add("calibration.json", json.dumps({"model": heat}).encode())
        draft.add("report.html", report.encode())
        draft.seal(Contents(name=EVIL, created="2026-01-02", luodi="0.1.0", task=task.to_json(),
                            feeding=Feeding(max_tokens=64, pad_id=0)))  # fmt: skip
        return draft.publish(folder / "evil.luodi")


class Service:
    """A running ``luodi serve``."""

    def __init__(self, folder, bundle, *words):
        self.home = folder
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        self.env = {**env, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "LUODI_HOME": str(folder)}
        self.log = (folder / "log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "luodi", "serve", str(bundle), "--port", "0", "--json", *words],
            cwd=folder, env=self.env, stdout=subprocess.PIPE, stderr=self.log, text=True, encoding="utf-8",
        )  # fmt: skip
        line = self.process.stdout.readline()
        assert line, Path(self.log.name).read_text("utf-8")
        self.origin = json.loads(line)["address"]
        self.url = f"{self.origin}/console"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.ask("/readyz")[0] != 200:
            time.sleep(0.05)

    def ask(self, path, body=None, **headers):
        """Give status and JSON, or the text, of one request."""
        data = None if body is None else json.dumps(body).encode()
        kind = {"content-type": "application/json"} if data else {}
        request = urllib.request.Request(self.origin + path, data, {**kind, **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                raw, status = answer.read().decode(), answer.status
        except urllib.error.HTTPError as refused:
            raw, status = refused.read().decode(), refused.code
        except urllib.error.URLError:
            return 0, ""
        try:
            return status, json.loads(raw)
        except ValueError:
            return status, raw

    def key(self, name, *scopes):
        """Make a key as its operator does, in another process."""
        words = [word for scope in scopes for word in ("--scope", scope)]
        ended = subprocess.run(
            [sys.executable, "-m", "luodi", "keys", "add", name, *words, "--json"], env=self.env, cwd=self.home,
            capture_output=True, text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        return json.loads(ended.stdout)["key"]

    def revoke(self, name):
        words = [sys.executable, "-m", "luodi", "keys", "revoke", name]
        subprocess.run(words, env=self.env, cwd=self.home, capture_output=True, check=True)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@pytest.fixture
def serve(tmp_path, bundle):
    """Start the service, with what options a test wishes."""
    started = []

    def start(*words):
        started.append(Service(tmp_path, bundle, *words))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()
        one.log.close()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright is installed: pip install playwright")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def visit(browser):
    """Open a tab of a visitor of their own; the test fails where a page complains or asks elsewhere."""
    opened, faults = [], []

    def start(service, *, refused=False, **options):
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, "locale": "en-US", **options})
        context.set_default_timeout(PATIENCE_MS)
        tab = context.new_page()
        ours = (service.origin, service.origin.replace("http", "ws"), "data:", "blob:")
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" and not refused else None)
        tab.on("request", lambda one: None if one.url.startswith(ours) else faults.append(one.url))
        tab.on("websocket", lambda one: None if one.url.startswith(ours) else faults.append(one.url))
        opened.append(context)
        return tab

    yield start
    for context in opened:
        context.close()
    assert faults == []


def shows(tab, selector, text):
    tab.wait_for_function(
        "([where, said]) => [...document.querySelectorAll(where)].some(one => one.textContent.includes(said))",
        arg=[selector, text],
    )


def lively(tab):
    """Wait until the page's socket is open: what is pressed before may be lost on a test's haste."""
    tab.wait_for_function("window.did_handshake === true")


def ask_some(service, n=3):
    body = {"texts": [f"物流很快 {place}" for place in range(n - 1)] + [EVIL]}
    status, said = service.ask("/v1/predict", body)
    assert status == 200, said
    assert all(one["stored"] for one in said["predictions"])
    return said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_in_both_languages_on_a_wide_screen_and_a_phone(serve, visit, language):
    service = serve("--keep-texts")
    ask_some(service)
    titles, locale = (PAGES, "en-US") if language == "en" else (PAGES_ZH, "zh-CN")
    wide = visit(service, locale=locale)
    phone = visit(service, locale=locale, color_scheme="dark", viewport={"width": 360, "height": 700})
    for path, title in titles.items():
        for tab in (wide, phone):
            tab.goto(f"{service.url}/{path}")
            assert tab.inner_text("h1") == title
            assert tab.get_attribute("html", "lang") == {"en": "en-US", "zh": "zh-CN"}[language]
            lively(tab)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert "rgb(15, 19, 25)" in phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert wide.evaluate("window.broken") is None


def test_the_language_is_the_visitors_own(serve, visit):
    service = serve()
    one, other = visit(service), visit(service)
    for tab in (one, other):
        tab.goto(service.url + "/models")
    one.click("a.switch")
    one.wait_for_function("document.querySelector('h1').textContent === '模型'")
    assert one.url == service.url + "/models"
    other.reload()
    assert other.inner_text("h1") == "Models"


def test_a_new_service_says_that_it_has_nothing_yet(serve, visit):
    service = serve()
    tab = visit(service)
    tab.goto(service.url)
    assert "Nothing was answered in the last week" in tab.inner_text(".empty")
    tab.goto(service.url + "/answers")
    shows(tab, ".rows", "Nothing was stored yet.")
    forgetful = serve("--no-store")
    tab = visit(forgetful)
    tab.goto(forgetful.url)
    assert "keeps no answers" in tab.inner_text(".empty")


def test_a_text_is_tried_and_its_words_are_weighed(serve, visit):
    service = serve("--keep-texts")
    tab = visit(service)
    tab.goto(service.url + "/try")
    lively(tab)
    tab.fill("textarea", f"物流很快 {EVIL}")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector(".words span, .still")
    assert {one.inner_text() for one in tab.locator(".head h2").all()} == {"情感", "<i>方面</i>"}
    assert tab.locator(".head .share").count() == 5
    for weighed in tab.locator(".words").all():
        assert weighed.evaluate("one => one.textContent") == f"物流很快 {EVIL}"
    assert tab.evaluate("document.querySelectorAll('.result img, .result script, .result b').length") == 0
    assert tab.evaluate("window.broken") is None
    tab.goto(service.url + "/answers")
    shows(tab, ".rows", "Nothing was stored yet.")  # what is tried is not stored


def test_an_answer_is_corrected_with_one_key_and_seen_by_another(serve, visit):
    service = serve("--keep-texts")
    said = ask_some(service)
    tab, other = visit(service), visit(service)
    tab.goto(service.url + "/answers")
    lively(tab)
    tab.keyboard.press("j")
    shows(tab, ".answer.chosen .short", "物流很快 1")
    tab.keyboard.press("2")
    shows(tab, ".answer.chosen .badge", "corrected")
    assert LABELS[1] in tab.inner_text(".cells")
    tab.keyboard.press("h")  # the other head takes several labels
    tab.wait_for_selector(".choices.active button.strong")
    tab.keyboard.press("1")
    tab.wait_for_selector(".choices.active .picked")
    tab.keyboard.press("3")
    tab.wait_for_function("document.querySelectorAll('.picked').length === 2")
    tab.keyboard.press("Enter")
    shows(tab, ".cells", f"味道, {TOPICS[2]}")
    other.goto(service.url + "/answers")
    lively(other)
    other.select_option(".filters select >> nth=-1", "yes")
    other.wait_for_function("document.querySelectorAll('.answer').length === 1")
    assert "物流很快 1" in other.inner_text(".reading")
    other.fill("input[name=contains]", "script")
    other.keyboard.press("Enter")
    shows(other, ".rows", "No answer fits this search.")
    assert tab.evaluate("window.broken") is None
    assert said["predictions"][1]["id"] == tab.get_attribute(".reading", "data-row")


def test_an_answer_that_is_no_longer_shown_is_not_corrected(serve, visit):
    service = serve("--keep-texts")
    ask_some(service)
    tab = visit(service)
    tab.goto(service.url + "/answers")
    lively(tab)
    for said in ({"act": "key", "value": "1", "row": "another"}, {"act": "label", "value": "no such label"}, {}):
        tab.evaluate("said => emitEvent('luodi', said)", said)
    tab.keyboard.press("j")
    shows(tab, ".answer.chosen .short", "物流很快 1")
    assert tab.locator(".answer .badge", has_text="corrected").count() == 0


def test_a_report_is_shown_apart_from_everything(serve, visit):
    service = serve()
    tab = visit(service)
    tab.goto(service.url + "/models")
    lively(tab)
    tab.click("text=Read the report")
    frame = tab.frame_locator(".reader iframe")
    frame.locator("h1").wait_for()
    assert frame.locator("h1").inner_text() == "the report"
    assert frame.locator("h1").evaluate("() => { try { return document.cookie } catch { return 'apart' } }") == "apart"
    assert tab.title() == "Models · luodi"


def test_without_a_key_nothing_is_shown_and_a_revoked_one_ends_the_session(serve, visit):
    service = serve("--keep-texts")
    secret = service.key(EVIL, "admin", "feedback", "predict")
    assert service.ask("/console/answers")[0] == 401
    assert service.ask("/console/report/x")[0] == 401
    assert service.ask("/console/_nicegui_ws/socket.io/?EIO=4&transport=polling")[0] == 401
    tab = visit(service, refused=True)
    tab.goto(service.url + "/keys")
    assert tab.url.endswith("/console/enter")
    door = service.origin.replace("http", "ws") + "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    knock = """url => new Promise(done => {
        const socket = new WebSocket(url);
        socket.onopen = () => done(1);
        socket.onerror = () => done(0);
    })"""
    assert tab.evaluate(knock, door) == 0
    tab.fill("#key", "luodi_" + "x" * 43)
    tab.click("button")
    assert "unknown" in tab.inner_text(".fault")
    tab.fill("#key", secret)
    tab.click("button")
    tab.wait_for_url(service.url + "/")
    assert tab.evaluate(knock, door) == 1
    (cookie,) = tab.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/console")
    assert tab.inner_text(".who") == EVIL
    assert tab.evaluate("window.broken") is None
    service.revoke(EVIL)
    tab.wait_for_url(service.url + "/enter")
    assert service.ask("/console/", cookie=f"luodi_console={cookie['value']}")[0] == 401


def test_a_page_of_another_origin_gets_nowhere(serve):
    service = serve()
    assert service.ask("/console/")[0] == 200
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert service.ask("/console/", **headers)[0] == 403, headers
    secret = service.key("ward", "admin")
    request = urllib.request.Request(
        service.url + "/enter", f"key={secret}".encode(), {"origin": "https://evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=30)


def test_scopes_decide_which_pages_there_are(serve, visit):
    service = serve("--keep-texts")
    tab = visit(service)
    secret = service.key("caller", "predict")
    tab.goto(service.url)
    tab.fill("#key", secret)
    tab.click("button")
    tab.wait_for_selector(".places a")
    assert tab.locator(".places a").all_inner_texts() == ["Overview", "Try it", "Traffic", "Models"]
    for path in ("answers", "keys"):
        tab.goto(f"{service.url}/{path}")
        assert tab.inner_text("h1") == "Overview"
    tab.click("form button")
    tab.wait_for_url(service.url + "/enter")
    assert tab.context.cookies() == []


def test_the_first_key_is_made_on_the_page_and_closes_it(serve, visit):
    service = serve()
    tab, other = visit(service, refused=True), visit(service, refused=True)
    for one in (tab, other):
        one.goto(service.url + "/keys")
        lively(one)
    tab.fill("input[name=key-name]", EVIL)
    tab.click("text=Make the key")
    shows(tab, ".told.fault", "must hold admin")
    tab.check("input[name=admin]")
    tab.click("text=Make the key")
    tab.wait_for_selector("[data-secret]")
    secret = tab.inner_text("[data-secret]")
    other.wait_for_url(service.url + "/enter")
    assert tab.inner_text("[data-secret]") == secret  # the one page that shows it stays
    tab.click("text=go on with this key")
    tab.wait_for_url(service.url + "/")
    tab.goto(service.url + "/keys")
    assert tab.inner_text(".keyrow .name") == EVIL
    assert secret not in tab.content()
    lively(tab)
    tab.fill("input[name=key-name]", "second")
    tab.click("text=Make the key")
    shows(tab, ".keyrow", "second")
    row = tab.locator(".keyrow", has_text="second")
    row.locator("button").click()
    assert row.locator("button").count() == 1  # the first press only asks
    row.locator("button").click()
    tab.wait_for_selector(".keyrow.over")
    assert tab.evaluate("window.broken") is None


def test_the_traffic_is_drawn_and_a_stop_is_not_held_up_by_an_open_page(serve, visit):
    service = serve()
    tab = visit(service, refused=True)
    tab.goto(service.url + "/traffic")
    lively(tab)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and not tab.locator(".plot .bar").count():
        ask_some(service)
        time.sleep(0.5)
    assert tab.locator(".plot .bar").count()
    shows(tab, ".badge", "200")
    assert service.end() == 0


def test_without_the_console_there_is_none(serve):
    service = serve("--no-console")
    assert service.ask("/console/")[0] == 404
