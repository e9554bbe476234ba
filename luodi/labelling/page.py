"""The page on which somebody answers: made with NiceGUI, the same for every tab that shows it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from luodi.errors import LuodiError
from luodi.labelling.keys import assign
from luodi.labelling.view import View
from luodi.language import speak
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from luodi.labelling.view import Wishes
    from luodi.labelling.walk import Walk

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2563eb"/>'
    '<path d="M9 17l5 5L24 11" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round"/></svg>'
)
_LOCALES = {"zh": "zh-CN", "en": "en-US"}


def make_page(walk: Walk, *, wishes: Wishes, close: Callable[[], None]) -> Any:
    """Make the page as an ASGI application; one in a process, as the framework will have it.

    Args:
        walk: the way through the batch.
        wishes: how it is shown.
        close: ends the server.

    Raises:
        MissingExtra: NiceGUI is not installed.
    """
    need("nicegui", extra="console")
    from fastapi import FastAPI
    from nicegui import ui

    desk = _Desk(walk, wishes, close)
    ui.page("/")(desk.open)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.run_with(
        app, title="luodi label", favicon=_ICON, dark=None, language=_LOCALES[wishes.language], tailwind=False,
        show_welcome_message=False, reconnect_timeout=30.0,
    )  # fmt: skip
    return app


class _Desk:
    """Takes what is pressed in any tab, and shows every tab what came of it."""

    def __init__(self, walk: Walk, wishes: Wishes, close: Callable[[], None]) -> None:
        self.walk, self.wishes, self._close = walk, wishes, close
        self._keys = assign(walk.source.labels)
        self._views: dict[str, View] = {}

    def open(self) -> None:
        """Build the page for one tab."""
        from nicegui import ui

        folder = resources.files("luodi.labelling")
        ui.add_head_html(f"<style>{(folder / 'page.css').read_text('utf-8')}</style>")
        ui.add_body_html(f"<script>{(folder / 'page.js').read_text('utf-8')}</script>")
        with speak(self.wishes.language):
            view = View(self.walk, self.wishes, self._keys)
            view.show()
        client = ui.context.client
        self._views[client.id] = view
        client.on_delete(lambda: self._views.pop(client.id, None))
        ui.on("luodi", lambda event: self.take(event.args, view))

    def take(self, said: Mapping[str, Any], view: View) -> None:
        """Do what one tab asks for; what cannot be saved is told there, and the text stays."""
        with speak(self.wishes.language):
            try:
                fault = None
                self._do(str(said.get("act", "")), str(said.get("value", "")), str(said.get("row", "")), view)
            except LuodiError as failed:
                fault = str(failed)
            for one in self._views.values():
                one.show(fault=fault if one is view else None)

    def _do(self, act: str, value: str, row: str, view: View) -> None:
        labels, can_skip = self.walk.source.labels, "0" not in self._keys
        if act == "label" and value.isdecimal() and int(value) < len(labels):
            self.walk.answer(labels[int(value)], shown=row)
        elif act == "key" and value in self._keys:
            self.walk.answer(self._keys[value], shown=row)
        elif act == "skip" or (act == "key" and (value == "s" or (value == "0" and can_skip))):
            self.walk.skip(shown=row)
        elif act == "undo" or (act == "key" and value in ("u", "Backspace")):
            self.walk.undo()
        elif act == "again":
            self.walk.ask_skipped()
        elif act == "search":
            view.search(value)
        elif act == "close":
            for one in self._views.values():
                one.say_farewell()
            self._close()
