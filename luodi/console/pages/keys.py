"""Draws the keys: which there are, a new one whose secret is shown once, and the end of one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from luodi.console.guard import PREFIX
from luodi.console.pages.drawn import badge, box, button, code, empty, field, heading, moment, text
from luodi.data.text import encodable
from luodi.errors import DataError
from luodi.language import t
from luodi.store import SCOPES

if TYPE_CHECKING:
    from luodi.console.tab import Tab
    from luodi.store import Key, KeyRing

_MEANINGS = {
    "predict": "ask, and try texts here",
    "feedback": "see and correct answers",
    "admin": "replace models, make and revoke keys",
}


async def draw_keys(tab: Tab) -> None:
    """Draw the page."""
    ring = tab.service.keys
    if ring is None:
        empty(t("This service keeps no keys"), t("Started without a store, it has nowhere to keep them."))
        return
    await _Ring(tab, ring).draw()


class _Ring:
    """The list and the form."""

    def __init__(self, tab: Tab, keys: KeyRing) -> None:
        self.tab, self.keys = tab, keys
        self.name, self.per_minute = "", ""
        self.scopes = {"predict"}

    async def draw(self) -> None:
        """Draw everything."""
        self.secret = box("stack")
        self._draw_form()
        self.list = box("card stack")
        await self._draw_list()

    def _draw_form(self) -> None:
        from nicegui import html

        async def keep_name(said: Any) -> None:
            self.name = str(said)

        async def keep_rate(said: Any) -> None:
            self.per_minute = str(said).strip()

        with box("card stack"):
            heading(t("A new key"))
            with box("row fields"):
                self.name_field = field(
                    t("name"), self.tab.does(keep_name), event="input", maxlength="200", name="key-name"
                )
                field(t("requests a minute, at most"), self.tab.does(keep_rate), event="input", inputmode="numeric",
                      placeholder=t("no limit"))  # fmt: skip
            for scope in SCOPES:
                with html.label().classes("check"):
                    made = html.input_()
                    made.props.update({"type": "checkbox", "name": scope, "checked": scope in self.scopes})
                    text(scope, "name", tag="b")
                    text(t(_MEANINGS[scope]), "quiet")
                made.on("change", self._keeper(scope), js_handler="(e) => emit(e.target.checked)")
            with box("row"):
                button(t("Make the key"), "strong", self.tab.does(self.add, scope="admin"))

    def _keeper(self, scope: str) -> Any:
        async def keep(is_on: Any) -> None:
            (self.scopes.add if is_on else self.scopes.discard)(scope)

        return self.tab.does(keep)

    async def add(self, _: object) -> None:
        """Make a key and show its secret, this once."""
        is_first = not self.tab.visitor.is_known and not await asyncio.to_thread(self.keys.any)
        if is_first and "admin" not in self.scopes:
            raise DataError(t("The first key closes the open door: it must hold admin, or nobody could make another."))
        if self.per_minute and not (self.per_minute.isdecimal() and self.per_minute.isascii()):
            raise DataError(t("requests a minute: a whole number is wanted"), found=self.per_minute[:40])
        limit = int(self.per_minute) if self.per_minute else None
        self.tab.tell("", False)
        secret = await asyncio.to_thread(self.keys.add, self.name.strip(), frozenset(self.scopes), limit)
        self._show(secret, is_first=is_first)
        await self._draw_list()

    def _show(self, secret: str, *, is_first: bool) -> None:
        from nicegui import html

        self.secret.clear()
        with self.secret, box("card secret"):
            heading(t("The key of {name}", name=encodable(self.name.strip())))
            code(secret).props["data-secret"] = ""
            text(t("Copy it now: it is not kept, and nobody can show it again."), "warn", tag="p")
            if is_first:
                text(t("From now on a key is asked for, here too."), "quiet", tag="p")
                with html.form() as enter:
                    html.input_().props.update({"type": "hidden", "name": "key", "value": secret})
                    html.button(t("I have copied it: go on with this key")).classes("strong").props["type"] = "submit"
                enter.props.update({"method": "post", "action": f"{PREFIX}/enter"})

    async def _draw_list(self) -> None:
        keys = await asyncio.to_thread(self.keys.list)
        self.list.clear()
        with self.list:
            heading(t("Keys"))
            if not keys:
                text(t("There is no key yet: whoever is on this machine may do everything, and nobody else anything."),
                     "quiet", tag="p")  # fmt: skip
            for key in sorted(keys, key=lambda one: (one.revoked is not None, -one.created)):
                self._draw_key(key)

    def _draw_key(self, key: Key) -> None:
        async def revoke(_: object) -> None:
            self.tab.tell("", False)
            await asyncio.to_thread(self.keys.revoke, key.name)
            await self._draw_list()

        with box(f"keyrow {'over' if key.revoked else ''}"):
            with box("who"):
                text(encodable(key.name), "name", tag="b")
                text(f"{key.prefix}…", "quiet small mono")
            with box("row"):
                for scope in SCOPES:
                    if scope in key.scopes:
                        badge(scope, "plain")
                if key.per_minute:
                    text(t("{n:,} a minute", n=key.per_minute), "quiet small")
            with box("quiet small when"):
                text(t("revoked") if key.revoked else t("made"))
                moment(key.revoked or key.created, "full")
            if key.revoked is None:
                button(t("revoke"), "danger", self.tab.does(revoke, scope="admin")).props["data-sure"] = t(
                    "press again to revoke"
                )
