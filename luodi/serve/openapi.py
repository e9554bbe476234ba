"""Describes the service: OpenAPI 3.1 and a page for people, both from the table of ways and the shapes of the wire."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from luodi import runtime
from luodi.language import speak
from luodi.serve import wire
from luodi.serve.asked import Reply
from luodi.serve.page import PAGE_HEADERS, show_page
from luodi.serve.ways import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from luodi.serve.asked import Asked

_REF = "#/components/schemas/{model}"
_REQUEST_ID = {
    "name": "X-Request-ID", "in": "header", "required": False,
    "description": "comes back as it is; one is made where it is missing or odd",
    "schema": {"type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9._:/+=@-]+$"},
}  # fmt: skip
_NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def pages(table: Sequence[Way]) -> tuple[Way, ...]:
    """Give the two ways that describe all ways, these two among them."""

    async def show_openapi(asked: Asked) -> Reply:
        """Describe every route as OpenAPI."""
        return Reply.of(described())

    async def show_docs(asked: Asked) -> Reply:
        """Show a page that describes every route."""
        said = asked.headers.get("accept-language", "").strip().lower()
        with speak("zh" if said.startswith("zh") else "en"):
            page = show_page(whole, described())
        return Reply(200, page.encode(), b"text/html; charset=utf-8", PAGE_HEADERS)

    @cache
    def described() -> dict[str, Any]:
        with speak("en"):
            return describe(whole)

    own = (
        Way("GET", "/openapi.json", show_openapi, gives=dict, tags=("state",)),
        Way("GET", "/docs", show_docs, kind="text/html", tags=("state",)),
    )
    whole = (*table, *own)
    return own


def describe(table: Iterable[Way]) -> dict[str, Any]:
    """Give the OpenAPI document of a table of ways."""
    table = tuple(table)
    paths: dict[str, dict[str, Any]] = {}
    for way in table:
        paths.setdefault(way.path, {})[way.method.lower()] = _operation(way)
    return {
        "openapi": "3.1.0",
        "info": {"title": "luodi", "version": runtime.own_version(), "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": _schemas(table),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "a key of `luodi keys add`"}
            },
        },
        "security": [{"key": []}],
    }


def _schemas(table: Sequence[Way]) -> dict[str, Any]:
    takes = [(way.takes, "validation") for way in table if way.takes is not None]
    gives = [(way.gives, "serialization") for way in table if way.gives not in (None, dict)]
    errors = [(wire.Error, "serialization"), (wire.ProtocolError, "serialization")]
    whole: Callable[..., Any] = models_json_schema
    _, found = whole(list(dict.fromkeys([*takes, *gives, *errors])), ref_template=_REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _operation(way: Way) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": way.does, "operationId": way.handler.__name__, "tags": list(way.tags),
        "parameters": [_REQUEST_ID, *([_NAME] if "{name}" in way.path else [])],
        "responses": {"200": _response("The answer.", way.kind, way.gives)} | {
            str(status): _refusal(way, status) for status in way.refusals
        },
    }  # fmt: skip
    if way.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content("application/json", way.takes)}
    if way.is_open:
        operation["security"] = []
    if way.scopes:
        operation["description"] = f"Needs a key with the scope {' or '.join(way.scopes)}."
    return operation


def _refusal(way: Way, status: int) -> dict[str, Any]:
    if status == 503 and way.path.startswith("/v2") and way.method == "GET":
        return _response("Not ready.", "application/json", way.gives)
    shape = wire.ProtocolError if way.path.startswith("/v2") else wire.Error
    said = _response(MEANINGS[status], "application/json", shape)
    if status in (429, 503):
        said["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "string"}}}
    return said


#: What each status means, wherever it is answered.
MEANINGS = {
    400: "The body is no sound JSON.", 401: "No key, or an unknown one.", 403: "The key may not do that.",
    404: "There is no such model or answer.", 408: "The body came too slowly.", 413: "More, or longer, than is taken.",
    422: "The request cannot be answered as it is.", 429: "Too much waits already, or the key asked too often.",
    500: "The service failed.", 503: "The service is stopping, or not ready.", 504: "The deadline passed.",
}  # fmt: skip


def _response(what: str, kind: str, shape: Any) -> dict[str, Any]:
    return {"description": what, "content": _content(kind, shape)}


def _content(kind: str, shape: Any) -> dict[str, Any]:
    if shape is None:
        return {kind: {"schema": {"type": "string"}}}
    if shape is dict:
        return {kind: {"schema": {"type": "object"}}}
    return {kind: {"schema": {"$ref": _REF.format(model=shape.__name__)}}}
