"""Where one may listen, and what HTTPS is spoken with: what cannot be is told to whom can mend it."""

import socket
import ssl
import subprocess

import pytest

from luodi.errors import RecipeError
from luodi.serve.listen import Listen, bound, run, tls_of


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Two pairs made by openssl, and an encrypted key."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("a", "b"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
            check=True, capture_output=True, cwd=folder,
        )  # fmt: skip
    subprocess.run(
        ["openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", "a.key", "-out", "locked.key"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    return folder


def test_nothing_older_than_tls_1_2_is_spoken(certificates):
    assert tls_of(certificates / "a.pem", certificates / "a.key").minimum_version >= ssl.TLSVersion.TLSv1_2
    assert tls_of(None, None) is None


@pytest.mark.parametrize(
    ("certificate", "key"),
    [("a.pem", "b.key"), ("a.pem", "nothing.key"), ("a.key", "a.key"), ("a.pem", "locked.key"), ("a.pem", None),
     (None, "a.key")],
)  # fmt: skip
def test_a_pair_that_cannot_be_used(certificates, certificate, key):
    with pytest.raises(RecipeError) as refused:
        tls_of(certificate and certificates / certificate, key and certificates / key)
    assert (key or certificate) in str(refused.value)


def test_a_port_that_is_none():
    with pytest.raises(RecipeError, match="70000"):
        bound("127.0.0.1", 70_000)


def test_tcp_is_named():
    """Or asyncio leaves Nagle's algorithm on, and a kept connection waits 40 ms for the second half of each answer."""
    with bound("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_taken_port():
    with bound("127.0.0.1", 0) as first, pytest.raises(RecipeError, match="--port"):
        bound("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("no.such.host.invalid", 0)])
def test_an_address_that_cannot_be_had(host, port):
    with pytest.raises(RecipeError, match="cannot be listened at"):
        run(None, Listen(host, port))
