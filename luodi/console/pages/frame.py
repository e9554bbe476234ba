"""What stands around every page: where one is, where one can go, which language, and how to leave."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any

from luodi.console.guard import PREFIX
from luodi.console.pages.drawn import box, link, text
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from luodi.console.tab import Tab

#: The pages by their paths, and what each needs; one that a key does not cover is not shown.
TITLES = {
    "": "Overview",
    "/try": "Try it",
    "/traffic": "Traffic",
    "/answers": "Answers",
    "/models": "Models",
    "/keys": "Keys",
}
SCOPES = {"": None, "/try": "predict", "/traffic": None, "/answers": "feedback", "/models": None, "/keys": "admin"}
_SIGNS = {
    "": "M3 10.5 10 4l7 6.5M5 9v7h10V9",
    "/try": "M4 5h12v8H9l-3 3v-3H4z",
    "/traffic": "M3 14l4-5 3 3 4-7 3 4",
    "/answers": "M4 5h12M4 10h12M4 15h8",
    "/models": "M10 3l7 4-7 4-7-4zM3 11l7 4 7-4",
    "/keys": "M12.5 7.5m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M10 10l-6 6M5.5 14.5l2 2",
}


@contextmanager
def frame(tab: Tab, path: str) -> Iterator[Any]:
    """Draw the frame of a page and give the place for its content."""
    from nicegui import html, ui

    folder = resources.files("luodi.console")
    ui.add_head_html(f"<style>{(folder / 'console.css').read_text('utf-8')}</style>")
    ui.add_body_html(f"<script>{(folder / 'console.js').read_text('utf-8')}</script>")
    ui.page_title(f"{t(TITLES[path])} · luodi")
    with box("console"):
        skip = link(t("to the content"), "#content", "skip")
        skip.props["tabindex"] = "0"
        with box("side", tag="header"):
            with box("brand"):
                box("mark")
                text("luodi")
            with box("places", tag="nav") as places:
                for one in TITLES:
                    if tab.visitor.may(SCOPES[one]):
                        _place(one, is_here=one == path)
            places.props["aria-label"] = t("pages")
            _draw_foot(tab, path)
        with html.main().classes("content") as content:
            content.props["id"] = "content"
            text(t(TITLES[path]), tag="h1")
            said = text("", "told hidden", tag="p")
            said.props["role"] = "alert"

            def tell(sentence: str, is_fault: bool) -> None:
                said.classes(replace=f"told {'fault' if is_fault else 'note'}" if sentence else "told hidden")
                said._text = sentence
                said.update()

            tab.tell = tell
            yield content


def _place(path: str, *, is_here: bool) -> None:
    from nicegui import html, ui

    with html.a() as made:
        ui.html(
            f'<svg viewBox="0 0 20 20" aria-hidden="true"><path d="{_SIGNS[path]}"/></svg>', sanitize=False, tag="i"
        )
        text(t(TITLES[path]))
    made.props["href"] = f"{PREFIX}{path or '/'}"
    if is_here:
        made.props["aria-current"] = "page"


def _draw_foot(tab: Tab, path: str) -> None:
    """Offer the other language, and the way out."""
    from nicegui import html

    with box("foot"):
        to, name = ("en", "English") if tab.language == "zh" else ("zh", "中文")
        link(name, f"{PREFIX}/language?to={to}&back={path}", "quiet switch").props["lang"] = to
        if tab.visitor.is_known:
            with html.form() as leave:
                text(tab.visitor.name, "quiet who")
                html.button(t("leave")).classes("quiet").props["type"] = "submit"
            leave.props.update({"method": "post", "action": f"{PREFIX}/leave"})
        else:
            text(t("open on this machine"), "quiet small")
