"""Small things that the pages are made of; a text only ever becomes the content of an element, never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.console.chart import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.console.chart import Chart


def box(kinds: str, *, tag: str = "div") -> Any:
    """Make a box to put things into."""
    from nicegui import html

    return getattr(html, tag)().classes(kinds)


def text(said: str, kinds: str = "", *, tag: str = "span") -> Any:
    """Write something; what somebody else wrote keeps its direction to itself."""
    from nicegui import html

    one = getattr(html, tag)(said).classes(kinds)
    one.props["dir"] = "auto"
    return one


def heading(said: str) -> Any:
    """Write the heading of a part."""
    return text(said, tag="h2")


def moment(at: float, form: str = "time") -> Any:
    """Write a moment; the browser says it in its own time zone.

    Args:
        at: seconds since 1970.
        form: ``time``, ``day`` or ``full``.
    """
    from nicegui import html

    one = html.time()
    one.props.update({"data-at": f"{at:.0f}", "data-form": form})
    return one


def button(said: str, kinds: str, act: Callable[..., Any] | None = None, *, key: str | None = None) -> Any:
    """Make a button that does something, with the key that does the same."""
    from nicegui import html

    with html.button().classes(kinds) as made:
        if key is not None:
            html.kbd(key.upper())
        text(said)
    made.props["type"] = "button"
    if act is not None:
        made.on("click", act, [])
    return made


def link(said: str, href: str, kinds: str = "") -> Any:
    """Make a link to one of our own pages."""
    from nicegui import html

    one = html.a(said).classes(kinds)
    one.props["href"] = href
    return one


def field(label: str, act: Callable[..., Any] | None = None, *, event: str = "change", **props: str) -> Any:
    """Make a line to type in, under its label; ``act`` is given what stands there."""
    from nicegui import html

    with html.label().classes("field"):
        text(label)
        made = html.input_()
    made.props.update({"autocomplete": "off", "spellcheck": "false", **props})
    if act is not None:
        made.on(event, act, js_handler="(e) => emit(e.target.value)")
    return made


def choice(label: str, options: list[tuple[str, str]], act: Callable[..., Any], *, chosen: str = "") -> Any:
    """Make a list to choose one from, under its label; options are ``(value, what is read)``."""
    from nicegui import html

    with html.label().classes("field"):
        text(label)
        with html.select() as made:
            for value, said in options:
                one = html.option(said)
                one.props["value"] = value
                if value == chosen:
                    one.props["selected"] = True
    made.on("change", act, js_handler="(e) => emit(e.target.value)")
    return made


def tile(name: str, value: str, beside: str = "", *, tone: str = "") -> Any:
    """Show one figure."""
    with box(f"tile {tone}") as made:
        text(name, "quiet")
        text(value, "figure", tag="b")
        if beside:
            text(beside, "quiet small")
    return made


def badge(said: str, tone: str) -> Any:
    """Show a short state."""
    return text(said, f"badge {tone}")


def picture(chart: Chart) -> Any:
    """Draw a chart under its title, with its scale."""
    from nicegui import ui

    with box("chart card", tag="figure") as made:
        with box("legend", tag="figcaption"):
            text(chart.title, "title")
            if len(chart.series) > 1:
                for place, one in enumerate(chart.series):
                    text(one.name, f"key s{place}")
            text(chart.say(chart.highest) if chart.highest else "", "quiet small top")
        ui.html(draw(chart), sanitize=False, tag="div").classes("plot")
        with box("axis quiet small"):
            moment(chart.starts[0], chart.form)
            moment(chart.starts[-1] + chart.every_s, chart.form)
    return made


def empty(title: str, *lines: str) -> Any:
    """Say that there is nothing, and what would bring something."""
    with box("card empty") as made:
        text(title, tag="h2")
        for line in lines:
            text(line, "quiet", tag="p")
    return made


def code(said: str) -> Any:
    """Show a line to copy."""
    return text(said, "code", tag="code")


def bar(share: float, *, kinds: str = "") -> None:
    """Draw a share as a bar."""
    with box(f"bar {kinds}"):
        box("fill").style(f"width: {100 * min(max(share, 0.0), 1.0):.2f}%")
