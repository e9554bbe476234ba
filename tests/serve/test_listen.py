"""A real server in a process of its own: what clients do to it, and how it ends."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Answers with what it was sent; under /hold once the file exists that its query names.
APP = """
import asyncio, os, sys
from pathlib import Path
from luodi.serve import Limits
from luodi.serve.listen import Listen, run

class State: draining = False

class App:
    state = State()
    n_held = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        body, status = b"", 200
        while scope["path"] != "/early":
            message = await receive()
            if message["type"] == "http.disconnect":
                print("left", flush=True)
                return
            body += message["body"]
            if not message["more_body"]:
                break
        if scope["path"] == "/hold":
            print("held", flush=True)
            while not os.path.exists(scope["query_string"].decode()):
                if scope["luodi.gone"]():
                    print("gone", flush=True)
                    return
                await asyncio.sleep(0.01)
        if scope["path"] == "/ready" and self.state.draining:
            status = 503
        said = b"x" * int(scope["query_string"]) if scope["path"] == "/large" else b"%d bytes" % len(body)
        if scope["path"] == "/headers":
            said = repr(scope["headers"]).encode()
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})

PosixPath = Path
options = eval(sys.argv[1])
where = {key: options.pop(key) for key in ("certificate", "key", "grace_s", "host") if key in options}
run(App(), Listen(port=0, limits=Limits(**options), **where))
print("ended", flush=True)
"""


class Process:
    """The server, started with some limits; ``port`` is where it listens."""

    def __init__(self, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", APP, repr(options)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self.clients = []
        self.address = self.said()
        self.port = int(self.address.rpartition(":")[2])

    def said(self):
        """Give the next line that the server prints."""
        return self.process.stdout.readline().strip()

    def open(self):
        """Give a bare connection; what does not come within a minute fails the test."""
        self.clients.append(socket.create_connection(("127.0.0.1", self.port), timeout=60))
        return self.clients[-1]

    def ask(self, *words, **named):
        """Make one request on a connection of its own: (status, body)."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        client.request(*words, **named)
        answer = client.getresponse()
        found = answer.status, answer.read()
        client.close()
        return found

    def end(self, *, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.process.wait(timeout=60)


@pytest.fixture
def serve():
    """Start servers that are killed in the end, however the test ends."""
    started = []

    def start(**options):
        started.append(Process(**options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.process.stdout.close()
        for client in one.clients:
            client.close()


def everything(client):
    """Read until the server ends the connection."""
    said = b""
    while True:
        try:
            part = client.recv(65536)
        except ConnectionResetError:
            return said
        if not part:
            return said
        said += part


def status_of(said):
    return int(said.split(b" ", 2)[1]) if said else None


def code_of(said):
    return json.loads(said.partition(b"\r\n\r\n")[2])["error"]["code"]


def trickle(client, parts):
    """Send part after part, slowly, until the server has had enough; give what it said."""
    client.settimeout(0.05)
    for part in parts:
        try:
            client.sendall(part)
        except OSError:
            break
        try:
            if said := client.recv(65536):
                client.settimeout(60)
                return said + everything(client)
            return b""
        except TimeoutError:
            continue
        except ConnectionResetError:
            return b""
    client.settimeout(60)
    return everything(client)


def for_ever(part):
    start = time.monotonic()
    while time.monotonic() < start + 60:
        yield part
    pytest.fail("the server took it for a minute")


HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"


def test_it_answers_and_keeps_the_connection(serve):
    client = http.client.HTTPConnection("127.0.0.1", serve().port, timeout=60)
    for n in (0, 5, 100_000):
        client.request("POST", "/", body=b"a" * n)
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"%d bytes" % n)
    client.request("POST", "/", body=iter([b"ab", b"c"]), encode_chunked=True)
    assert client.getresponse().read() == b"3 bytes"
    client.close()


def test_headers_that_never_end(serve):
    client = serve(header_s=0.5).open()
    client.sendall(HEAD)
    said = trickle(client, for_ever(b"a: b\r\n"))
    assert (status_of(said), code_of(said)) == (408, "too_slow_to_send")


def test_a_silent_connection_is_closed(serve):
    assert everything(serve(header_s=0.5).open()) == b""


def test_a_kept_connection_without_a_request_is_closed(serve):
    client = serve(idle_s=0.5).open()
    client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert status_of(everything(client)) == 200


def test_a_body_that_comes_too_slowly(serve):
    client = serve(request_s=0.5).open()
    client.sendall(HEAD + b"content-length: 1000\r\n\r\n")
    said = trickle(client, for_ever(b"a"))
    assert (status_of(said), code_of(said)) == (408, "too_slow_to_send")


def test_a_body_that_says_it_is_too_large_is_not_read(serve):
    server = serve(body_bytes=1000)
    client = server.open()
    client.sendall(HEAD + b"content-length: 1001\r\n\r\n")
    said = everything(client)
    assert (status_of(said), code_of(said)) == (413, "too_large")
    assert server.ask("POST", "/", body=b"a" * 1000) == (200, b"1000 bytes")


@pytest.mark.parametrize("part", [b"64\r\n" + b"a" * 100 + b"\r\n", b"1;" + b"x" * 5000 + b"\r\na\r\n"])
def test_a_chunked_body_without_an_end(serve, part):
    server = serve(body_bytes=10_000)
    client = server.open()
    client.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    said = trickle(client, for_ever(part * 20))
    assert (status_of(said), code_of(said)) == (413, "too_large")
    assert server.said() == "left"


@pytest.mark.parametrize(
    "head", [b"GET /" + b"a" * 200_000, b"GET / HTTP/1.1\r\na: " + b"a" * 200_000,
             b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n"],
    ids=["address", "one", "many"],
)  # fmt: skip
def test_headers_that_are_too_large(serve, head):
    client = serve().open()
    client.sendall(head)
    said = everything(client)
    assert (status_of(said), code_of(said)) == (431, "headers_too_large")


def test_a_header_behind_the_body_is_none(serve):
    client = serve().open()
    client.sendall(b"POST /headers HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")
    client.sendall(b"1\r\na\r\n0\r\nauthorization: Bearer x\r\n\r\n")
    said = everything(client)
    assert b"host" in said
    assert b"authorization" not in said


def test_what_is_no_request(serve):
    server = serve()
    client = server.open()
    client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n\x00\x01 garbage\r\n\r\n")
    assert everything(client).count(b"HTTP/1.1 200") <= 1
    client = server.open()
    client.sendall(b"\x16\x03\x01 garbage\r\n\r\n")
    said = everything(client)
    assert (status_of(said), code_of(said)) == (400, "bad_request")
    assert server.ask("GET", "/")[0] == 200


def test_requests_behind_one_another_are_answered_in_turn_up_to_a_number(serve, tmp_path):
    server = serve()
    client = server.open()
    one = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    client.sendall(one * 9 + b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert everything(client).count(b"HTTP/1.1 200") == 10
    client = server.open()
    client.sendall(b"GET /hold?%s HTTP/1.1\r\nhost: x\r\n\r\n" % bytes(tmp_path / "never"))
    assert server.said() == "held"
    client.sendall(one * 1000)
    assert everything(client) == b""
    assert server.said() == "gone"


def test_an_answer_that_nobody_reads(serve):
    server = serve(idle_s=0.5)
    client = server.open()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(b"GET /large?100000000 HTTP/1.1\r\nhost: x\r\n\r\n")
    until(lambda: connections_of(server) == 0)
    assert server.ask("GET", "/")[0] == 200


def until(holds):
    start = time.monotonic()
    while not holds():
        assert time.monotonic() < start + 60, "it never came true"
        time.sleep(0.05)


def connections_of(server):
    """Count the sockets that the server's process holds, but for the one it listens on."""
    fds = Path(f"/proc/{server.process.pid}/fd")
    inodes = {os.readlink(fd)[8:-1] for fd in fds.iterdir() if os.readlink(fd).startswith("socket:")}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(row[9] in inodes and row[3] != "0A" for row in rows)


def test_a_client_that_left_is_known_at_once(serve, tmp_path):
    server = serve()
    client = server.open()
    client.sendall(b"GET /hold?%s HTTP/1.1\r\nhost: x\r\n\r\n" % bytes(tmp_path / "never"))
    assert server.said() == "held"
    client.close()
    assert server.said() == "gone"


def test_beyond_the_most_connections_the_silent_ones_go(serve):
    server = serve(connections=20)
    silent = [server.open() for _ in range(60)]
    assert server.ask("GET", "/")[0] == 200
    until(lambda: connections_of(server) <= 20)
    assert everything(silent[0]) == b""


def test_beyond_the_most_connections_no_busy_one_goes(serve, tmp_path):
    server, go = serve(connections=3), tmp_path / "go"
    busy = [server.open() for _ in range(3)]
    for client in busy:
        client.sendall(b"GET /hold?%s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % bytes(go))
    assert [server.said() for _ in busy] == ["held"] * 3
    said = trickle(server.open(), for_ever(b"G"))
    go.touch()
    assert [status_of(everything(client)) for client in busy] == [200] * 3
    assert (status_of(said) or 503) == 503


def test_at_the_end_what_was_accepted_is_answered(serve, tmp_path):
    """Ready says no while the answer is still to come, and the port is still open for it."""
    server, go = serve(), tmp_path / "go"
    busy, upload = server.open(), server.open()
    busy.sendall(b"GET /hold?%s HTTP/1.1\r\nhost: x\r\n\r\n" % bytes(go))
    assert server.said() == "held"
    upload.sendall(HEAD + b"content-length: 3\r\n\r\na")
    assert server.ask("GET", "/ready")[0] == 200
    server.process.send_signal(signal.SIGTERM)
    until(lambda: server.ask("GET", "/ready")[0] == 503)
    assert server.process.poll() is None
    upload.sendall(b"bc")
    assert status_of(everything(upload)) == 200
    go.touch()
    said = everything(busy)
    assert status_of(said) == 200
    assert b"connection: close" in said
    assert server.process.wait(timeout=60) == 0
    assert server.said() == "ended"


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_at_the_end_nothing_is_left_waiting(serve, sig):
    server = serve()
    idle, begun = server.open(), server.open()
    begun.sendall(HEAD)
    assert server.end(sig=sig) == 0
    assert everything(idle) == everything(begun) == b""


def test_grace_has_an_end(serve, tmp_path):
    server = serve(grace_s=1)
    client = server.open()
    client.sendall(b"GET /hold?%s HTTP/1.1\r\nhost: x\r\n\r\n" % bytes(tmp_path / "never"))
    assert server.said() == "held"
    assert server.end() == 0


def test_a_second_signal_ends_it_at_once(serve, tmp_path):
    server = serve(grace_s=3600)
    client = server.open()
    client.sendall(b"GET /hold?%s HTTP/1.1\r\nhost: x\r\n\r\n" % bytes(tmp_path / "never"))
    assert server.said() == "held"
    server.process.send_signal(signal.SIGTERM)
    until(lambda: server.ask("GET", "/ready")[0] == 503)
    assert server.end() == 128 + signal.SIGTERM


def test_https(serve, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "a.key", "-out", "a.pem"],
        check=True, capture_output=True, cwd=tmp_path,
    )  # fmt: skip
    server = serve(certificate=tmp_path / "a.pem", key=tmp_path / "a.key", header_s=0.5)
    assert server.address.startswith("https://")
    trusting = ssl.create_default_context(cafile=tmp_path / "a.pem")
    client = http.client.HTTPSConnection("localhost", server.port, timeout=60, context=trusting)
    client.request("POST", "/", body=b"abc")
    assert client.getresponse().read() == b"3 bytes"
    client.close()
    assert everything(server.open()) == b"", "a client that never shakes hands"
    assert server.end() == 0
