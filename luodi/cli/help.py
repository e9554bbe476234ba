"""Shows the help of a verb in the language that is spoken.

What stands there is written in English where a reader of the code looks for it: the line of a verb in ``VERBS``, the
paragraphs of its docstring, the descriptions of its options. The parser gathers them; here each is looked up, whole,
in ``language/zh/help.json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.language import look_up, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts import App
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

_TITLES = {"Commands": "Commands", "Arguments": "Arguments", "Parameters": "Options"}
#: What the parser puts into a line of usage.
_IN_USAGE = {"COMMAND": "COMMAND", "[OPTIONS]": "[OPTIONS]", "[ARGS]": "[ARGS]", "[ARGS...]": "[ARGS...]"}
#: Paragraphs of a docstring that begin so are not looked up: a command to be typed, and what its options say.
_NOT_SAID = ("Example: ", "Args:")


class Translated:
    """Show a page of help as the parser does, in other words."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Show a box of verbs or options."""
        from cyclopts.help import DefaultFormatter

        entries = [_translated(entry, console) for entry in panel.entries]
        DefaultFormatter()(console, options, panel.copy(title=t(_TITLES[str(panel.title)]), entries=entries))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Show the line of usage."""
        words = str(usage).removeprefix("Usage:").split()
        said = " ".join(t(_IN_USAGE[word]) if word in _IN_USAGE else word for word in words)
        console.print(t("Usage: {words}", words=said), style="bold", markup=False, highlight=False)
        console.print()

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Show what a verb does, paragraph by paragraph."""
        for paragraph in paragraphs(_plain(description, console)):
            console.print(look_up(paragraph), markup=False, highlight=False)
            console.print()


def paragraphs(text: str) -> list[str]:
    r"""Divide a text at its empty lines; each paragraph becomes one line.

    >>> paragraphs("Act on\na text.\n\nExample: luodi act")
    ['Act on a text.', 'Example: luodi act']
    """
    return [line for part in text.split("\n\n") if (line := " ".join(part.split()))]


def texts_of(app: App, verb: str) -> Iterator[str]:
    """Give every text of a verb's help that has to be said in another language too."""
    page = app[verb]
    yield from (one for one in paragraphs(page.help) if not one.startswith(_NOT_SAID))
    for argument in page.assemble_argument_collection(parse_docstring=True):
        if argument.show:
            yield " ".join((argument.parameter.help or "").split())


def _translated(entry: HelpEntry, console: Console) -> HelpEntry:
    """Say a line of a box: its description, then the choices, the default, and whether it is required."""
    from rich.text import Text

    said = look_up(" ".join(_plain(entry.description, console).split()))
    if entry.choices:
        said += t(" [choices: {choices}]", choices=", ".join(entry.choices))
    if entry.default is not None:
        said += t(" [default: {default}]", default=entry.default)
    if entry.required:
        said += t(" [required]")
    return entry.copy(description=Text(said), choices=None, default=None, required=False)


def _plain(shown: Any, console: Console) -> str:
    """Give the words of what would be drawn, on lines as long as they like."""
    if shown is None or isinstance(shown, str):
        return shown or ""
    options = console.options.update(width=10_000)
    return "".join(segment.text for segment in console.render(shown, options))
