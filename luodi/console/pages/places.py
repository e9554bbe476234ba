"""Every page at its path, once in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.console.guard import PREFIX
from luodi.console.pages.answers import draw_answers
from luodi.console.pages.frame import SCOPES, frame
from luodi.console.pages.keys import draw_keys
from luodi.console.pages.models import draw_models
from luodi.console.pages.overview import draw_overview
from luodi.console.pages.traffic import draw_traffic
from luodi.console.pages.trial import draw_trial
from luodi.console.tab import Tab
from luodi.language import speak

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from luodi.console.tab import Desk

_PAGES: dict[str, Callable[[Tab], Awaitable[None]]] = {
    "": draw_overview, "/try": draw_trial, "/traffic": draw_traffic, "/answers": draw_answers, "/models": draw_models,
    "/keys": draw_keys,
}  # fmt: skip
_LOCALES = {"en": "en-US", "zh": "zh-CN"}


def add_pages(desk: Desk) -> None:
    """Enter every page with the framework."""
    from nicegui import ui

    for language, locale in _LOCALES.items():
        for path, page in _PAGES.items():
            ui.page(f"/{language}{path or '/'}", language=locale)(_opener(desk, path, page, language))


def _opener(desk: Desk, path: str, page: Callable[[Tab], Awaitable[None]], language: str) -> Callable[[], Any]:
    async def open_page() -> Any:
        from nicegui import ui
        from starlette.responses import RedirectResponse

        visitor = ui.context.client.request.scope["state"]["visitor"]
        if not visitor.may(SCOPES[path]):
            return RedirectResponse(f"{PREFIX}/", status_code=303)
        tab = Tab(desk, visitor, language)
        with speak(language), frame(tab, path):
            await page(tab)
        return None

    return open_page
