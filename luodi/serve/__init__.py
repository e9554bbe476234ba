"""A service that stays up: micro-batching, several bundles at once, a careful HTTP server."""

from luodi.serve.batcher import Batcher
from luodi.serve.fleet import Fleet, Served
from luodi.serve.limits import Limits
from luodi.serve.listen import Listen, run
from luodi.serve.plan import Depth, Plan
from luodi.serve.ticket import Departed

__all__ = ["Batcher", "Departed", "Depth", "Fleet", "Limits", "Listen", "Plan", "Served", "run"]
