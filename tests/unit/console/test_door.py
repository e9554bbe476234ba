"""Who comes in: sessions bound to keys, the guard before the pages, with real keys in a real store."""

import asyncio

import pytest

from luodi.console.guard import Guard
from luodi.console.sessions import LASTS_S, Sessions


async def page(scope, receive, send):
    """Stand for the pages: says whose visit it is, and where it came to."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "more"})
        return
    said = f"{scope['state']['visitor'].name} {scope['root_path']} {scope['path']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said})


def ask(guard, path, *, method="GET", body=b"", **headers):
    """Give status, headers and body of one request."""
    raw = [
        (name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "localhost", **headers}.items()
    ]
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "root_path": "",
        "headers": raw,
        "query_string": query.encode(),
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"].decode()


def test_a_session_ends_with_its_key_with_time_and_by_leaving(keys):
    now = [0.0]
    sessions = Sessions(keys, clock=lambda: now[0])
    assert sessions.visitor("").scopes == {"predict", "feedback", "admin"}  # no key yet: open
    secret = keys.add("ward", frozenset({"predict"}))
    assert sessions.visitor("") is None
    assert sessions.enter("luodi_no") is None
    token = sessions.enter(secret)
    assert (sessions.visitor(token).name, sessions.visitor(token).may("admin")) == ("ward", False)
    now[0] = LASTS_S + 1
    assert sessions.visitor(token) is None
    token = sessions.enter(secret)
    sessions.leave(token)
    assert sessions.visitor(token) is None
    token = sessions.enter(secret)
    keys.revoke("ward")
    assert sessions.visitor(token) is None
    assert sessions.needs_key()  # once there was a key, the door stays shut


def test_without_keys_only_this_machine_is_let_in(keys):
    guard = Guard(page, Sessions(keys))
    assert ask(guard, "/console/try")[::2] == (200, " /console /console/en/try")
    assert ask(guard, "/console", accept_language="zh-CN")[2] == " /console /console/zh/"
    assert ask(guard, "/console/", host="example.com")[0] == 403
    assert ask(guard, "/console/", origin="http://example.com")[0] == 403
    assert ask(guard, "/console/", origin="null")[0] == 403
    assert ask(guard, "/console/", origin="http://localhost")[0] == 200
    assert ask(guard, "/console/x", sec_fetch_site="cross-site", sec_fetch_mode="cors")[0] == 403
    assert b"content-security-policy" in ask(guard, "/console/")[1]
    assert b"sandbox" in ask(guard, "/console/report/a")[1][b"content-security-policy"]


def test_a_key_opens_and_nothing_else_does(keys):
    guard = Guard(page, Sessions(keys, required=True))
    assert ask(guard, "/console/")[0] == 401
    status, headers, _ = ask(guard, "/console/keys", accept="text/html")
    assert (status, headers[b"location"]) == (303, b"/console/enter")
    assert ask(guard, "/console/enter")[0] == 200
    assert ask(guard, "/console/enter", method="POST", body=b"key=luodi_wrong")[0] == 401
    assert ask(guard, "/console/enter", method="POST", body=b"key=" + b"x" * 100_000)[0] == 401
    secret = keys.add("ward", frozenset({"predict"}))
    status, headers, _ = ask(guard, "/console/enter", method="POST", body=f"key={secret}".encode())
    cookie = headers[b"set-cookie"].decode()
    assert status == 303
    assert "HttpOnly; SameSite=Strict" in cookie
    assert secret not in cookie
    token = cookie.partition(";")[0]
    assert ask(guard, "/console/", cookie=f"other={{}}; {token}", host="example.com")[2].startswith("ward ")
    assert ask(guard, "/console/leave", method="POST", cookie=token)[0] == 303
    assert ask(guard, "/console/", cookie=token)[0] == 401


def test_the_way_back_from_the_language_leads_nowhere_else(keys):
    guard = Guard(page, Sessions(keys, required=True))
    for back in ("//example.com", "https://example.com", "/../x", "/models%0d%0aset-cookie: a=b"):
        status, headers, _ = ask(guard, f"/console/language?to=zh&back={back}")
        assert (status, headers[b"location"]) == (303, b"/console/")
    assert ask(guard, "/console/language?to=zh&back=/models")[1][b"location"] == b"/console/models"


@pytest.mark.parametrize("is_revoked_by_time", [True, False], ids=["while nothing is said", "as something is said"])
def test_a_socket_is_closed_when_its_key_is_revoked(keys, is_revoked_by_time):
    sessions = Sessions(keys)
    secret = keys.add("ward", frozenset({"predict"}))
    token = sessions.enter(secret)
    sent, inbox = [], []

    async def talk():
        arrived = asyncio.Queue()
        inbox.append(arrived)
        await arrived.put({"type": "websocket.connect"})
        headers = [(b"host", b"localhost"), (b"cookie", f"luodi_console={token}".encode())]
        scope = {"type": "websocket", "path": "/console/_nicegui_ws/x", "headers": headers, "query_string": b""}

        async def send(message):
            sent.append(message)

        running = asyncio.ensure_future(Guard(page, sessions)(scope, arrived.get, send))
        await arrived.put({"type": "websocket.receive", "text": "hello"})
        while not any(one["type"] == "websocket.send" for one in sent):
            await asyncio.sleep(0.01)
        keys.revoke("ward")
        if not is_revoked_by_time:
            await arrived.put({"type": "websocket.receive", "text": "hello"})
        await asyncio.wait_for(running, 20)

    asyncio.run(talk())
    assert [one["type"] for one in sent if one["type"] == "websocket.send"] == ["websocket.send"]
    if is_revoked_by_time:
        assert sent[-1] == {"type": "websocket.close", "code": 1008}


def test_a_socket_without_a_session_is_refused(keys):
    keys.add("ward", frozenset({"predict"}))
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/console/_nicegui_ws/x",
        "headers": [(b"host", b"localhost")],
        "query_string": b"",
    }
    asyncio.run(Guard(page, Sessions(keys))(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
