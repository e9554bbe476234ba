"""A small service on loopback that keeps the contract of ``luodi serve``, and may be told to misbehave."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

KEY = "luodi_" + "k" * 43


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def _serve(self):
        service = self.server.service
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        service.seen.append((self.command, self.path, dict(self.headers.items()), body, self.client_address))
        step = service.script.pop(0) if service.script else None
        if callable(step):
            step(self)
            return
        status, said, headers = step or service.answer(self.command, self.path, self.headers, body)
        self.say(status, said, headers)

    def say(self, status, said, headers=()):
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class Service:
    """Answers by a predictor; what stands in ``script`` is done first, one step a request."""

    def __init__(self, predict, *, most=1000, key=None):
        self.predict, self.most, self.key = predict, most, key
        self.seen, self.script, self.fed = [], [], []

    def answer(self, method, path, headers, body):
        if self.key and path != "/readyz" and headers.get("Authorization") != f"Bearer {self.key}":
            return refused(401, "unauthorized", "no such key")
        if (method, path) == ("POST", "/v1/predict"):
            return self._predicted(json.loads(body))
        if (method, path) == ("POST", "/v1/feedback"):
            self.fed.append(json.loads(body))
            return 200, {}, {}
        rows = {"/v1/models": {"models": [{"name": "tiny"}]}, "/v1/models/%E7%89%A9": {"name": "物"}, "/readyz": {}}
        return (
            (200, rows[path], {}) if path in rows else refused(404, "not_found", "no model", fix="did you mean tiny?")
        )

    def _predicted(self, asked):
        texts = asked.get("texts") or [asked["text"]]
        if len(texts) > self.most:
            return refused(413, "too_large", "too many texts")
        rows = [self._row(place, text) for place, text in enumerate(texts)]
        return 200, {"model": "tiny", "bundle": "f" * 64, "id": "r1", "predictions": rows}, {}

    def _row(self, place, text):
        if text == "poison":
            return {"error": {"code": "unprocessable", "message": "this text cannot be read"}}
        return {"id": f"r1-{place}", **self.predict([text])[0].to_json(), "stored": True}


def refused(status, code, message, headers=(), **more):
    return status, {"error": {"code": code, "message": message, "request": "r1", **more}}, headers


class Quiet(ThreadingHTTPServer):
    """A client that is gone is no news here."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


@contextlib.contextmanager
def served(service, *, tls=None, handler=Handler):
    server = Quiet(("127.0.0.1", 0), handler)
    server.service = service
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def predict(tiny_bundle):
    """What the bundle of the tiny model answers here."""
    import luodi

    return luodi.load(tiny_bundle, workers=1)


@pytest.fixture
def service(predict):
    """A service, and the port that it has once it is up."""
    one = Service(predict)
    with served(one) as port:
        one.port, one.url = port, f"http://127.0.0.1:{port}"
        yield one


@pytest.fixture
def make_client(service):
    """Make clients of the service that wait without taking time; ``.waits`` says how long they would have."""
    import dataclasses

    import luodi

    opened = []

    def make(*given, **more):
        client = luodi.Client(*(given or (service.url,)), **more)
        client.waits = []
        client._asker = dataclasses.replace(client._asker, sleep=client.waits.append, draw=lambda: 0.0)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()
