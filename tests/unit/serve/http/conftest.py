"""Calls the application in this process, over ASGI, with real bundles, a real store and real keys."""

import asyncio
import io
import json
from dataclasses import dataclass, replace

import pytest

from luodi.serve import Fleet, Limits, Plan
from luodi.serve.app import make_app
from luodi.serve.log import Log
from luodi.serve.service import Options, Service


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Caller:
    """One application and how to ask it; headers are those of a browser or program on this machine."""

    def __init__(self, service):
        self.service, self.app = service, make_app(service)

    def __call__(self, method, path, body=None, *, headers=None, pieces=None, leaves=False, key=None, host="127.0.0.1"):
        """Send one request.

        Args:
            body: bytes as they are, anything else as JSON.
            pieces: of a body, as they come.
            leaves: the client leaves once it has said all.
        """
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        said = {"host": host, **(headers or {}), **({"authorization": f"Bearer {key}"} if key else {})}
        pieces = [raw] if pieces is None else pieces
        return asyncio.run(self._run(method, path, said, pieces, leaves))

    async def _run(self, method, path, headers, pieces, leaves):
        scope = {
            "type": "http", "method": method, "path": path.partition("?")[0], "root_path": "", "scheme": "http",
            "raw_path": path.encode(), "query_string": path.partition("?")[2].encode(), "http_version": "1.1",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip
        coming, sent = iter(pieces), []
        left = len(pieces)
        silence = asyncio.Event()

        async def receive():
            nonlocal left
            if left:
                left -= 1
                return {"type": "http.request", "body": next(coming), "more_body": left > 0}
            if not leaves:
                await silence.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        if not sent:
            return None
        names = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], names, b"".join(one.get("body", b"") for one in sent[1:]))

    def lines(self):
        """Everything that was logged."""
        self.service.log.close()
        return [json.loads(line) for line in self.service.log._stream.getvalue().splitlines()]


@pytest.fixture
def calls(store, keys):
    """Make a caller of a service with some bundles: ``calls(one_head, other=another, require_key=True)``."""
    fleets = []

    def make(*paths, limits=None, store=store, keys=keys, named=None, also=None, **options):
        fleet = Fleet(Plan(workers=1))
        fleets.append(fleet)
        for path in paths:
            fleet.open(path)
        for name, path in (named or {}).items():
            fleet.open(path, name)
        service = Service(
            fleet, store, keys, limits or Limits(), log=Log(stream=io.StringIO()), options=Options(**options)
        )
        return Caller(replace(service, also=also or {}))

    yield make
    for fleet in fleets:
        fleet.close()


@pytest.fixture
def call(calls, one_head):
    """A caller of a service with one bundle of one head, nothing special."""
    return calls(one_head)
