"""What a request costs beside its answer: the service's own path, next to a FastAPI route that does nothing.

Both are called over ASGI in one process, so the socket and the HTTP parser, which are alike, are left out. The bundle
is replaced by one that answers at once: what is left is ours.

    python benchmarks/bench_http.py [--n 3000]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import statistics
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from facts import write
from pydantic import BaseModel

from luodi.serve import Limits
from luodi.serve.app import make_app
from luodi.serve.log import Log
from luodi.serve.service import Service
from luodi.store import KeyRing, open_store
from luodi.tasks import Prediction
from luodi.tasks.classify import Classify, Label
from luodi.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: The application, the path, headers beside the usual ones, the share of the requests that it gets.
    Way = tuple[Any, str, Sequence[tuple[bytes, bytes]], float]

BODY = json.dumps({"text": "物流很快，包装完好"}).encode()


class Said(BaseModel):
    """What the FastAPI route takes; FastAPI looks for it at the top of the file."""

    text: str


class AtOnce:
    """Stands in for a fleet of one bundle that answers before it is asked."""

    def __init__(self) -> None:
        task = Task((Classify("情感", ("正面", "负面")),))
        self.name, self.fingerprint, self.warm = "reviews", "0" * 16, True
        self.bundle = SimpleNamespace(task=task)
        self.batcher = SimpleNamespace(depth=lambda: SimpleNamespace(n_texts=0, n_tokens=0, busy_workers=0))
        self.said = Prediction({"情感": Label("正面", 0.98, None)})
        self.on_batch = None

    async def ask(self, texts: Sequence[str], **_: Any) -> list[Prediction]:
        """Answer each text alike."""
        return [self.said] * len(texts)

    def names(self) -> tuple[str, ...]:
        """Give the only name."""
        return (self.name,)

    def get(self, _: str) -> AtOnce:
        """Give itself."""
        return self

    def default(self) -> AtOnce:
        """Give itself."""
        return self

    def lend(self, _: str) -> AbstractContextManager[AtOnce]:
        """Give itself for a while."""
        return nullcontext(self)


def scope_of(path: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> dict[str, Any]:
    """Describe one request."""
    return {
        "type": "http", "method": "POST", "path": path, "root_path": "", "scheme": "http", "raw_path": path.encode(),
        "query_string": b"", "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), *headers],
        "luodi.gone": lambda: False,
    }  # fmt: skip


async def once(app: Any, path: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Ask once, and end where the answer is none."""
    is_sent = False

    async def receive() -> dict[str, Any]:
        nonlocal is_sent
        if is_sent:
            return {"type": "http.disconnect"}
        is_sent = True
        return {"type": "http.request", "body": BODY, "more_body": False}

    out: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        out.append(message)

    await app(scope_of(path, headers), receive, send)
    if out[0]["status"] != 200:
        sys.exit(f"{path}: {out}")


def fastapi_app() -> Any:
    """Make a FastAPI application with a route that does nothing."""
    from fastapi import FastAPI

    app = FastAPI()

    @app.post("/predict")
    async def predict(said: Said) -> dict[str, Any]:
        return {"model": "reviews", "predictions": [{"label": "正面", "probability": 0.98, "n": len(said.text)}]}

    return app


def microseconds(asked: Mapping[str, Way], n: int) -> dict[str, float]:
    """Give for each way the median of seven turns, in microseconds; the ways take turns on the same machine."""
    turns: dict[str, list[float]] = {name: [] for name in asked}

    async def run() -> None:
        for turn in range(8):
            for name, (app, path, headers, share) in asked.items():
                some = max(20, int(n * share))
                start = time.perf_counter()
                for _ in range(some):
                    await once(app, path, headers)
                if turn:  # the first turn warms
                    turns[name].append((time.perf_counter() - start) / some * 1e6)

    asyncio.run(run())
    return {name: round(statistics.median(some), 1) for name, some in turns.items()}


def main() -> None:
    """Measure every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    n = parser.parse_args().n
    place = Path(tempfile.mkdtemp())
    store = open_store(place / "store.db")
    keys = KeyRing(store)

    def ours(kept: Any, ring: Any) -> Any:
        return make_app(Service(AtOnce(), kept, ring, Limits(), log=Log(stream=io.StringIO())))

    secret = keys.add("bench", frozenset({"predict"}))
    bearer = ((b"authorization", f"Bearer {secret}".encode()),)
    path = "/v1/predict"
    found = microseconds(
        {
            "fastapi": (fastapi_app(), "/predict", (), 1),
            "luodi, no keys, no store": (ours(None, None), path, (), 1),
            "luodi, a key, no store": (ours(None, keys), path, bearer, 1),
            "luodi, a key, stored on disk, one at a time": (ours(store, keys), path, bearer, 0.1),
        },
        n,
    )
    store.close()
    write("http", {"microseconds_a_request": found, "n": n})


if __name__ == "__main__":
    main()
