"""Errors, one class for each person who must act: what is wrong, what was found, what would mend it."""

from __future__ import annotations


class LuodiError(Exception):
    """Say in one sentence what is wrong, with what was found and what would mend it.

    Args:
        what: the sentence; it names the place (file, line, column, field) and the value.
        found: what stood there instead, one line; left out where there is nothing to show.
        fix: an option or an act that mends it, one line.

    >>> print(LuodiError("data: a.csv is empty", fix="save the file again with its rows"))
    data: a.csv is empty
      fix:   save the file again with its rows
    """

    exit_code = 1
    http_status = 500

    def __init__(self, what: str, *, found: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.found = found
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.found:
            lines.append(f"  found: {self.found}")
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)


class RecipeError(LuodiError):
    """The recipe, an option or an argument cannot be obeyed: its writer must act."""

    exit_code = 2
    http_status = 422


class DataError(LuodiError):
    """The data cannot be used as they are: their owner must act."""

    exit_code = 3
    http_status = 422


class BudgetError(LuodiError):
    """The declared budget is breached: the one who declared it must act."""

    exit_code = 4


class MissingExtra(LuodiError):
    """An optional package is not installed: the one who installs must act."""

    exit_code = 5


class BundleError(LuodiError):
    """A bundle is damaged, foreign or unsafe: the one who ships it must act."""

    exit_code = 6


class ModelError(LuodiError):
    """A pretrained model cannot be found or read: the one who names it must act."""

    exit_code = 7


class Overloaded(LuodiError):
    """More work is waiting than may wait: the caller must come back later.

    Args:
        what: the sentence.
        found: what stood there instead, one line.
        fix: what mends it, one line.
        retry_after_s: after so long, by what was measured lately, there should be room.
    """

    http_status = 429

    def __init__(
        self, what: str, *, found: str | None = None, fix: str | None = None, retry_after_s: float = 1.0
    ) -> None:
        super().__init__(what, found=found, fix=fix)
        self.retry_after_s = retry_after_s


class TooSlow(LuodiError):
    """An answer was not ready before its deadline: the caller must decide what to do without it."""

    http_status = 504
