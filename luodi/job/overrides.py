"""Sets single fields of a recipe from the command line, before the whole is checked."""

from __future__ import annotations

from typing import Any

from luodi.job.plain import plain
from luodi.language import t
from luodi.limits import CONDITIONS, SIDES
from luodi.registry import did_you_mean


def override(fields: dict[str, Any], wish: str, *, faults: dict[str, str]) -> None:
    """Apply one ``a.b=value`` to plain fields, in place; the value is read as YAML reads it.

    A stage is entered by its place (``stages.1.epochs``) or its name (``stages.finetune.epochs``); the name of a limit
    may hold dots (``budget.intent.accuracy.at_least``). What is wrong goes into ``faults``.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path, equals, value = wish.partition("=")
    if not equals or not all(_keys(path.strip())):
        faults[f"--set {wish}"] = t("write it as a.b=value")
        return
    try:
        parsed = plain(YAML(typ="safe").load(value)) if value else None
    except YAMLError:
        parsed = value
    if why := put(fields, path.strip(), parsed):
        faults[f"--set {wish}"] = why


def put(fields: dict[str, Any], path: str, value: Any) -> str:
    """Put a value in the place that a dotted path names; says why that cannot be done, nothing where it was.

    >>> fields = {"stages": [{"use": "finetune"}]}
    >>> put(fields, "stages.finetune.epochs", 2), fields
    ('', {'stages': [{'use': 'finetune', 'epochs': 2}]})
    """
    *way, name = _keys(path)
    node: Any = fields
    for key in way:
        inner = _step(node, key)
        if not isinstance(inner, dict | list):
            return t("there is no {key!r} to set a field of", key=key) + _near(node, key)
        node = inner
    last = _place(node, name) if isinstance(node, list) else name
    if last is None:
        return t("there is no {key!r} to set a field of", key=name) + _near(node, name)
    node[last] = value
    return ""


def peek(fields: dict[str, Any], path: str) -> Any:
    """Give what stands in the place that a dotted path names; None where nothing does.

    >>> peek({"stages": [{"use": "finetune", "epochs": 2}]}, "stages.finetune.epochs")
    2
    """
    node: Any = fields
    for key in _keys(path):
        if isinstance(node, list):
            place = _place(node, key)
            node = None if place is None else node[place]
        else:
            node = node.get(key) if isinstance(node, dict) else None
    return node


def _keys(path: str) -> list[str]:
    """Take a dotted path apart.

    >>> _keys("budget.intent.accuracy.at_least")
    ['budget', 'intent.accuracy', 'at_least']
    >>> _keys("search.stages.finetune.epochs")
    ['search', 'stages.finetune.epochs']
    """
    block, *rest = path.split(".")
    if block == "search" and all(rest):
        return [block, *([".".join(rest)] if rest else [])]
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


def _near(node: Any, key: str) -> str:
    """Propose the names of stages that are near."""
    names = tuple(str(row.get("use")) for row in node if isinstance(row, dict)) if isinstance(node, list) else ()
    near = did_you_mean(key, names)
    return near if near.endswith("?") else ""


def _place(rows: list[Any], key: str) -> Any:
    if key.isdigit() and int(key) < len(rows):
        return int(key)
    return next((i for i, row in enumerate(rows) if isinstance(row, dict) and row.get("use") == key), None)
