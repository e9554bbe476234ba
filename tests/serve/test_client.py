"""The client against a real ``luodi serve``: what is answered here, on the command line and over HTTP is the same."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import luodi
from luodi.client import Refused, Unreachable
from luodi.errors import DataError

ROOT = Path(__file__).parents[2]
TEXTS = [
    "物流很快，包装完好",
    "",
    "🙂",
    "the soup was cold",
    "\ud800 half",
    "好" * 3000,
    *(f"味道很差 {n}" for n in range(600)),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(home):
    return {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "LUODI_HOME": str(home)}


@pytest.fixture
def log(tmp_path):
    """Where a service writes its log."""
    return tmp_path / "log.jsonl"


@pytest.fixture
def start(tiny_bundle, environment, log):
    """Start a service on a free port; give its process and its address."""
    running = []
    errors = log.open("wb")

    def begin(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "luodi", "serve", tiny_bundle, "--port", "0", "--no-console", "--json", *words],
            env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8",
        )  # fmt: skip
        running.append(process)
        said = json.loads(process.stdout.readline())
        return process, said["address"]

    yield begin
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
    errors.close()


def test_it_answers_what_the_bundle_answers(start, tiny_bundle):
    process, address = start()
    with luodi.Client(address) as client:
        assert client.ready()
        answers = client.predict(TEXTS)
        here = luodi.load(tiny_bundle)(TEXTS)
        assert [one.label for one in answers] == [one.label for one in here]
        assert [one.probability for one in answers] == pytest.approx([one.probability for one in here], abs=2e-6)
        assert len({one.id for one in answers}) == len(TEXTS)
        assert [one["name"] for one in client.models()] == ["tiny"]
        assert client.model("tiny")["paired"] is False
        with pytest.raises(DataError):
            client.model("other")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert not client.ready()
        with pytest.raises(Unreachable):
            luodi.Client(address, retries=0).predict(["a"])


def test_what_it_kept_takes_feedback(start):
    _, address = start()
    with luodi.Client(address) as client:
        answer = client.predict(["味道太慢"])[0]
        assert answer.stored
        client.feedback(answer.id, "负面", who="Li")
        client.feedback(answer.id, {"情感": "正面"})
        with pytest.raises(DataError):
            client.feedback(answer.id, "no such label")
        with pytest.raises(DataError):
            client.feedback("no-such-answer-0", "负面")
        assert not client.predict(["味道太慢"], store=False)[0].stored


def test_without_a_key_that_it_asks_for_nothing_is_answered(start):
    _, address = start("--require-key")
    with luodi.Client(address, "luodi_" + "k" * 43) as client:
        assert client.ready()
        for ask in (lambda: client.predict(["a"]), client.models, lambda: client.feedback("x-0", "a")):
            with pytest.raises(Refused) as raised:
                ask()
            assert "kkk" not in str(raised.value)


def test_no_question_is_lost_while_it_stops(start, log):
    """Whoever was taken in is answered; whoever was not is told so, or finds nobody there.

    A connection that was kept open may end at the moment at which a question is sent over it. Then nobody has read the
    question: the service's log knows of no request whose answer did not arrive, and the client asks once more.
    """
    process, address = start("--no-store")
    answered, turned_away, strange = [], [], []

    def ask():
        with luodi.Client(address, retries=1) as client:
            while True:
                try:
                    answered.append(client.predict(["物流很快", "味道太慢"]))
                except luodi.LuodiError as refused:
                    is_told = isinstance(refused, Unreachable) or refused.http_status == 503
                    (turned_away if is_told else strange).append(refused)
                    return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(answered) < 40:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(60)
    assert process.wait(60) == 0
    assert not strange
    assert len(turned_away) == 4
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    statuses = [row["status"] for row in rows if row.get("route") == "/v1/predict"]
    assert statuses.count(200) == len(answered)
    assert set(statuses) <= {200, 503}
