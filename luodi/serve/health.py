"""Whether the process lives, whether it is ready, and what it counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.errors import LuodiError
from luodi.language import t
from luodi.serve.asked import Reply
from luodi.serve.errors import Refusal, draining

if TYPE_CHECKING:
    from luodi.serve.asked import Asked


async def healthz(asked: Asked) -> Reply:
    """Say that the process lives."""
    return Reply.of({"status": "alive"})


async def readyz(asked: Asked) -> Reply:
    """Say whether requests may be sent here: every bundle is warm, and nobody asked the service to stop."""
    if is_draining(asked):
        raise draining()
    if not is_warm(asked):
        raise Refusal(503, "not_ready", t("a model is not warm yet"), headers={"retry-after": "1"})
    if asked.service.store is not None:
        try:
            asked.service.store.database.require_there()
        except LuodiError as gone:
            raise Refusal(503, "not_ready", t("the store is gone"), headers={"retry-after": "60"}) from gone
    return Reply.of({"status": "ready"})


async def metrics(asked: Asked) -> Reply:
    """Give every figure in Prometheus' text format."""
    meters = asked.service.meters
    return Reply(200, meters.shown(), meters.kind)


def is_draining(asked: Asked) -> bool:
    """Tell whether the service is on its way out."""
    return bool(asked.scope["app"].state.draining)


def is_warm(asked: Asked) -> bool:
    """Tell whether every bundle has answered something."""
    fleet = asked.service.fleet
    return bool(fleet.names()) and all(fleet.get(name).warm for name in fleet.names())
