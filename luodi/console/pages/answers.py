"""Draws the answers: look for some, read one, say with one key what is right."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from luodi.console.figures import percent
from luodi.console.pages.answer import draw_answer
from luodi.console.pages.drawn import badge, box, button, choice, empty, field, moment, text
from luodi.console.views.answers import PAGE, Choices, Row, Search, choices, correction, read_row
from luodi.data.text import encodable
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.console.tab import Tab
    from luodi.store import Store

_SURENESS = ("0.5", "0.6", "0.7", "0.8", "0.9", "0.95", "0.99")


async def draw_answers(tab: Tab) -> None:
    """Draw the page."""
    from nicegui import ui

    store = tab.service.store
    if store is None:
        empty(t("This service keeps no answers"), t("Started without a store, it forgets each answer."))
        return
    page = _Answers(tab, store)
    page.draw()
    ui.on("luodi", tab.does(page.take, scope="feedback"))
    await page.look()


class _Answers:
    """The search, the rows that it found, and the one that is read."""

    def __init__(self, tab: Tab, store: Store) -> None:
        self.tab, self.store = tab, store
        self.search = Search()
        self.rows: list[Row] = []
        self.chosen, self.head = 0, 0
        self.picked: set[str] = set()
        self._before: list[tuple[float, str] | None] = [None]
        self._drawn: dict[str, Any] = {}

    def draw(self) -> None:
        """Draw the search, and places for the rows and for the one that is read."""
        with box("card filters"):
            field(t("text"), self._searcher("contains"), type="search", placeholder=t("these signs"), name="contains")
            field(t("label"), self._searcher("label"), type="search", placeholder=t("just this label"), name="label")
            models = [(name, encodable(name)) for name in self.tab.service.fleet.names()]
            if len(models) > 1:
                choice(t("model"), [("", t("all")), *models], self._searcher("model"))
            below = [("", t("any")), *((one, t("below {p}", p=percent(float(one)))) for one in _SURENESS)]
            choice(t("probability"), below, self._searcher("below", lambda said: float(said) if said else None))
            states = [("", t("all")), ("no", t("not corrected")), ("yes", t("corrected"))]
            choice(t("state"), states, self._searcher("corrected", {"no": False, "yes": True}.get))
        with box("answers"):
            with box("column"):
                self.list = box("rows")
                self.list.props["role"] = "listbox"
                self.list.props["aria-label"] = t("Answers")
                self.turning = box("row turning")
            self.reading = box("card reading")
        self.reading.props["aria-live"] = "polite"

    def _searcher(self, name: str, read: Callable[[str], Any] = str) -> Any:
        async def look(said: Any) -> None:
            self.search = replace(self.search, **{name: read(str(said))})
            self._before = [None]
            await self.look()

        return self.tab.does(look, scope="feedback")

    async def look(self) -> None:
        """Find rows anew and draw them; the first of them is read."""
        self.tab.tell("", False)
        wanted = self.search.wanted(before=self._before[-1], limit=PAGE + 1)
        kept = await asyncio.to_thread(self.store.look, wanted)
        self.rows = [read_row(one) for one in kept[:PAGE]]
        self.chosen, self.picked = 0, set()
        self._draw_rows()
        self._draw_turning(has_more=len(kept) > PAGE)
        self._read()

    def _draw_rows(self) -> None:
        self.list.clear()
        self._drawn = {}
        with self.list:
            if not self.rows:
                text(t("No answer fits this search.") if not self.search.is_empty else t("Nothing was stored yet."),
                     "quiet nothing")  # fmt: skip
            for row in self.rows:
                self._drawn[row.id] = made = box("answer", tag="button")
                made.props.update({"type": "button", "role": "option"})
                made.on("click", self._chooser(row.id), [])
                self._fill(row)
        self._mark()

    def _fill(self, row: Row) -> None:
        """Draw one row, in its place."""
        made = self._drawn[row.id]
        made.clear()
        with made:
            text(
                row.short if row.text is not None else t("(texts are not kept)"), "short" if row.text else "short quiet"
            )
            with box("facts"):
                for cell in row.cells[:3]:
                    text(
                        cell.right if cell.right is not None else cell.label,
                        "label" + " right" * (cell.right is not None),
                    )
                text(percent(row.probability), "quiet number" + " low" * (row.probability < 0.6))
                if row.abstained:
                    badge(t("abstained"), "busy")
                if row.is_corrected:
                    badge(t("corrected"), "good")
                moment(row.at, "full").classes("quiet small")

    def _mark(self) -> None:
        """Show which row is read."""
        for place, row in enumerate(self.rows):
            made, is_chosen = self._drawn[row.id], place == self.chosen
            made.classes(add="chosen" if is_chosen else "", remove="" if is_chosen else "chosen")
            made.props["aria-selected"] = "true" if is_chosen else "false"
            made.update()

    def _draw_turning(self, *, has_more: bool) -> None:
        self.turning.clear()
        with self.turning:
            if len(self._before) > 1:
                button(t("newer"), "plain", self.tab.does(self._newer, scope="feedback"))
            if has_more:
                button(t("older"), "plain", self.tab.does(self._older, scope="feedback"))
            button(t("look again"), "plain", self.tab.does(self._again, scope="feedback"))

    async def _older(self, _: object) -> None:
        self._before.append((self.rows[-1].at, self.rows[-1].id))
        await self.look()

    async def _newer(self, _: object) -> None:
        self._before.pop()
        await self.look()

    async def _again(self, _: object) -> None:
        self._before = [None]
        await self.look()

    def _chooser(self, name: str) -> Any:
        async def choose(_: object) -> None:
            self._choose(next((i for i, row in enumerate(self.rows) if row.id == name), 0))

        return self.tab.does(choose)

    def _choose(self, place: int) -> None:
        self.chosen, self.picked = max(0, min(place, len(self.rows) - 1)), set()
        self._mark()
        self._read()

    @property
    def row(self) -> Row | None:
        """The row that is read."""
        return self.rows[self.chosen] if self.rows else None

    def _choices(self) -> tuple[Choices, ...]:
        """Say what the model of the row that is read may be told; nothing where it is served no longer."""
        if self.row is None:
            return ()
        try:
            return choices(self.tab.service.fleet.get(self.row.model).bundle.task)
        except DataError:
            return ()

    def _read(self) -> None:
        """Draw the row that is read, with what it may be told."""
        told = self._choices()
        self.head = self.head if self.head < len(told) else 0
        self.reading.clear()
        self.reading.props["data-row"] = self.row.id if self.row else ""
        self.reading.update()
        if self.row is not None:
            with self.reading:
                draw_answer(self.row, told, head=self.head, picked=self.picked, press=self._presser)

    def _presser(self, act: str, value: str, head: int) -> Any:
        """Make the handler of a button; it is about the row that was drawn with it."""
        name = self.row.id if self.row else ""

        async def press(_: object) -> None:
            self.head = head
            await self.take({"act": act, "value": value, "row": name})

        return self.tab.does(press, scope="feedback")

    async def take(self, said: Any) -> None:
        """Do what was pressed, if it was about the row that is read."""
        act, value = str(said.get("act", "")), str(said.get("value", ""))[:500]
        if act in ("down", "up"):
            self._choose(self.chosen + (1 if act == "down" else -1))
            return
        told = self._choices()
        if self.row is None or not told or said.get("row") != self.row.id:
            return
        one = told[self.head]
        if act == "head":
            self.head, self.picked = (self.head + 1) % len(told), set()
            self._read()
        elif act == "key" and value in one.keys:
            await self._say(one, one.keys[value])
        elif act == "label" and value in one.labels:
            await self._say(one, value)
        elif act == "save" and one.is_several:
            await self._keep(one, sorted(self.picked, key=one.labels.index))

    async def _say(self, one: Choices, label: str) -> None:
        """Keep a label; of a head with several, pick it or put it back until they are saved."""
        if not one.is_several:
            await self._keep(one, [label])
            return
        self.picked ^= {label}
        self._read()

    async def _keep(self, one: Choices, labels: list[str]) -> None:
        row, place = self.rows[self.chosen], self.chosen
        who = self.tab.visitor.name or "console"
        await asyncio.wrap_future(self.store.correct(correction(row.id, labels, choice=one, at=time.time(), who=who)))
        self.tab.service.meters.corrections.labels(row.model).inc()
        kept = await asyncio.to_thread(self.store.one, row.id)
        if kept is None or place >= len(self.rows) or self.rows[place].id != row.id:
            return
        self.rows[place], self.picked = read_row(kept), set()
        self._fill(self.rows[place])
        self._read()
