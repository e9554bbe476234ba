"""Draws the overview."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from luodi.console.figures import count, milliseconds, percent, rate
from luodi.console.pages.drawn import badge, bar, box, code, empty, heading, picture, text, tile
from luodi.console.views.models import read_model
from luodi.console.views.overview import (
    HOUR_S,
    HOUR_STEP_S,
    WEEK_S,
    WEEK_STEP_S,
    Period,
    judge,
    read_period,
)
from luodi.console.views.traffic import read_traffic
from luodi.language import t

if TYPE_CHECKING:
    from luodi.console.recent import Recent
    from luodi.console.tab import Tab
    from luodi.console.views.overview import Health

#: So often the page is drawn anew.
_EVERY_S = 10.0
_WEEK_AGE_S = 60.0


async def draw_overview(tab: Tab) -> None:
    """Draw the page, and draw it anew every few seconds."""
    place = box("stack")

    async def again(_: object = None) -> None:
        health = _health(tab)
        periods = await _periods(tab.desk.recent) if tab.desk.recent is not None else None
        place.clear()
        with place:
            _draw_health(tab, health)
            if periods is None:
                empty(t("This service keeps no answers"), t("Started without a store, it forgets each answer; the "
                      "traffic page still shows how many there were and how fast."))  # fmt: skip
            elif not any(one.summary.n for one in periods):
                _draw_nothing(tab)
            else:
                for one in periods:
                    _draw_period(one)

    await again()
    tab.again(again, every_s=_EVERY_S)


def _health(tab: Tab) -> Health:
    fleet = tab.service.fleet
    served = [fleet.get(name) for name in fleet.names()]
    latest = read_traffic(tab.desk.sampler.samples, now=time.time()).now
    return judge(
        n_models=len(served), n_warm=sum(one.warm for one in served),
        n_waiting=sum(one.batcher.depth().n_texts for one in served), share_failed=latest.failed or 0.0,
    )  # fmt: skip


async def _periods(recent: Recent) -> tuple[Period, Period]:
    hour = await recent.tallies(span_s=HOUR_S, step_s=HOUR_STEP_S, age_s=_EVERY_S / 2)
    week = await recent.tallies(span_s=WEEK_S, step_s=WEEK_STEP_S, age_s=_WEEK_AGE_S)
    return (
        read_period(t("The last hour"), hour, step_s=HOUR_STEP_S, form="time"),
        read_period(t("The last week"), week, step_s=WEEK_STEP_S, form="day"),
    )


def _draw_health(tab: Tab, health: Health) -> None:
    fleet = tab.service.fleet
    latest = read_traffic(tab.desk.sampler.samples, now=time.time()).now
    with box(f"card health {health.tone}"):
        with box("row"):
            box(f"lamp {health.tone}")
            text(health.sentence, "say", tag="b")
        with box("row models"):
            for name in fleet.names():
                model = read_model(fleet.get(name))
                with box("chip"):
                    text(model.name, "name")
                    badge(t("ready") if model.is_warm else t("warming up"), "good" if model.is_warm else "busy")
        if latest.p50_s is not None:
            text(t("Now: {rate} requests per second, half of them within {time}.", rate=rate(latest.per_s),
                   time=milliseconds(latest.p50_s)), "quiet")  # fmt: skip


def _draw_nothing(tab: Tab) -> None:
    with empty(t("Nothing was answered in the last week"), t("As soon as a text is asked about, it shows up here:")):
        code(
            "curl http://ADDRESS/v1/predict -H 'Content-Type: application/json' "
            "-H 'Authorization: Bearer luodi_…' -d '{\"text\": \"…\"}'"
        )


def _draw_period(period: Period) -> None:
    one = period.summary
    with box("period", tag="section"):
        heading(period.name)
        if not one.n:
            text(t("Nothing was answered in this time."), "quiet", tag="p")
            return
        with box("tiles"):
            tile(t("answers given"), count(one.n))
            tile(t("mean latency"), milliseconds(one.mean_seconds))
            tile(t("mean probability"), percent(one.mean_probability), t("of the least sure head"))
            tile(t("abstained"), percent(one.abstained, places=1), tone="busy" if (one.abstained or 0) > 0.2 else "")
            tile(t("corrected"), percent(one.corrected, places=1))
        with box("charts"):
            for chart in period.charts:
                picture(chart)
        if period.labels:
            with box("shares"):
                for head, shares in period.labels:
                    with box("card"):
                        text(head, "title", tag="h3")
                        for share in shares:
                            with box("share"):
                                text(share.label, "label")
                                bar(share.share)
                                text(percent(share.share), "quiet number")
