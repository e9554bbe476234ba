"""What goes over the wire: the shape of every request and every answer, as code and as OpenAPI alike."""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from luodi.language import t
from luodi.serve.errors import Refusal

#: A name that a model is served under.
ModelName = Annotated[str, Field(min_length=1, max_length=200, examples=["reviews"])]
AnswerId = Annotated[str, Field(min_length=1, max_length=200, examples=["4f2a-0"])]
Parameters = dict[str, bool | int | float | str]
Kind = TypeVar("Kind", bound="Request")


class Request(BaseModel):
    """A body that is sent: nothing is converted, and a field that nobody knows is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Response(BaseModel):
    """A body that comes back; fields may be added in later versions."""

    model_config = ConfigDict(frozen=True, extra="allow")


class PredictRequest(Request):
    """One text, many, or pairs of texts: exactly one of the three."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["text"]}, {"required": ["texts"]}, {"required": ["pairs"]}],
            "examples": [{"texts": ["物流很快，包装完好", "the soup was cold"]}, {"text": "味道很好"}],
        }
    )

    model: Annotated[ModelName | None, Field(description="needed where several are served")] = None
    text: Annotated[str | None, Field(description="one text")] = None
    texts: Annotated[list[str] | None, Field(min_length=1, description="texts, answered in this order")] = None
    pairs: Annotated[
        list[Annotated[list[str], Field(min_length=2, max_length=2)]] | None,
        Field(min_length=1, description="pairs of texts, for a bundle that holds two against each other"),
    ] = None
    deadline_ms: Annotated[
        int | None, Field(ge=1, le=3_600_000, description="after so long nobody waits any more: 504")
    ] = None
    store: Annotated[bool | None, Field(description="false: this one is not kept")] = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(one is not None for one in (self.text, self.texts, self.pairs)) != 1:
            raise ValueError("give exactly one of text, texts and pairs")
        return self


class PredictResponse(Response):
    """The answers, in the order of the texts."""

    model: str
    bundle: Annotated[str, Field(description="fingerprint of the bundle that answered")]
    id: str
    predictions: Annotated[
        list[dict[str, Any]],
        Field(
            description="each {id, HEAD: as `luodi predict --json` gives it, abstained, tier, stored}, or {error}",
            examples=[[{"id": "4f2a-0", "情感": {"label": "正面", "probability": 0.98}, "stored": True}]],
        ),
    ]


class Model(Response):
    """A bundle that is served."""

    name: str
    bundle: str
    warm: bool
    opened_at: float
    created: str
    heads: list[dict[str, Any]]
    paired: bool
    limits: dict[str, int]
    tiers: list[dict[str, Any]]
    thresholds: dict[str, float]


class ModelList(Response):
    """Every bundle that is served."""

    models: list[Model]


class ModelReport(Model):
    """A bundle that is served, with what it proved."""

    report: dict[str, Any] | None
    budget: dict[str, Any] | None
    kept: Annotated[bool | None, Field(description="whether it kept its budget; null where none was declared")]


class ReplaceRequest(Request):
    """Another bundle under the same name; it is opened and warmed before it takes over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"path": "reviews-2.luodi"}]})

    path: Annotated[str, Field(min_length=1, max_length=4096, description="of a folder on the service's machine")]


class FeedbackRequest(Request):
    """The right label for something that was answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["label"]}, {"required": ["labels"]}],
            "examples": [{"id": "4f2a-0", "label": "负面"}],
        }
    )

    id: AnswerId
    label: Annotated[Any, Field(description="of the only head: a label, a list of labels, a number or spans")] = None
    labels: Annotated[dict[str, Any] | None, Field(min_length=1, description="by head")] = None
    who: Annotated[str | None, Field(max_length=200, description="who says so; the key's name unless given")] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.label is None) == (self.labels is None):
            raise ValueError("give exactly one of label and labels")
        return self


class FeedbackResponse(Response):
    """What was kept."""

    id: str
    labels: dict[str, Any]
    stored: bool


class Status(Response):
    """How the service is."""

    status: str


class Refused(Response):
    """Why a request is refused."""

    code: str
    message: str
    found: str | None = None
    fix: str | None = None
    request: str


class Error(Response):
    """The body of every refusal."""

    error: Refused


class Tensor(Response):
    """The name, kind and shape of an input or output."""

    name: str
    datatype: str
    shape: list[int]


class InferInput(Request):
    """Texts as a tensor."""

    name: Annotated[str, Field(max_length=200, examples=["text"])]
    shape: Annotated[list[Annotated[int, Field(ge=0, le=2**63 - 1)]], Field(min_length=1, max_length=2)]
    datatype: Annotated[str, Field(max_length=20, examples=["BYTES"])]
    parameters: Parameters | None = None
    data: list[str | list[str]]


class InferOutput(Request):
    """An output that is wanted."""

    name: Annotated[str, Field(max_length=400)]
    parameters: Parameters | None = None


class InferRequest(Request):
    """A question in the Open Inference Protocol."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["物流很快"]}]}]
        }
    )

    id: Annotated[str | None, Field(max_length=200)] = None
    parameters: Parameters | None = None
    inputs: Annotated[list[InferInput], Field(min_length=1, max_length=2)]
    outputs: Annotated[list[InferOutput] | None, Field(max_length=1000)] = None


class InferTensor(Tensor):
    """An output with its data, flat."""

    data: list[Any]


class InferResponse(Response):
    """An answer in the Open Inference Protocol."""

    model_name: str
    model_version: str
    id: str
    parameters: dict[str, Any]
    outputs: list[InferTensor]


class ProtocolError(Response):
    """A refusal in the Open Inference Protocol."""

    error: str


class ServerMetadata(Response):
    """What the server is."""

    name: str
    version: str
    extensions: list[str]


class ServerHealth(Response):
    """Whether the server lives, and is ready."""

    live: bool
    ready: bool


class ModelHealth(Response):
    """Whether a model is ready."""

    name: str
    ready: bool


class ModelMetadata(Response):
    """Inputs and outputs of a model."""

    name: str
    platform: str
    versions: list[str]
    inputs: list[Tensor]
    outputs: list[Tensor]


def fit(kind: type[Kind], said: Any) -> Kind:
    """Hold what was sent against its shape.

    Raises:
        Refusal: it is not of this shape (422); what is wrong is named by its place, and not repeated.

    >>> fit(ReplaceRequest, {"path": "a"}).path
    'a'
    """
    try:
        return kind.model_validate(said)
    except ValidationError as faults:
        first = faults.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        found = f"{where}: {first['msg']}" if where else str(first["msg"])
        raise Refusal(422, "wrong_shape", t("the request has not the shape that it needs"), found=found) from faults
