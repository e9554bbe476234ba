"""Who is let in: whoever has the address, and nobody else, however the request is dressed."""

import asyncio

import pytest

from luodi.labelling.guard import Guard

PORT = 4711


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    await send({"type": "http.response.body", "body": b"the page"})


@pytest.fixture
def guard():
    return Guard(app, port=PORT, refusal="no")


def ask(guard, *, path="/", query="", kind="http", host=f"127.0.0.1:{PORT}", **headers):
    """Send one request; gives the messages that came back."""
    sent = []
    scope = {
        "type": kind, "path": path, "query_string": query.encode(),
        "headers": [(b"host", host.encode())] * (host is not None)
        + [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent


def status(sent):
    return sent[0].get("status", sent[0]["type"])


def cookie(guard):
    sent = ask(guard, query=f"token={guard.token}")
    assert status(sent) == 303
    return dict(sent[0]["headers"])[b"set-cookie"].decode()


def test_the_address_becomes_a_cookie_and_leaves_the_address_bar(guard):
    sent = ask(guard, query=f"token={guard.token}")
    headers = dict(sent[0]["headers"])
    assert (status(sent), headers[b"location"]) == (303, b"/")
    assert "HttpOnly" in cookie(guard)
    assert "SameSite" in cookie(guard)
    assert status(ask(guard, cookie=cookie(guard).partition(";")[0])) == 200


def test_nobody_comes_in_without(guard):
    for query in ("", "token=", "token=x", f"token={guard.token}x", f"token={guard.token[:-1]}", "token=é"):
        assert status(ask(guard, query=query)) == 403
    for said in ("", "luodi_label_4711=", "luodi_label_4711=x", f"luodi_label_1={guard.token}", "a=b;;;=", '"'):
        assert status(ask(guard, cookie=said)) == 403
    assert b"".join(message.get("body", b"") for message in ask(guard)) == b"no"


def test_the_ticket_opens_once(guard):
    ticket = guard.ticket
    assert status(ask(guard, query=f"token={ticket}")) == 303
    assert status(ask(guard, query=f"token={ticket}")) == 403
    assert status(ask(guard, query="token=None")) == 403
    assert status(ask(guard, query=f"token={guard.token}")) == 303


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4711", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example", "[::1", "10.0.0.1"],
)
def test_names_that_merely_lead_here_are_refused(guard, host):
    """DNS rebinding: the browser would send the cookie, the host gives it away."""
    mine = cookie(guard).partition(";")[0]
    assert status(ask(guard, host=host, cookie=mine)) == 403
    assert status(ask(guard, host=host, query=f"token={guard.token}")) == 403


@pytest.mark.parametrize("host", ["127.0.0.1:4711", "localhost:4711", "[::1]:4711", "localhost:9999", "LOCALHOST"])
def test_names_of_this_machine_and_tunnels_to_it_are_let_in(guard, host):
    mine = cookie(guard).partition(";")[0]
    assert status(ask(guard, host=host, cookie=mine)) == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost:4711"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_pages_of_another_origin_are_refused(guard, origin, kind):
    """Also with the cookie: a browser adds it to what another page sends."""
    mine = cookie(guard).partition(";")[0]
    refused = ask(guard, kind=kind, cookie=mine, origin=origin)
    assert status(refused) in (403, "websocket.close")
    assert status(ask(guard, kind="websocket", cookie=mine, origin=f"http://127.0.0.1:{PORT}")) == 200


def test_a_websocket_without_the_cookie_is_closed(guard):
    assert ask(guard, kind="websocket", query=f"token={guard.token}")[0] == {"type": "websocket.close", "code": 1008}


def test_every_answer_forbids_what_comes_from_elsewhere(guard):
    mine = cookie(guard).partition(";")[0]
    for sent in (ask(guard), ask(guard, cookie=mine), ask(guard, query=f"token={guard.token}")):
        policy = dict(sent[0]["headers"])[b"content-security-policy"].decode()
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_each_start_has_a_secret_of_its_own(guard):
    other = Guard(app, port=PORT, refusal="no")
    assert len({guard.token, guard.ticket, other.token, other.ticket}) == 4
    assert status(ask(other, cookie=cookie(guard).partition(";")[0])) == 403


@pytest.mark.parametrize("odd", ['a b="', "=", "x[1]=2", "größe=3", 'j="{\\"a\\":1}"', "a=b=c;;", "名=1"])
def test_odd_cookies_of_other_programs_lock_nobody_out(guard, odd):
    mine = cookie(guard).partition(";")[0]
    for said in (f"{odd}; {mine}", f"{mine}; {odd}"):
        assert status(ask(guard, cookie=said)) == 200
    assert status(ask(guard, cookie=odd)) == 403
