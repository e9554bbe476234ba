"""The console's door in a real browser: keys, sessions, scopes, other origins."""

import urllib.error
import urllib.request

import pytest


def test_without_a_key_nothing_is_shown_and_a_revoked_one_ends_the_session(serve, visit, evil):
    service = serve("--keep-texts")
    secret = service.key(evil, "admin", "feedback", "predict")
    assert service.ask("/console/answers")[0] == 401
    assert service.ask("/console/report/x")[0] == 401
    assert service.ask("/console/_nicegui_ws/socket.io/?EIO=4&transport=polling")[0] == 401
    tab = visit(service, refused=True)
    tab.goto(service.url + "/keys")
    assert tab.url.endswith("/console/enter")
    door = service.origin.replace("http", "ws") + "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    knock = """url => new Promise(done => {
        const socket = new WebSocket(url);
        socket.onopen = () => done(1);
        socket.onerror = () => done(0);
    })"""
    assert tab.evaluate(knock, door) == 0
    tab.fill("#key", "luodi_" + "x" * 43)
    tab.click("button")
    assert "unknown" in tab.inner_text(".fault")
    tab.fill("#key", secret)
    tab.click("button")
    tab.wait_for_url(service.url + "/")
    assert tab.evaluate(knock, door) == 1
    (cookie,) = tab.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/console")
    assert tab.inner_text(".who") == evil
    assert tab.evaluate("window.broken") is None
    service.revoke(evil)
    tab.wait_for_url(service.url + "/enter")
    assert service.ask("/console/", cookie=f"luodi_console={cookie['value']}")[0] == 401


def test_a_page_of_another_origin_gets_nowhere(serve):
    service = serve()
    assert service.ask("/console/")[0] == 200
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert service.ask("/console/", **headers)[0] == 403, headers
    secret = service.key("ward", "admin")
    request = urllib.request.Request(
        service.url + "/enter", f"key={secret}".encode(), {"origin": "https://evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=30)


def test_scopes_decide_which_pages_there_are(serve, visit):
    service = serve("--keep-texts")
    tab = visit(service)
    secret = service.key("caller", "predict")
    tab.goto(service.url)
    tab.fill("#key", secret)
    tab.click("button")
    tab.wait_for_selector(".places a")
    assert tab.locator(".places a").all_inner_texts() == ["Overview", "Try it", "Traffic", "Models"]
    for path in ("answers", "keys"):
        tab.goto(f"{service.url}/{path}")
        assert tab.inner_text("h1") == "Overview"
    tab.click("form button")
    tab.wait_for_url(service.url + "/enter")
    assert tab.context.cookies() == []


def test_the_first_key_is_made_on_the_page_and_closes_it(serve, visit, evil, shows, lively):
    service = serve()
    tab, other = visit(service, refused=True), visit(service, refused=True)
    for one in (tab, other):
        one.goto(service.url + "/keys")
        lively(one)
    tab.fill("input[name=key-name]", evil)
    tab.click("text=Make the key")
    shows(tab, ".told.fault", "must hold admin")
    tab.check("input[name=admin]")
    tab.click("text=Make the key")
    tab.wait_for_selector("[data-secret]")
    secret = tab.inner_text("[data-secret]")
    other.wait_for_url(service.url + "/enter")
    assert tab.inner_text("[data-secret]") == secret  # the one page that shows it stays
    tab.click("text=go on with this key")
    tab.wait_for_url(service.url + "/")
    tab.goto(service.url + "/keys")
    assert tab.inner_text(".keyrow .name") == evil
    assert secret not in tab.content()
    lively(tab)
    tab.fill("input[name=key-name]", "second")
    tab.click("text=Make the key")
    shows(tab, ".keyrow", "second")
    row = tab.locator(".keyrow", has_text="second")
    row.locator("button").click()
    assert row.locator("button").count() == 1  # the first press only asks
    row.locator("button").click()
    tab.wait_for_selector(".keyrow.over")
    assert tab.evaluate("window.broken") is None
