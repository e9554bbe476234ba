"""The service as its user starts it: a process of its own, a real bundle, a real socket."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import luodi
from luodi.store import KeyRing, open_store

TEXTS = ["物流很快，包装完好", "", "the soup was cold", "🙂", "味道很差" * 200, "a\tb", "\u0000"]


def _keys(home):
    return KeyRing(open_store(home / "store.db"))


def _luodi(*words, home):
    env = {**os.environ, "LUODI_HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "-m", "luodi", *map(str, words)], env=env, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout, run.stderr


def test_command_line_python_and_http_answer_alike(serving, built):
    running = serving(built)
    status, said, headers = running.ask("POST", "/v1/predict", {"texts": TEXTS})
    assert status == 200
    over_http = [{name: one[name] for name in ("情感", "abstained", "tier")} for one in said["predictions"]]
    in_python = [one.to_json() for one in luodi.load(built)(TEXTS)]
    assert over_http == in_python
    code, out, err = _luodi(
        "predict", built, *(text for text in TEXTS if "\0" not in text), "--json", home=running.home
    )
    assert code == 0, err
    on_line = [json.loads(line) for line in out.splitlines()]
    here = [one for one, text in zip(in_python, TEXTS, strict=True) if "\0" not in text]
    assert [{name: one[name] for name in ("情感", "abstained", "tier")} for one in on_line] == here
    assert "server" not in headers


def test_the_fifth_number_stands_beside_the_bundle(serving, built, toy_data):
    """What HTTP answers differs from what the bundle was proved with by what its rounding drops, and in no label."""
    running = serving(built)
    texts = list(toy_data.texts)
    _, said, _ = running.ask("POST", "/v1/predict", {"texts": texts})
    here = luodi.load(built)(texts)
    apart = [abs(one["情感"]["probability"] - p.probability) for one, p in zip(said["predictions"], here, strict=True)]
    assert max(apart) <= 0.5e-6 + 1e-9
    assert [one["情感"]["label"] for one in said["predictions"]] == [p.label for p in here]
    proved = json.loads((built / "report.json").read_text("utf-8"))["report"]["parity"]
    assert all(one["label_flips"] == 0 for one in proved)
    status, told, _ = running.ask("GET", "/v1/models/reviews")
    assert (status, told["report"]["parity"]) == (200, proved)


def test_it_ends_in_order(serving, built):
    running = serving(built)
    running.ask("POST", "/v1/predict", {"text": "a"})
    assert running.end(signal.SIGTERM) == 0
    said = (running.home / "log").read_text("utf-8")
    assert json.loads(said.splitlines()[-1])["route"] == "/v1/predict"
    assert "Traceback" not in said


def test_what_was_accepted_is_answered(serving, built):
    running = serving(built, "--queue-seconds=60", "--queue-tokens=10000000")
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(running.ask, "POST", "/v1/predict", {"texts": ["物流很快 " * 60] * 200}) for _ in range(4)]
        deadline = time.monotonic() + 30
        while (
            "luodi_queue_texts" not in (shown := running.ask("GET", "/metrics")[1])
            or 'texts{model="reviews"} 0.0' in shown
        ):
            assert time.monotonic() < deadline
        running.process.send_signal(signal.SIGTERM)
        answered = [one.result() for one in asked]
    assert [status for status, _, _ in answered] == [200] * 4
    assert running.process.wait(60) == 0


def test_beyond_this_machine_it_wants_a_key(serving, built, tmp_path):
    code, _, err = _luodi("serve", built, "--host", "0.0.0.0", "--port", "0", home=tmp_path)
    assert code == 2
    assert "luodi keys add" in err
    _keys(tmp_path).add("a", frozenset({"predict"}))
    running = serving(built, "--host=0.0.0.0", home=tmp_path)
    assert running.told["needs_key"]
    running.address = running.address.replace("0.0.0.0", "127.0.0.1")
    assert running.ask("GET", "/v1/models")[0] == 401


def test_keys_made_and_revoked_elsewhere_count_at_once(serving, built):
    running = serving(built, "--require-key")
    assert running.ask("POST", "/v1/predict", {"text": "a"})[0] == 401
    code, out, err = _luodi("keys", "add", "app", "--json", home=running.home)
    assert code == 0, err
    key = json.loads(out)["key"]
    assert running.ask("POST", "/v1/predict", {"text": "a"}, key=key)[0] == 200
    assert running.ask("PUT", "/v1/models/reviews", {"path": "a"}, key=key)[0] == 403
    assert _luodi("keys", "revoke", "app", home=running.home)[0] == 0
    assert running.ask("POST", "/v1/predict", {"text": "a"}, key=key)[0] == 401


def test_several_bundles_and_one_replaced_under_load(serving, built, tmp_path):
    copy = shutil.copytree(built, tmp_path / "other.luodi")
    running = serving(built, f"second={copy}")
    assert running.told["models"] == ["reviews", "second"]
    assert running.ask("POST", "/v1/predict", {"text": "a"})[0] == 422
    stop = threading.Event()
    statuses = []

    def load():
        while not stop.is_set():
            statuses.append(running.ask("POST", "/v1/predict", {"model": "second", "texts": ["物流很快"] * 5})[0])

    with ThreadPoolExecutor(4) as pool:
        loaders = [pool.submit(load) for _ in range(4)]
        for path in (built, copy, built):
            assert running.ask("PUT", "/v1/models/second", {"path": str(path)})[0] == 200
        (copy / "model.onnx").write_bytes(b"")
        assert running.ask("PUT", "/v1/models/second", {"path": str(copy)})[0] == 422
        asked = len(statuses)
        while len(statuses) < asked + 20 and not any(one.done() for one in loaders):
            time.sleep(0.01)
        stop.set()
        for one in loaders:
            one.result()
    assert len(statuses) > 20
    assert set(statuses) == {200}


def test_answers_and_feedback_outlive_it(serving, built):
    running = serving(built, "--keep-texts")
    _, said, _ = running.ask("POST", "/v1/predict", {"texts": ["物流很快", "太慢"]})
    assert all(one["stored"] for one in said["predictions"])
    id = said["predictions"][1]["id"]
    assert running.ask("POST", "/v1/feedback", {"id": id, "label": "负面"})[0] == 200
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(60)
    kept = open_store(running.home / "store.db").one(id)
    assert (kept.answered.text, kept.right()) == ("太慢", {"情感": "负面"})


def test_a_body_in_pieces_is_counted(serving, built):
    running = serving(built, "--max-mib=0.001")
    host, port = running.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = b""
        try:
            for _ in range(1000):
                line.sendall(b'6\r\n{"a": \r\n')
            answer = line.recv(65536)
        except ConnectionError:
            answer = answer or line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert running.ask("GET", "/healthz")[0] == 200


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (("--no-store", "--keep-texts"), 2), (("--certificate-key", "a.pem"), 2), (("--max-texts", "0"), 2),
        (("--log-format", "xml"), 2), (("--port", "99999"), 2),
    ],
    ids=str,
)  # fmt: skip
def test_odd_options_are_refused_in_a_sentence(built, tmp_path, flags, code):
    ended, _, err = _luodi("serve", built, *flags, home=tmp_path)
    assert ended == code
    assert "Traceback" not in err


def test_a_damaged_bundle_is_refused(built, tmp_path):
    damaged = shutil.copytree(built, tmp_path / "damaged.luodi")
    (damaged / "tokenizer.json").write_text("{}")
    assert _luodi("serve", damaged, "--port", "0", home=tmp_path)[0] == 6
