"""The console's pages in a real browser: both languages, corrections made and seen, hostile texts inert."""

import time

import pytest

PAGES = {
    "": "Overview",
    "try": "Try it",
    "traffic": "Traffic",
    "answers": "Answers",
    "models": "Models",
    "keys": "Keys",
}
PAGES_ZH = {"": "总览", "try": "试一试", "traffic": "流量", "answers": "回答", "models": "模型", "keys": "密钥列表"}


def ask_some(service, evil, n=3):
    body = {"texts": [f"物流很快 {place}" for place in range(n - 1)] + [evil]}
    status, said = service.ask("/v1/predict", body)
    assert status == 200, said
    assert all(one["stored"] for one in said["predictions"])
    return said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_in_both_languages_on_a_wide_screen_and_a_phone(serve, visit, language, evil, lively):
    service = serve("--keep-texts")
    ask_some(service, evil)
    titles, locale = (PAGES, "en-US") if language == "en" else (PAGES_ZH, "zh-CN")
    wide = visit(service, locale=locale)
    phone = visit(service, locale=locale, color_scheme="dark", viewport={"width": 360, "height": 700})
    for path, title in titles.items():
        for tab in (wide, phone):
            tab.goto(f"{service.url}/{path}")
            assert tab.inner_text("h1") == title
            assert tab.get_attribute("html", "lang") == {"en": "en-US", "zh": "zh-CN"}[language]
            lively(tab)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert "rgb(15, 19, 25)" in phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert wide.evaluate("window.broken") is None


def test_the_language_is_the_visitors_own(serve, visit):
    service = serve()
    one, other = visit(service), visit(service)
    for tab in (one, other):
        tab.goto(service.url + "/models")
    one.click("a.switch")
    one.wait_for_function("document.querySelector('h1')?.textContent === '模型'")
    assert one.url == service.url + "/models"
    other.reload()
    assert other.inner_text("h1") == "Models"


def test_a_new_service_says_that_it_has_nothing_yet(serve, visit, shows):
    service = serve()
    tab = visit(service)
    tab.goto(service.url)
    assert "Nothing was answered in the last week" in tab.inner_text(".empty")
    tab.goto(service.url + "/answers")
    shows(tab, ".rows", "Nothing was stored yet.")
    forgetful = serve("--no-store")
    tab = visit(forgetful)
    tab.goto(forgetful.url)
    assert "keeps no answers" in tab.inner_text(".empty")


def test_a_text_is_tried_and_its_words_are_weighed(serve, visit, evil, shows, lively):
    service = serve("--keep-texts")
    tab = visit(service)
    tab.goto(service.url + "/try")
    lively(tab)
    tab.fill("textarea", f"物流很快 {evil}")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector(".words span, .still")
    assert {one.inner_text() for one in tab.locator(".head h2").all()} == {"情感", "<i>方面</i>"}
    assert tab.locator(".head .share").count() == 5
    for weighed in tab.locator(".words").all():
        assert weighed.evaluate("one => one.textContent") == f"物流很快 {evil}"
    assert tab.evaluate("document.querySelectorAll('.result img, .result script, .result b').length") == 0
    assert tab.evaluate("window.broken") is None
    tab.goto(service.url + "/answers")
    shows(tab, ".rows", "Nothing was stored yet.")  # what is tried is not stored


def test_an_answer_is_corrected_with_one_key_and_seen_by_another(serve, visit, labels, evil, shows, lively):
    service = serve("--keep-texts")
    said = ask_some(service, evil)
    tab, other = visit(service), visit(service)
    tab.goto(service.url + "/answers")
    lively(tab)
    tab.keyboard.press("j")
    shows(tab, ".answer.chosen .short", "物流很快 1")
    tab.keyboard.press("2")
    shows(tab, ".answer.chosen .badge", "corrected")
    assert labels[0][1] in tab.inner_text(".cells")
    tab.keyboard.press("h")  # the other head takes several labels
    tab.wait_for_selector(".choices.active button.strong")
    tab.keyboard.press("1")
    tab.wait_for_selector(".choices.active .picked")
    tab.keyboard.press("3")
    tab.wait_for_function("document.querySelectorAll('.picked').length === 2")
    tab.keyboard.press("Enter")
    shows(tab, ".cells", f"味道, {labels[1][2]}")
    other.goto(service.url + "/answers")
    lively(other)
    other.select_option(".filters select >> nth=-1", "yes")
    other.wait_for_function("document.querySelectorAll('.answer').length === 1")
    assert "物流很快 1" in other.inner_text(".reading")
    other.fill("input[name=contains]", "script")
    other.keyboard.press("Enter")
    shows(other, ".rows", "No answer fits this search.")
    assert tab.evaluate("window.broken") is None
    assert said["predictions"][1]["id"] == tab.get_attribute(".reading", "data-row")


def test_an_answer_that_is_no_longer_shown_is_not_corrected(serve, visit, evil, shows, lively):
    service = serve("--keep-texts")
    ask_some(service, evil)
    tab = visit(service)
    tab.goto(service.url + "/answers")
    lively(tab)
    for said in ({"act": "key", "value": "1", "row": "another"}, {"act": "label", "value": "no such label"}, {}):
        tab.evaluate("said => emitEvent('luodi', said)", said)
    tab.keyboard.press("j")
    shows(tab, ".answer.chosen .short", "物流很快 1")
    assert tab.locator(".answer .badge", has_text="corrected").count() == 0


def test_a_report_is_shown_apart_from_everything(serve, visit, lively):
    service = serve()
    tab = visit(service)
    tab.goto(service.url + "/models")
    lively(tab)
    tab.click("text=Read the report")
    frame = tab.frame_locator(".reader iframe")
    frame.locator("h1").wait_for()
    assert frame.locator("h1").inner_text() == "the report"
    assert frame.locator("h1").evaluate("() => { try { return document.cookie } catch { return 'apart' } }") == "apart"
    assert tab.title() == "Models · luodi"


def test_the_traffic_is_drawn_and_a_stop_is_not_held_up_by_an_open_page(serve, visit, evil, shows, lively):
    service = serve()
    tab = visit(service, refused=True)
    tab.goto(service.url + "/traffic")
    lively(tab)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and not tab.locator(".plot .bar").count():
        ask_some(service, evil)
        time.sleep(0.5)
    assert tab.locator(".plot .bar").count()
    shows(tab, ".badge", "200")
    assert service.end() == 0


def test_without_the_console_there_is_none(serve):
    service = serve("--no-console")
    assert service.ask("/console/")[0] == 404
