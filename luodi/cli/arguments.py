"""Says in our own words what is wrong with the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import CycloptsError


def complaint(wrong: CycloptsError, words: Sequence[str], verbs: Sequence[str]) -> RecipeError:
    """Turn a parser's error into a sentence with the word that is wrong and what was probably meant."""
    from cyclopts import MissingArgumentError, UnknownCommandError, UnknownOptionError

    verb = next((word for word in words if not word.startswith("-")), "")
    shown = f"luodi {verb}" if verb in verbs else "luodi"
    help_line = f"{shown} --help"
    if words[0].startswith("-"):
        return RecipeError(
            t("{option} is no option before the verb", option=words[0].partition("=")[0]),
            fix=t("write the verb first, then its options; `luodi --help` lists the verbs"),
        )
    if isinstance(wrong, UnknownCommandError) or verb not in verbs:
        return RecipeError(
            t("there is no verb {word!r}", word=verb) + did_you_mean(verb, tuple(verbs)), fix="luodi --help"
        )
    if isinstance(wrong, UnknownOptionError):
        option = wrong.token.keyword or wrong.token.value
        known = tuple(name for one in wrong.argument_collection or () for name in one.names if name.startswith("--"))
        near = did_you_mean(str(option), known)
        return RecipeError(
            t("{verb} has no option {option}", verb=shown, option=option) + (near if near.endswith("?") else ""),
            fix=help_line,
        )
    if isinstance(wrong, MissingArgumentError):
        name = wrong.argument.names[0] if wrong.argument is not None and wrong.argument.names else ""
        return RecipeError(t("{verb} needs {name}", verb=shown, name=name), fix=help_line)
    return RecipeError(f"{shown}: {_first_line(wrong)}", fix=help_line)


def _first_line(wrong: Any) -> str:
    return str(wrong).strip().splitlines()[0] if str(wrong).strip() else type(wrong).__name__
