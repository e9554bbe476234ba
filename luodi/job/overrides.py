"""Sets single fields of a recipe from the command line, before the whole is checked."""

from __future__ import annotations

from typing import Any

from luodi.job.plain import plain
from luodi.language import t
from luodi.limits import CONDITIONS, SIDES


def override(fields: dict[str, Any], wish: str, *, faults: dict[str, str]) -> None:
    """Apply one ``a.b=value`` to plain fields, in place; the value is read as YAML reads it.

    A stage is entered by its place (``stages.1.epochs``) or its name (``stages.finetune.epochs``); the name of a limit
    may hold dots (``budget.intent.accuracy.at_least``). What is wrong goes into ``faults``.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path, equals, value = wish.partition("=")
    keys = _keys(path.strip())
    if not equals or not all(keys):
        faults[f"--set {wish}"] = t("write it as a.b=value")
        return
    node: Any = fields
    for key in keys[:-1]:
        node = _step(node, key)
        if not isinstance(node, dict | list):
            faults[f"--set {wish}"] = t("there is no {key!r} to set a field of", key=key)
            return
    try:
        parsed = plain(YAML(typ="safe").load(value)) if value else None
    except YAMLError:
        parsed = value
    last = _place(node, keys[-1]) if isinstance(node, list) else keys[-1]
    if last is None:
        faults[f"--set {wish}"] = t("there is no {key!r} to set a field of", key=keys[-1])
        return
    node[last] = parsed


def _keys(path: str) -> list[str]:
    """Take a dotted path apart.

    >>> _keys("budget.intent.accuracy.at_least")
    ['budget', 'intent.accuracy', 'at_least']
    """
    block, *rest = path.split(".")
    if block != "budget" or not all(rest):
        return [block, *rest]
    fields = rest[-1:] if rest[-1:] and rest[-1] in (*SIDES, *CONDITIONS) else []
    name = ".".join(rest[: len(rest) - len(fields)])
    return [block, *([name] if name else []), *fields]


def _step(node: Any, key: str) -> Any:
    """Go one key down; a block that is not there yet is made, a list is entered by place or by name."""
    if isinstance(node, list):
        place = _place(node, key)
        return node[place] if place is not None and isinstance(node[place], dict) else None
    if node.get(key) is None:
        node[key] = {}
    if isinstance(node[key], str):
        node[key] = {"use": node[key]}
    return node[key]


def _place(rows: list[Any], key: str) -> Any:
    if key.isdigit() and int(key) < len(rows):
        return int(key)
    return next((i for i, row in enumerate(rows) if isinstance(row, dict) and row.get("use") == key), None)
