"""Options that verbs share, and where they print."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from luodi.plain_json import write_json
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import Token
    from rich.console import Console


def _whole(_: type, tokens: Sequence[Token]) -> int:
    """Read a whole number; the parser's own reading would round 1.5 to 2.

    Raises:
        ValueError: it is none.
    """
    return int(tokens[0].value)


#: A whole number on the command line.
Whole = Annotated[int, Parameter(converter=_whole)]


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What every verb takes.

    Args:
        lang: speak English or Chinese; the locale's otherwise.
        json: print one JSON object instead of text.
        quiet: show no progress.
        debug: show where an error arose.
    """

    lang: Literal["en", "zh"] | None = None
    json: Annotated[bool, Parameter(negative="", show_default=False)] = False
    quiet: Annotated[bool, Parameter(negative="", show_default=False)] = False
    debug: Annotated[bool, Parameter(negative="", show_default=False)] = False

    def progress(self) -> Progress:
        """Give what draws progress on standard error."""
        if self.quiet:
            return Silent()
        from luodi.cli.screen import Screen

        return Screen()

    def print_json(self, value: Any) -> None:
        """Print one object on one line of standard output; numbers that are none become null."""
        sys.stdout.write(write_json(value) + "\n")

    def console(self) -> Console:
        """Give where tables go: standard output."""
        from rich.console import Console

        return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


@Parameter(name="*")
@dataclass(frozen=True)
class Columns:
    """Which columns of a table matter, where its names do not say so.

    Args:
        text: the text column; given several times, the columns are joined; for match and retrieve two are a pair.
        label: the label column; given several times, each becomes a head of its own. COLUMN:HEAD names its head too:
            classify, multilabel, tag, score, match or retrieve; otherwise the cells tell which of them suits.
        group: a column whose rows stay together (customer, document).
        time: a column of dates: the newest rows become the test.
        sheet: the sheet of a workbook.
        delimiter: the sign between columns.
        encoding: the encoding of the file.
    """

    text: Annotated[tuple[str, ...], Parameter(name="--text", negative="", show_default=False)] = ()
    label: Annotated[tuple[str, ...], Parameter(name="--label", negative="", show_default=False)] = ()
    group: str | None = None
    time: str | None = None
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None

    def reading(self) -> dict[str, Any]:
        """Give the keywords of ``luodi.read``."""
        return {
            "text": self.text or None, "labels": self._labels() or None, "group": self.group, "time": self.time,
            "sheet": self.sheet, "delimiter": self.delimiter, "encoding": self.encoding,
        }  # fmt: skip

    def _labels(self) -> dict[str, str | None]:
        """Give for each label column what its cells hold; None where they are to tell."""
        from luodi.tasks import holding

        return holding(dict(map(_kind_of, self.label)))

    def recipe(self, path: str) -> dict[str, Any]:
        """Give the block ``data`` of a recipe, with what was said and nothing else."""
        split = {"by": self.group, "time": self.time}
        source = {
            "path": path,
            "text": (self.text[0] if len(self.text) == 1 else list(self.text)) if self.text else None,
            "labels": dict(map(_kind_of, self.label)) or None,
            "sheet": self.sheet,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
            "split": {key: value for key, value in split.items() if value} or None,
        }
        return {key: value for key, value in source.items() if value is not None}


def _kind_of(said: str) -> tuple[str, str]:
    """Part COLUMN:HEAD; a column may have a colon in its own name, where no head stands behind it."""
    from luodi.tasks import head_kinds

    column, _, kind = said.rpartition(":")
    return (column, kind) if column and kind in head_kinds() else (said, "auto")
