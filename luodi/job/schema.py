"""Turns plain YAML into frozen dataclasses, gathering every fault with its place instead of stopping at the first."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from luodi.budget import Budget
from luodi.errors import RecipeError
from luodi.language import t
from luodi.limits import faults_of, strangers
from luodi.models.stage import Stage
from luodi.registry import Unknown, did_you_mean, find
from luodi.tune.tuner import Tuner

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Stands for a value that had a fault; the fault is on the list already.
FAULTY = object()
#: The kind under which parts that keep a protocol are registered: a field of that type holds one of them.
_KINDS: dict[Any, str] = {Stage: "stage", Tuner: "tuner"}


def build_part(cls: type[Any], raw: Any, *, place: str, faults: dict[str, str]) -> Any:
    """Make a dataclass from a mapping, field by field.

    A field that holds a dataclass, a tuple of registered parts or a registered part (a mapping with ``use``) is made
    the same way. What is wrong goes into ``faults``: dotted place -> sentence.

    Returns:
        An instance, or ``FAULTY`` when anything in it was at fault.
    """
    if not isinstance(raw, dict):
        faults[place] = t("{raw!r} is no block of fields", raw=raw)
        return FAULTY
    known = {one.name: one for one in fields(cls)}
    hints = get_type_hints(cls)
    values = {}
    for key, value in raw.items():
        if key in known:
            values[key] = _value(hints[key], value, place=_join(place, key), faults=faults)
        else:
            faults[_join(place, key)] = t("not a field") + did_you_mean(str(key), tuple(known))
    for name, one in known.items():
        if name not in raw and one.default is MISSING and one.default_factory is MISSING:
            faults[_join(place, name)] = t("is missing")
    if any(at == place or at.startswith(place + "." if place else "") for at in faults):
        return FAULTY
    return _made(cls, values, place=place, faults=faults)


def _made(cls: type[Any], values: Mapping[str, Any], *, place: str, faults: dict[str, str]) -> Any:
    """Call the class; what its own ``__post_init__`` refuses is a fault of the block."""
    try:
        return cls(**values)
    except (RecipeError, ValueError) as refused:
        faults[place] = getattr(refused, "what", str(refused))
        return FAULTY


def _value(hint: Any, value: Any, *, place: str, faults: dict[str, str]) -> Any:
    """Make what the type of a field says; its name means nothing."""
    if hint is Budget:
        return _budget(value, place=place, faults=faults)
    choices = (hint, *get_args(hint))
    if isinstance(value, str) and any(get_origin(one) is Literal and value in get_args(one) for one in choices):
        return value  # a word that the type itself names, where a part could stand too
    kind = next((kind for protocol, kind in _KINDS.items() if protocol in choices), None)
    if kind is not None and get_origin(hint) is tuple:
        return _named_parts(kind, value, place=place, faults=faults)
    if kind is not None and not (value is None and type(None) in choices):
        return named_part(kind, value, place=place, faults=faults)
    inner = next((one for one in choices if is_dataclass(one)), None)
    if inner is not None and not (value is None and type(None) in choices):
        return build_part(inner, value, place=place, faults=faults)  # type: ignore[arg-type]  # a dataclass is a type
    return _scalar(hint, value, place=place, faults=faults)


def named_part(kind: str, raw: Any, *, place: str, faults: dict[str, str]) -> Any:
    """Make the registered part that a mapping names with ``use`` (or a bare name, with all defaults)."""
    block = {"use": raw} if isinstance(raw, str) else raw
    if not isinstance(block, dict) or not isinstance(block.get("use"), str):
        faults[place] = t("{raw!r} names no {kind}; write {{use: NAME}}", raw=raw, kind=kind)
        return FAULTY
    try:
        cls = find(kind, block["use"])
    except Unknown as unknown:
        faults[_join(place, "use")] = str(unknown)
        return FAULTY
    return build_part(cls, {k: v for k, v in block.items() if k != "use"}, place=place, faults=faults)


def _named_parts(kind: str, raw: Any, *, place: str, faults: dict[str, str]) -> Any:
    if not isinstance(raw, list | tuple):
        faults[place] = t("{raw!r} is no list", raw=raw)
        return FAULTY
    return tuple(named_part(kind, one, place=_join(place, str(i)), faults=faults) for i, one in enumerate(raw))


def _budget(raw: Any, *, place: str, faults: dict[str, str]) -> Any:
    if not isinstance(raw, dict):
        faults[place] = t("{raw!r} is no block of fields", raw=raw)
        return FAULTY
    found = [*faults_of(raw), *strangers(raw)]
    for at, why in found:
        told = faults.get(_join(place, at))
        faults[_join(place, at)] = f"{told}; {why}" if told else why
    return FAULTY if found else Budget(**raw)


def _scalar(hint: Any, value: Any, *, place: str, faults: dict[str, str]) -> Any:
    """Check a plain value against its type; whole numbers pass for fractions, nothing else is bent."""
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    try:
        return TypeAdapter(hint, config=ConfigDict(strict=True)).validate_python(
            tuple(value) if isinstance(value, list) else value
        )
    except ValidationError:
        faults[place] = t("{value!r} is not {wanted}", value=value, wanted=_in_words(hint))
        return FAULTY


_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    type(None): "nothing",
}


def _in_words(hint: Any) -> str:
    """Name a type as a sentence does.

    >>> _in_words(int | None)
    'a whole number or nothing'
    """
    if hint in _WORDS:
        return t(_WORDS[hint])
    choices = get_args(hint)
    if get_origin(hint) is dict:
        return t("a block of fields")
    if choices and all(isinstance(one, str) for one in choices):
        return t("one of {choices}", choices=", ".join(choices))
    if choices and hint.__class__.__name__ in ("UnionType", "_UnionGenericAlias", "Union"):
        return t(" or ").join(_in_words(one) for one in choices)
    return str(hint).replace("typing.", "")


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else str(key)
