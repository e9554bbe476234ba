"""One request on its way through the service, and what is answered to it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.plain_json import write_json
from luodi.serve.body import read_body, read_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from luodi.serve.service import Service

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = b"application/json"
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
#: Bytes of an id, and of how many ids the system is asked for at a time: asking costs more than the rest of an id.
_ID_BYTES, _POOL_BYTES = 12, 12 * 256
_pool: list[bytes] = []
_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


@dataclass(slots=True)
class Asked:
    """What is known of a request; handlers add what the log and the meters want to know.

    Args:
        scope: of ASGI.
        receive: of ASGI.
        service: what answers.
        headers: those that the service reads, by their lower-case names.
        id: of the request, as the answer bears it.
        key: the name of the key that was shown; empty where none is needed.
        scopes: what that key may.
        route: the pattern of the path, for meters and log.
        n_texts: texts that were asked about.
        texts: those, where they are logged.
        note: what went wrong, for the log only.
    """

    scope: Scope
    receive: Receive
    service: Service
    headers: Mapping[str, str]
    id: str
    key: str = ""
    scopes: frozenset[str] = frozenset()
    route: str = "other"
    n_texts: int = 0
    texts: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def method(self) -> str:
        """The method; HEAD is answered as GET, without its body."""
        method: str = self.scope["method"]
        return method

    async def json(self) -> Any:
        """Read the body as strict JSON, within the service's limits.

        Raises:
            Refusal: it is too long, too slow, or no JSON.
        """
        limits = self.service.limits
        length = self.headers.get("content-length")
        raw = await read_body(self.receive, length=length, most=limits.body_bytes, timeout_s=limits.request_s)
        return read_json(raw)

    def at(self, name: str) -> str:
        """Give what stands in the path in the place of ``{name}``."""
        found: str = self.scope["path_params"][name]
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, bytes, and headers beside those that every answer has."""

    status: int
    body: bytes
    kind: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def of(cls, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        """Give a value as JSON."""
        extra = tuple((name.encode(), said.encode()) for name, said in (headers or {}).items())
        return cls(status, to_bytes(value), JSON, extra)


def to_bytes(value: Any) -> bytes:
    """Write JSON in UTF-8; what is no number becomes null.

    >>> to_bytes({"a": "x", "b": float("inf")})
    b'{"a": "x", "b": null}'
    """
    try:
        return _ENCODER.encode(value).encode()
    except ValueError:  # no number, or half a character
        return write_json(value).encode()


def request_id(said: str | None) -> str:
    """Take the id that a caller gave if it is a sane one, else make one.

    >>> request_id("order-17"), len(request_id("<b>"))
    ('order-17', 24)
    """
    return said if said is not None and _SANE_ID.fullmatch(said) else fresh_id()


def fresh_id() -> str:
    """Make an id that nobody can guess: 96 random bits."""
    if not _pool:
        drawn = os.urandom(_POOL_BYTES)
        _pool.extend(drawn[start : start + _ID_BYTES] for start in range(0, _POOL_BYTES, _ID_BYTES))
    return _pool.pop().hex()
