"""Draws the bundles side by side, and the report of one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from luodi.console.guard import PREFIX
from luodi.console.pages.drawn import badge, box, button, empty, heading, link, moment, text
from luodi.console.views.models import read_model, side_by_side
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.console.tab import Tab
    from luodi.console.views.models import ModelView

_KINDS = {
    "classify": "one label",
    "multilabel": "any labels",
    "tag": "spans",
    "score": "a number",
    "match": "whether two texts fit",
    "retrieve": "how near two texts are",
}


async def draw_models(tab: Tab) -> None:
    """Draw the page."""
    fleet = tab.service.fleet
    models = await asyncio.to_thread(lambda: [read_model(fleet.get(name)) for name in fleet.names()])
    if not models:
        empty(t("No model is served"))
        return
    frame = box("reader card hidden")
    with box("cards"):
        for model in models:
            _draw_model(tab, model, frame)
    rows = side_by_side(models)
    if rows:
        _draw_table(models, rows)


def _draw_model(tab: Tab, model: ModelView, frame: Any) -> None:
    with box("card model"):
        with box("row"):
            text(model.name, "title", tag="h2")
            kept = model.is_kept
            if kept is None:
                badge(t("no budget declared"), "plain")
            else:
                badge(t("budget kept") if kept else t("budget breached"), "good" if kept else "bad")
        with box("row quiet small"):
            text(t("{size} · built {day} · bundle {mark}", size=model.size, day=model.created[:10],
                   mark=model.fingerprint))  # fmt: skip
            with box("row"):
                text(t("serves since"))
                moment(model.opened_at, "full")
        for head in model.heads:
            with box("headline"):
                text(head.name, "name", tag="b")
                text(t(_KINDS[head.kind]) if head.kind in _KINDS else head.kind, "quiet small")
                with box("labels"):
                    for label in head.labels:
                        text(label, "label")
                    if head.n_more:
                        text(t("and {n:,} more", n=head.n_more), "quiet small")
        for tier in model.tiers:
            text(tier, "quiet small", tag="p")
        for promise in model.promises:
            with box(f"promise {'good' if promise.kept else 'bad'}"):
                text("✓" if promise.kept else "✗", "sign")
                text(promise.name, "name")
                text(t("promised {promised}, measured {measured}", promised=promise.promised,
                       measured=promise.measured), "quiet")  # fmt: skip
        if model.has_report:
            _draw_report_button(tab, model, frame)


def _draw_report_button(tab: Tab, model: ModelView, frame: Any) -> None:
    async def show(_: object) -> None:
        from nicegui import html

        frame.clear()
        frame.classes(remove="hidden")
        with frame:
            with box("row"):
                text(t("Report of {name}", name=model.name), "title", tag="h2")
                button(t("close"), "plain", tab.does(hide))
            page = html.iframe()
            page.props.update({"src": _address(model), "sandbox": "allow-scripts", "title": model.name,
                               "referrerpolicy": "no-referrer"})  # fmt: skip

    async def hide(_: object) -> None:
        frame.clear()
        frame.classes("hidden")

    with box("row"):
        button(t("Read the report"), "plain", tab.does(show))
        link(t("on a page of its own"), _address(model), "quiet small").props["target"] = "_blank"


def _address(model: ModelView) -> str:
    return f"{PREFIX}/report/{quote(model.name, safe='')}"


def _draw_table(models: Sequence[ModelView], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
    with box("card"):
        heading(t("Side by side"))
        text(t("As each bundle's own report says: figures of different test rows cannot be compared."),
             "quiet small", tag="p")  # fmt: skip
        with box("scroll"), box("table", tag="table"):
            with box("", tag="thead"), box("", tag="tr"):
                text("", tag="th")
                for model in models:
                    text(model.name, tag="th")
            with box("", tag="tbody"):
                for name, values in rows:
                    with box("", tag="tr"):
                        text(name, tag="th")
                        for value in values:
                            text(value, "number", tag="td")
