"""Refuses numbers that no training can use, all of a part's in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Which numbers there are, in words.
_WANTED = {
    "count": "wanted: at least 1",
    "from zero": "wanted: 0 or more",
    "above zero": "wanted: more than 0",
    "share": "wanted: from 0 to below 1",
}


def refuse_wrong(part: Any, name: str, kinds: Mapping[str, str]) -> None:
    """Hold the fields of a part against the kinds of number that they take.

    Args:
        part: a stage or a tuner.
        name: as a recipe names it.
        kinds: for each field ``count``, ``from zero``, ``above zero`` or ``share``.

    Raises:
        RecipeError: with all of them in one sentence.
    """
    wrong = [f"{one} = {getattr(part, one)!r} ({t(_WANTED[kind])})"
             for one, kind in kinds.items() if not _is_within(getattr(part, one), kind)]  # fmt: skip
    if wrong:
        raise RecipeError(t("{part}: {wrong}", part=name, wrong=", ".join(wrong)))


def _is_within(value: float | str, kind: str) -> bool:
    """Tell whether a number is of a kind; a word (``auto``) is."""
    if isinstance(value, str):
        return True
    least = {"count": value >= 1, "from zero": value >= 0, "above zero": value > 0, "share": 0 <= value < 1}
    return least[kind] and value != float("inf")
