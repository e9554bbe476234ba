"""The page at ``/docs``: every route with an example to copy; no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from luodi.language import chosen, t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.serve.ways import Way

_STYLE = (resources.files("luodi.serve") / "template" / "docs.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; "
PAGE_HEADERS = ((b"content-security-policy", f"{_POLICY}frame-ancestors 'none'".encode()),)

_MEANINGS = {
    400: "the body is no sound JSON",
    401: "no key was shown, or nobody knows it",
    403: "the key may not do that",
    404: "there is no such model or answer",
    408: "the body came too slowly",
    413: "the body, a text or their number is larger than it may be",
    422: "the request cannot be answered as it is",
    429: "too much waits already, or the key asked too often; Retry-After says when to come back",
    500: "the service failed; its log says why",
    503: "the service is stopping, or not ready",
    504: "the deadline passed",
}
_TITLES = {
    "luodi": "Answers and models",
    "state": "The service",
    "Open Inference Protocol v2": "Open Inference Protocol, version 2",
}


def show_page(table: Sequence[Way], described: Mapping[str, Any]) -> str:
    """Write the page in the language that is spoken."""
    parts = [
        "<!doctype html>", f'<html lang="{"zh-CN" if chosen() == "zh" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>luodi</title>',
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body><main>',
        f"<h1>luodi</h1><p class='quiet'>{escape(t('Everything that this service answers.'))} "
        f"<a href='/openapi.json'>openapi.json</a></p>",
        f"<p>{escape(t('Where keys are asked for, every request bears one:'))} "
        "<code>Authorization: Bearer luodi_…</code></p>",
    ]  # fmt: skip
    for tag, title in _TITLES.items():
        parts.append(f"<h2>{escape(t(_TITLES[tag]) or title)}</h2>")
        parts += [_way(way, described) for way in table if way.tags == (tag,)]
    return "".join((*parts, "</main></body></html>\n"))


def _way(way: Way, described: Mapping[str, Any]) -> str:
    needs = t("a key with the scope {scope}", scope=" / ".join(way.scopes)) if way.scopes else t("any key")
    needs = t("no key") if way.is_open else needs
    rows = "".join(
        f"<tr><th><code>{status}</code></th><td>{escape(t(_MEANINGS[status]))}</td></tr>" for status in way.refusals
    )
    return (
        f"<details><summary><span class='method'>{way.method}</span><code>{escape(way.path)}</code>"
        f"<span>{escape(way.does)}</span></summary><div class='inner'>"
        f"<p class='quiet'>{escape(t('Needs:'))} {escape(needs)}</p><pre>{escape(_curl(way, described))}</pre>"
        f"{_fields(way, described)}<table>{rows}</table></div></details>"
    )


def _curl(way: Way, described: Mapping[str, Any]) -> str:
    path = way.path.replace("{name}", "NAME")
    key = "" if way.is_open else ' -H "Authorization: Bearer $LUODI_KEY"'
    method = f" -X {way.method}" if way.method == "PUT" else ""
    body = ""
    if way.takes is not None:
        example = described["components"]["schemas"][way.takes.__name__]["examples"][0]
        body = f" \\\n  --json '{json.dumps(example, ensure_ascii=False)}'"
    return f"curl{method}{key} $LUODI_URL{path}{body}"


def _fields(way: Way, described: Mapping[str, Any]) -> str:
    """Show the fields of a body: name, kind, and whether it is needed."""
    if way.takes is None:
        return ""
    shape = described["components"]["schemas"][way.takes.__name__]
    needed = shape.get("required", ())
    rows = "".join(
        f"<tr><th><code>{escape(name)}</code></th><td>{escape(_kind(one))}</td>"
        f"<td class='quiet'>{escape(t('needed')) if name in needed else ''}</td></tr>"
        for name, one in shape["properties"].items()
    )
    return f"<table>{rows}</table>"


def _kind(shape: Mapping[str, Any]) -> str:
    kinds = [one for one in shape.get("anyOf", [shape]) if one.get("type") != "null"]
    first = kinds[0] if kinds else {}
    if first.get("type") == "array":
        return f"[{_kind(first.get('items', {}))}, …]"
    if "$ref" in first:
        return str(first["$ref"]).rpartition("/")[2]
    return str(first.get("type", "…"))
