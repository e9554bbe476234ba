"""The way to a service: addresses, proxies, certificates."""

import base64
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

import luodi
from luodi.client import Unreachable
from luodi.client.address import read_address
from luodi.errors import RecipeError

from .conftest import KEY, Handler, Service, served


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Proxy(Handler):
    """Answers what it is asked in whole addresses, and leads tunnels to where they want to go."""

    def do_CONNECT(self):
        self.server.service.seen.append((self.command, self.path, dict(self.headers.items()), b"", self.client_address))
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=10) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pour, args=(there, self.connection), daemon=True)
            back.start()
            _pour(self.connection, there)
            back.join(5)
        self.close_connection = True


def _pour(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that signs itself, its key, and one of somebody else."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for name in ("own", "other"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=luodi test",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / f"{name}.key",
             "-out", folder / f"{name}.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder


@pytest.fixture
def secure(predict, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "own.pem", certificate / "own.key")
    service = Service(predict)
    with served(service, tls=context) as port:
        service.url = f"https://127.0.0.1:{port}"
        yield service


@pytest.fixture
def proxy():
    service = Service(None)
    with served(service, handler=Proxy) as port:
        service.url = f"http://127.0.0.1:{port}"
        yield service


def test_who_signed_is_trusted_if_named(secure, certificate):
    with luodi.Client(secure.url, ca=certificate / "own.pem") as client:
        assert len(client.predict(["a"])) == 1


@pytest.mark.parametrize("ca", [None, "other.pem"])
def test_nobody_else_is_told_anything(secure, certificate, ca):
    client = luodi.Client(secure.url, KEY, ca=ca and certificate / ca)
    with client, pytest.raises(Unreachable, match="cannot prove who it is"):
        client.predict(["a"])
    assert secure.seen == []


@pytest.mark.parametrize("file", ["missing.pem", "own.key"])
def test_certificates_that_cannot_be_read_are_named(certificate, file):
    with pytest.raises(RecipeError, match="certificates in .*" + file):
        luodi.Client("https://127.0.0.1:1", ca=certificate / file)


def test_a_proxy_is_asked_in_whole_addresses_and_told_its_password(proxy, monkeypatch):
    proxy.script = [(200, {"models": []}, {})]
    named = proxy.url.replace("http://", "http://me:p%40ss@")
    with luodi.Client("http://service.example:8000", KEY, proxy=named) as client:
        assert client.models() == []
        assert "p@ss" not in repr(client) + repr(client._line.address)
    (method, path, headers, *_), *_ = proxy.seen
    assert (method, path, headers["Host"]) == ("GET", "http://service.example:8000/v1/models", "service.example:8000")
    assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


def test_a_secret_goes_through_a_proxy_unread(proxy, secure, certificate):
    named = proxy.url.replace("http://", "http://me:pass@")
    with luodi.Client(secure.url, KEY, ca=certificate / "own.pem", proxy=named) as client:
        assert len(client.predict(["a"])) == 1
    assert [row[0] for row in proxy.seen] == ["CONNECT"]
    assert "Authorization" not in proxy.seen[0][2]
    assert proxy.seen[0][2]["Proxy-Authorization"].startswith("Basic ")
    assert "Proxy-Authorization" not in secure.seen[0][2]


def test_the_environment_names_a_proxy_but_never_to_this_machine(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert read_address("http://service.example").proxy.host == "proxy.example"
    assert read_address("http://inside.example").proxy is None
    assert read_address("http://service.example", proxy="").proxy is None
    for here in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        assert read_address(here).proxy is None


@pytest.mark.parametrize(
    ("url", "whole"),
    [("http://a", "http://a"), ("https://a:443/", "https://a"), ("http://a:8000/nlp/", "http://a:8000/nlp"),
     ("http://[::1]:80", "http://[::1]")],
)  # fmt: skip
def test_addresses_are_read(url, whole):
    assert str(read_address(url)) == whole


@pytest.mark.parametrize(
    "url",
    ["", "a:8000", "ftp://a", "http://", "http://a:99999", "http://a b", "http://a\r\nX: y", "http://用户",
     "http://me:secret@a", "http://a?key=secret", "http://a#secret", "file:///etc/secret"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_shown(url):
    with pytest.raises(RecipeError) as raised:
        luodi.Client(url)
    assert "secret" not in str(raised.value)


def test_a_service_behind_a_path_is_asked_there(service):
    service.script = [(200, {"models": []}, {})]
    with luodi.Client(service.url + "/nlp/") as client:
        client.models()
    assert service.seen[0][1] == "/nlp/v1/models"
