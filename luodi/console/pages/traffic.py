"""Draws the traffic of the last hour."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from luodi.console.figures import count, milliseconds, percent, rate
from luodi.console.pages.drawn import badge, box, picture, text, tile
from luodi.console.views.traffic import read_traffic
from luodi.language import t

if TYPE_CHECKING:
    from luodi.console.tab import Tab

#: So often the page is drawn anew.
_EVERY_S = 5.0


async def draw_traffic(tab: Tab) -> None:
    """Draw the page, and draw it anew every few seconds."""
    place = box("stack")

    async def again(_: object = None) -> None:
        place.clear()
        with place:
            _draw(tab)

    await again()
    tab.again(again, every_s=_EVERY_S)


def _draw(tab: Tab) -> None:
    samples = tab.desk.sampler.samples
    seen = read_traffic(samples, now=time.time())
    now = seen.now
    text(t("The last five minutes in figures, the last hour as pictures, since the service started."),
         "quiet", tag="p")  # fmt: skip
    with box("tiles"):
        tile(t("requests per second"), rate(now.per_s))
        tile(t("median"), milliseconds(now.p50_s))
        tile("p99", milliseconds(now.p99_s))
        tile(t("texts in a batch"), rate(now.fill))
        tile(t("waiting texts"), count(samples[-1].waiting if samples else None))
        tile(t("refused (429)"), percent(now.refused, places=1), tone="busy" if now.refused else "")
        tile(t("failed (5xx)"), percent(now.failed, places=1), tone="bad" if now.failed else "")
    with box("charts two"):
        for chart in seen.charts:
            if chart.is_empty:
                with box("chart card", tag="figure"):
                    text(chart.title, "title")
                    text(t("nothing yet"), "quiet nothing")
            else:
                picture(chart)
    if seen.statuses:
        with box("card"):
            text(t("Requests by status, since the first reading"), "title", tag="h3")
            with box("row"):
                for status, n in seen.statuses:
                    badge(f"{status} · {n:,}", "good" if status < 400 else "busy" if status < 500 else "bad")
