"""Requests made from the description, sound and odd ones: nothing but declared statuses and shapes comes back."""

import json
import os
import re
import subprocess
import sys

import pytest

from luodi.store import KeyRing, open_store

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method"
)
ANSWERED = re.compile(r'^luodi_requests_total\{method="(\w+)",route="([^"]+)",status="(\d+)"\} (\d+)', re.MULTILINE)


@pytest.fixture
def fuzz(serving, built, tmp_path):
    """Start a service that wants a key, send it what the description allows and forbids, and tell what it answered."""

    def run(*words, is_known, phases="examples,fuzzing", checks=CHECKS):
        home = tmp_path / "home"
        home.mkdir()
        secret = KeyRing(open_store(home / "store.db")).add("fuzz", frozenset({"predict", "feedback", "admin"}))
        running = serving(built, "--require-key", "--grace-seconds=1", home=home)
        described = tmp_path / "openapi.json"
        described.write_text(json.dumps(running.ask("GET", "/openapi.json", key=secret)[1]), "utf-8")
        config = tmp_path / "schemathesis.toml"
        config.write_text('[parameters]\n"path.name" = "reviews"\n', "utf-8")
        if is_known:
            words = (*words, "--header", f"Authorization: Bearer {secret}")
        ended = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", described, "--url",
                running.address, "--phases", phases, "--checks", checks, "--seed", "7", "--no-color", *words,
            ],
            cwd=tmp_path, env={**os.environ, "NO_PROXY": "127.0.0.1"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return ended, ANSWERED.findall(running.ask("GET", "/metrics", key=secret)[1])

    return run


@pytest.mark.slow
def test_only_what_is_declared_is_answered(fuzz):
    ended, answered = fuzz("--max-examples", "8", is_known=True, checks=f"{CHECKS},ignored_auth")
    assert ended.returncode == 0, ended.stdout[-8000:]
    assert sum(int(n) for *_, n in answered) > 100
    routes = {route for _, route, status, _ in answered if status == "200"}
    assert {"/v1/predict", "/v1/models/{name}", "/v2/models/{name}/infer", "/docs", "/metrics", "/v2"} <= routes


@pytest.mark.slow
def test_without_a_key_nothing_but_health_is_answered(fuzz):
    ended, answered = fuzz("--max-examples", "3", is_known=False)
    assert ended.returncode == 0, ended.stdout[-8000:]
    known = {("GET", "/openapi.json"), ("GET", "/metrics")}  # the two that the test itself asked for, with a key
    opened = {(method, route) for method, route, status, _ in answered if status not in ("401", "405")} - known
    assert opened
    assert {route for _, route in opened} == {"/healthz", "/readyz"}
