"""Every way into the service: path, method, who answers, who may, what goes in and out, and every status.

The routes and the OpenAPI description are both made of this one table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.serve import feedback, health, models, predict, v2, wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from luodi.serve.asked import Asked, Reply

    Handler = Callable[[Asked], Awaitable[Reply]]

#: What can happen to any request that has to show a key; a rate belongs to a key.
_ALWAYS = (401, 403, 429)
#: What can happen to a body.
_BODY = (400, 408, 413, 422)
#: What can happen to whoever asks a model.
_MODEL = (404, 429, 500, 503, 504)

_DOES = {
    "POST /v1/predict": "Answer one text, many, or pairs of texts.",
    "POST /v1/feedback": "Keep the right label for an answer.",
    "GET /v1/models": "Tell what is served.",
    "GET /v1/models/{name}": "Tell what a model is and what it proved.",
    "PUT /v1/models/{name}": "Replace a model while the service runs.",
    "GET /healthz": "Say that the process lives.",
    "GET /readyz": "Say whether requests may be sent here.",
    "GET /metrics": "Give the figures in Prometheus' format.",
    "GET /docs": "Show this page.",
    "GET /openapi.json": "Describe every route as OpenAPI.",
    "GET /v2": "Tell what the server is.",
    "GET /v2/health/live": "Say that the server lives.",
    "GET /v2/health/ready": "Say whether every model is ready.",
    "GET /v2/models/{name}": "Tell a model's inputs and outputs.",
    "GET /v2/models/{name}/ready": "Say whether a model is ready.",
    "POST /v2/models/{name}/infer": "Answer texts that come as tensors.",
}


@dataclass(frozen=True)
class Way:
    """One method of one path.

    Args:
        method: GET is answered to HEAD too.
        path: with ``{name}`` for what changes.
        handler: answers.
        scopes: a key needs one of them; empty where every key will do.
        takes: the body's shape.
        gives: the answer's shape; None where it is no JSON.
        statuses: every other one that it may answer with.
        is_open: no key is asked for.
    """

    method: str
    path: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    takes: type[wire.Request] | None = None
    gives: Any = None
    statuses: tuple[int, ...] = ()
    is_open: bool = False
    kind: str = "application/json"
    tags: tuple[str, ...] = field(default=("luodi",))

    @property
    def does(self) -> str:
        """Say what it does, in one line."""
        return t(_DOES[f"{self.method} {self.path}"])

    @property
    def refusals(self) -> tuple[int, ...]:
        """Give every status but the good one, in order."""
        own = self.statuses + (() if self.is_open else _ALWAYS) + (_BODY if self.takes else ())
        return tuple(sorted({*own, *((404,) if "{" in self.path else ())}))


_V2 = ("Open Inference Protocol v2",)
_STATE = ("state",)
_HEAR = ("predict",)


def ways() -> tuple[Way, ...]:
    """Give the table."""
    return (
        Way("POST", "/v1/predict", predict.predict, _HEAR,
            wire.PredictRequest, wire.PredictResponse, _MODEL),
        Way("POST", "/v1/feedback", feedback.feedback, ("feedback",),
            wire.FeedbackRequest, wire.FeedbackResponse, (404, 429, 500)),
        Way("GET", "/v1/models", models.list_models, gives=wire.ModelList),
        Way("GET", "/v1/models/{name}", models.show_model,
            gives=wire.ModelReport),
        Way("PUT", "/v1/models/{name}", models.replace_model, ("admin",),
            wire.ReplaceRequest, wire.Model, (404,)),
        Way("GET", "/healthz", health.healthz, gives=wire.Status, is_open=True,
            tags=_STATE),
        Way("GET", "/readyz", health.readyz, gives=wire.Status,
            statuses=(503,), is_open=True, tags=_STATE),
        Way("GET", "/metrics", health.metrics, kind="text/plain",
            tags=_STATE),
        *_protocol(),
    )  # fmt: skip


def _protocol() -> tuple[Way, ...]:
    return (
        Way("GET", "/v2", v2.server, gives=wire.ServerMetadata, tags=_V2),
        Way("GET", "/v2/health/live", v2.live, gives=wire.ServerHealth, tags=_V2),
        Way("GET", "/v2/health/ready", v2.ready, gives=wire.ServerHealth,
            statuses=(503,), tags=_V2),
        Way("GET", "/v2/models/{name}", v2.model, gives=wire.ModelMetadata,
            tags=_V2),
        Way("GET", "/v2/models/{name}/ready", v2.model_ready, gives=wire.ModelHealth,
            statuses=(503,), tags=_V2),
        Way("POST", "/v2/models/{name}/infer", v2.infer, _HEAR,
            wire.InferRequest, wire.InferResponse, _MODEL, tags=_V2),
    )  # fmt: skip
