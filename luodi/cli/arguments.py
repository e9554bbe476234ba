"""Says in our own words what is wrong with the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import CycloptsError


def complaint(wrong: CycloptsError, words: Sequence[str], verbs: Sequence[str]) -> RecipeError:
    """Turn a parser's error into a sentence with the word that is wrong and what was probably meant."""
    from cyclopts import UnknownCommandError, UnknownOptionError

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
    return RecipeError(_sentence(wrong, verb=shown), fix=help_line)


def _sentence(wrong: Any, *, verb: str) -> str:
    """Say what is wrong with a value, or with how many there are."""
    from cyclopts import CoercionError, MissingArgumentError, RepeatArgumentError, UnusedCliTokensError

    name = wrong.argument.names[0] if wrong.argument is not None and wrong.argument.names else ""
    if isinstance(wrong, MissingArgumentError):
        if wrong.keyword:
            return t("{verb}: {option} wants a value", verb=verb, option=wrong.keyword)
        return t("{verb} needs {name}", verb=verb, name=name)
    if isinstance(wrong, UnusedCliTokensError):
        return t("{verb} takes no more words than that, and then comes: {rest}", verb=verb,
                 rest=" ".join(wrong.unused_tokens or ()))  # fmt: skip
    if isinstance(wrong, RepeatArgumentError):
        return t("{verb}: {option} is given twice", verb=verb, option=wrong.token.keyword)
    if isinstance(wrong, CoercionError) and wrong.token is not None:
        return t("{verb}: {option} is {wanted}, not {value!r}", verb=verb, option=wrong.token.keyword or name,
                 wanted=_wanted(wrong), value=wrong.token.value)  # fmt: skip
    said = str(wrong).strip()
    return f"{verb}: {said.splitlines()[0] if said else type(wrong).__name__}"


#: Types that an option may have, as a sentence names them.
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}


def _wanted(wrong: Any) -> str:
    choices = wrong.argument.get_choices() if wrong.argument is not None else None
    if choices:
        return t("one of {choices}", choices=", ".join(choices))
    types = [one for one in get_args(wrong.target_type) or (wrong.target_type,) if one is not type(None)]
    kind = getattr(types[0], "__name__", "")
    return t(_KINDS[kind]) if kind in _KINDS else kind
