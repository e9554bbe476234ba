"""A predict route as small as it can be, over the batcher: what HTTP servers are measured with. BUNDLE names it."""

from __future__ import annotations

import json
import os
from typing import Any

from luodi.errors import LuodiError, Overloaded
from luodi.serve import Fleet, Plan

fleet = Fleet(Plan(**json.loads(os.environ.get("PLAN", "{}"))))
served = fleet.open(os.environ["BUNDLE"])


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer ``{"texts": [...]}``."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    status, said = 200, b"ok"
    if body:
        try:
            answers = await served.ask(json.loads(body)["texts"])
            rows = [{"error": one.what} if isinstance(one, LuodiError) else one.to_json() for one in answers]
            said = json.dumps({"predictions": rows}, ensure_ascii=False).encode()
        except Overloaded as full:
            status, said = 429, full.what.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(said)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said})


if __name__ == "__main__":
    import sys

    from luodi.serve import Listen, run

    run(app, Listen(port=int(sys.argv[1])))
