"""A real ``luodi serve`` with its console, a bundle whose every name is markup, and visitors with a real browser."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE_MS = 60_000
EVIL = "<script>window.broken=1</script><img src=x onerror='window.broken=1'>"
LABELS = ("正面", "<b onclick=window.broken=1>负面</b>")
TOPICS = ("味道", "</script><script>window.broken=1</script>", "{{constructor.constructor('window.broken=1')()}}")


@pytest.fixture(scope="session")
def evil():
    """What must never be more than text: a name of keys and models, and a text."""
    return EVIL


@pytest.fixture(scope="session")
def labels():
    """The labels of the bundle's two heads."""
    return LABELS, TOPICS


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


@pytest.fixture(scope="session")
def shows():
    """Wait until a text stands in one of the places that a selector names."""

    def wait(tab, selector, text):
        tab.wait_for_function(
            "([where, said]) => [...document.querySelectorAll(where)].some(one => one.textContent.includes(said))",
            arg=[selector, text],
        )

    return wait


@pytest.fixture(scope="session")
def lively():
    """Wait until a page's socket is open: what is pressed before may be lost on a test's haste."""
    return lambda tab: tab.wait_for_function("window.did_handshake === true")
