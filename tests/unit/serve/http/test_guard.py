"""Nothing is answered to who shows no key, whatever the path; revoked means at once; other pages stay out."""

import base64
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from luodi.serve.guard import OPEN
from luodi.serve.rates import Rates

N_ROUTES = 15


def _also(mark="inner"):
    async def inner(request):
        return PlainTextResponse(mark)

    return Starlette(routes=[Route("/", inner), Route("/page", inner), Route("/deep/er", inner, methods=["POST"])])


def _paths(routes, prefix=""):
    """Give every path that leads somewhere, mounted ones too."""
    for route in routes:
        path = prefix + route.path
        if isinstance(route, Mount):
            yield from _paths(route.routes, path)
        else:
            yield path.replace("{name}", "tiny")


@pytest.fixture
def guarded(calls, one_head):
    return calls(one_head, require_key=True, also={"/console": _also(), "/extra": _also()})


def test_every_route_without_a_key_is_refused(guarded):
    paths = [*_paths(guarded.app.routes)]
    assert len(paths) >= N_ROUTES + 6
    assert {"/console/page", "/docs", "/openapi.json", "/metrics", "/v2/models/tiny/infer"} <= set(paths)
    strangers = [
        "/",
        "/nope",
        "/healthz/",
        "//healthz",
        "/v1",
        "/console",
        "/readyz/x",
        "/healthz/../metrics",
        "/HEALTHZ",
    ]
    closed = [path for path in (*paths, *strangers) if path not in OPEN]
    assert len(closed) == len(paths) + len(strangers) - 2
    for path in closed:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X"):
            for key in (None, "", "luodi_" + "x" * 43, "好"[:0] + "a" * 10_000):
                found = guarded(method, path, b"", key=key)
                assert found.status == 401, (method, path, key)
                assert found.headers["www-authenticate"].startswith("Bearer")


def test_health_is_open(guarded):
    assert {guarded("GET", path).status for path in OPEN} == {200}


def test_a_key_opens_what_its_scopes_say(guarded, keys):
    secret = {one: keys.add(one, frozenset({one})) for one in ("predict", "feedback", "admin")}
    body = {"text": "a"}
    wanted = {
        ("POST", "/v1/predict"): "predict", ("POST", "/v1/feedback"): "feedback", ("PUT", "/v1/models/tiny"): "admin",
        ("POST", "/v2/models/tiny/infer"): "predict",
    }  # fmt: skip
    for (method, path), scope in wanted.items():
        for name, one in secret.items():
            assert (guarded(method, path, body, key=one).status == 403) == (name != scope), (path, name)
    for path in ("/metrics", "/docs", "/openapi.json", "/v1/models", "/console/page"):
        assert guarded("GET", path, key=secret["predict"]).status == 200


def test_a_revoked_key_opens_nothing_at_once(guarded, keys):
    secret = keys.add("a", frozenset({"predict"}))
    assert guarded("POST", "/v1/predict", {"text": "a"}, key=secret).status == 200
    keys.revoke("a")
    assert guarded("POST", "/v1/predict", {"text": "a"}, key=secret).status == 401


def test_revoking_the_last_key_does_not_open_the_service(calls, one_head, keys):
    secret = keys.add("a", frozenset({"predict"}))
    ask = calls(one_head)
    assert ask("POST", "/v1/predict", {"text": "a"}, key=secret).status == 200
    keys.revoke("a")
    assert ask("POST", "/v1/predict", {"text": "a"}).status == 401


def test_a_store_that_was_removed_opens_nothing_and_stores_nothing(calls, one_head, keys, store):
    secret = keys.add("a", frozenset({"predict"}))
    ask = calls(one_head)
    assert ask("GET", "/readyz").status == 200
    Path(store.place).unlink()
    found = ask("POST", "/v1/predict", {"text": "a"}, key=secret)
    assert (found.status, "gone" in found.body.decode()) == (500, False)
    assert ask("GET", "/readyz").status == 503


def test_one_key_makes_keys_needed(calls, one_head, keys):
    assert calls(one_head)("GET", "/v1/models").status == 200
    keys.add("a", frozenset({"predict"}))
    assert calls(one_head)("GET", "/v1/models").status == 401


def test_a_key_has_its_rate(guarded, keys):
    slow = keys.add("slow", frozenset({"predict"}), 2)
    other = keys.add("other", frozenset({"predict"}), 2)
    assert [guarded("GET", "/v1/models", key=slow).status for _ in range(3)] == [200, 200, 429]
    assert int(guarded("GET", "/v1/models", key=slow).headers["retry-after"]) in (29, 30)
    assert guarded("GET", "/v1/models", key=other).status == 200


def test_a_bucket_fills_with_time():
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    assert [rates.wait_s("a", per_minute=60) for _ in range(61)][-1] == pytest.approx(1.0)
    now[0] = 1.0
    assert rates.wait_s("a", per_minute=60) == 0
    now[0] = 1e6
    assert sum(rates.wait_s("a", per_minute=60) == 0 for _ in range(100)) == 60  # no more than a bucket holds
    assert rates.wait_s("b", per_minute=None) == 0


def test_a_browser_may_show_the_key_as_a_password(guarded, keys):
    secret = keys.add("a", frozenset({"predict"}))
    said = {"authorization": "Basic " + base64.b64encode(f"x:{secret}".encode()).decode(), "accept": "text/html"}
    assert guarded("GET", "/docs", headers=said).status == 200
    assert guarded("GET", "/docs", headers={"accept": "text/html"}).headers["www-authenticate"].startswith("Basic")
    assert guarded("GET", "/docs", headers={**said, "origin": "http://evil.example"}).status == 403
    for odd in ("Basic ü", "Basic", "Basic !!!", "Digest a", "bearer", ""):
        assert guarded("GET", "/docs", headers={"authorization": odd}).status == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[", "192.168.1.2:8000", "localhost@evil"]
)
def test_without_keys_other_names_of_this_machine_are_refused(call, host):
    assert call("GET", "/v1/models", host=host).code == "foreign_host"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:80", "LOCALHOST:1"])
def test_without_keys_this_machine_is_answered(call, host):
    assert call("GET", "/v1/models", host=host).status == 200


def test_without_keys_pages_of_others_are_refused(call):
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert call("POST", "/v1/predict", {"text": "a"}, headers=headers).code == "foreign_page"
    assert call("POST", "/v1/predict", {"text": "a"}, headers={"origin": "http://127.0.0.1"}).status == 200


def test_a_header_that_comes_twice_is_not_believed(guarded, keys):
    secret = keys.add("a", frozenset({"predict"}))

    async def twice(scope, receive, send):
        extra = (b"authorization", f"Bearer {secret}".encode())
        await app({**scope, "headers": [*scope["headers"], extra]}, receive, send)

    app, guarded.app = guarded.app, twice
    assert guarded("GET", "/v1/models").status == 200
    assert guarded("GET", "/v1/models", key=secret).status == 401


def test_an_application_with_a_door_of_its_own_stands_open(calls, one_head):
    from dataclasses import replace

    from luodi.serve.app import make_app

    call = calls(one_head, require_key=True, also={"/console": _also(), "/extra": _also()})
    call.app = make_app(replace(call.service, own_doors=frozenset({"/console"}), meters=type(call.service.meters)()))
    assert call("GET", "/console/page").status == 200
    for path in ("/extra/page", "/consolex", "/v1/models", "/consol", "/"):
        assert call("GET", path).status == 401
