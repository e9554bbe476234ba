"""The Open Inference Protocol, version 2, over REST: texts go in as BYTES, labels and probabilities come out.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.language import t
from luodi.serve.asked import Reply
from luodi.serve.asking import Question, ask, texts_of
from luodi.serve.errors import Refusal, refusal_of
from luodi.serve.health import is_draining, is_warm
from luodi.serve.predict import pick
from luodi.serve.wire import InferInput, InferRequest, fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from luodi.serve.asked import Asked
    from luodi.serve.fleet import Served
    from luodi.tasks import Prediction
    from luodi.tasks.task import Head

#: The inputs of a bundle that answers texts, and of one that answers pairs.
ONE, TWO = ("text",), ("text", "text_pair")
_BINARY = "inference-header-content-length"


async def server(asked: Asked) -> Reply:
    """Tell what the server is."""
    return Reply.of({"name": "luodi", "version": runtime.own_version(), "extensions": []})


async def live(asked: Asked) -> Reply:
    """Say that the server lives."""
    is_ready = is_warm(asked) and not is_draining(asked)
    return Reply.of({"live": True, "ready": is_ready})


async def ready(asked: Asked) -> Reply:
    """Say whether every model is ready."""
    is_ready = is_warm(asked) and not is_draining(asked)
    return Reply.of({"live": True, "ready": is_ready}, status=200 if is_ready else 503)


async def model(asked: Asked) -> Reply:
    """Tell a model's inputs and outputs."""
    served = pick(asked.service.fleet, asked.at("name"))
    inputs = [{"name": name, "datatype": "BYTES", "shape": [-1]} for name in _inputs(served)]
    outputs = [
        {"name": name, "datatype": kind, "shape": [-1, *inner]}
        for head in served.bundle.task.heads
        for name, kind, inner in _outputs(head)
    ]
    outputs += [{"name": name, "datatype": kind, "shape": [-1]} for name, kind in _BESIDE.items()]
    return Reply.of(
        {
            "name": served.name, "versions": [served.fingerprint], "platform": "luodi_onnx", "inputs": inputs,
            "outputs": outputs,
        }
    )  # fmt: skip


async def model_ready(asked: Asked) -> Reply:
    """Say whether a model is ready."""
    served = pick(asked.service.fleet, asked.at("name"))
    is_ready = served.warm and not is_draining(asked)
    return Reply.of({"name": served.name, "ready": is_ready}, status=200 if is_ready else 503)


async def infer(asked: Asked) -> Reply:
    """Answer texts; unlike ``/v1/predict``, one text that fails makes the whole request fail."""
    if _BINARY in asked.headers:
        raise Refusal(400, "binary", t("binary tensors are not spoken here: send the texts as JSON"))
    fleet = asked.service.fleet
    with fleet.lend(pick(fleet, asked.at("name")).name) as served:
        said = fit(InferRequest, await asked.json())
        first, *rest = _texts(said.inputs, _inputs(served))
        pairs = list(zip(first, rest[0], strict=True)) if rest else None
        wanted = texts_of(served, texts=first, pairs=pairs)
        chosen = _chosen(said, served)
        answered = await ask(asked, served, _question(wanted, said))
    failed = next((one for one in answered.said if isinstance(one, Exception)), None)
    if failed is not None:
        raise refusal_of(failed)
    found = dict(_tensors(served, answered.said))  # type: ignore[arg-type]
    return Reply.of(
        {
            "model_name": served.name, "model_version": served.fingerprint, "id": said.id or answered.id,
            "parameters": {"answer": answered.id, "stored": answered.is_stored},
            "outputs": [{"name": name, **found[name]} for name in chosen or found],
        }
    )  # fmt: skip


def _question(texts: Sequence[str], said: InferRequest) -> Question:
    """Read the parameters that are known here; others are for somebody else."""
    given = said.parameters or {}
    deadline, is_kept = given.get("deadline_ms"), given.get("store", True)
    if deadline is not None and (isinstance(deadline, bool) or not isinstance(deadline, int) or deadline < 1):
        raise Refusal(422, "wrong_shape", t("the parameter {name} is a whole number above 0", name="deadline_ms"))
    return Question(texts, deadline, is_kept=is_kept is not False)


def _inputs(served: Served) -> tuple[str, ...]:
    return TWO if served.bundle.task.paired else ONE


def _texts(inputs: Sequence[InferInput], names: Sequence[str]) -> list[list[str]]:
    """Give the texts of each input, in the order of the bundle's inputs.

    Raises:
        Refusal: a name, a kind or a shape is another than the bundle's (422).
    """
    given = {one.name: one for one in inputs}
    if set(given) != set(names) or len(given) != len(inputs):
        found = ", ".join(one.name for one in inputs)
        raise Refusal(422, "wrong_inputs", t("the inputs are {names}", names=", ".join(names)), found=found)
    texts = [_flat(given[name]) for name in names]
    if len({len(one) for one in texts}) > 1:
        raise Refusal(422, "wrong_inputs", t("the two inputs are not equally long"))
    return texts


def _flat(given: InferInput) -> list[str]:
    if given.datatype != "BYTES":
        what = t("input {name} is of the kind BYTES", name=given.name[:80])
        raise Refusal(422, "wrong_inputs", what, found=given.datatype)
    data = [text for one in given.data for text in (one if isinstance(one, list) else [one])]
    n = math.prod(given.shape)
    if n != len(data) or n != given.shape[0] or not n:
        what = t("input {name} has the shape [n] or [n, 1], and n texts in it", name=given.name[:80])
        raise Refusal(422, "wrong_inputs", what, found=f"{given.shape}, {len(data)}")
    return data


def _chosen(said: InferRequest, served: Served) -> list[str]:
    """Give the outputs that are wanted; none where all are."""
    known = [name for head in served.bundle.task.heads for name, _, _ in _outputs(head)] + list(_BESIDE)
    wanted = [one.name for one in said.outputs or ()]
    if foreign := [name for name in wanted if name not in known]:
        what = t("there is no output {name!r}", name=foreign[0][:80])
        raise Refusal(422, "wrong_outputs", what, found=", ".join(known))
    return list(dict.fromkeys(wanted))


#: Outputs that do not belong to a head.
_BESIDE = {"abstained": "BOOL", "tier": "BYTES"}


def _outputs(head: Head) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Give each output of a head: its name, its kind, its shape behind the texts."""
    yield head.name, "BYTES", ()
    yield f"{head.name}.probability", "FP32", ()
    if n := _width(head):
        yield f"{head.name}.probabilities", "FP32", (n,)


def _width(head: Head) -> int:
    """Give how many labels have a probability each for every text; 0 where their number depends on the text."""
    labels = () if head.by_token else getattr(head, "labels", ())
    return len(labels) if len(labels) == head.n_outputs else 0


def _tensors(served: Served, said: Sequence[Prediction]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every output by its name."""
    n = len(said)
    for head in served.bundle.task.heads:
        answers = [one.answers[head.name] for one in said]
        yield head.name, {"datatype": "BYTES", "shape": [n], "data": [one.label for one in answers]}
        sure = [round(float(one.probability), 6) for one in answers]
        yield f"{head.name}.probability", {"datatype": "FP32", "shape": [n], "data": sure}
        if width := _width(head):
            flat = [round(float(value), 6) for one in answers for value in one.probabilities]
            yield f"{head.name}.probabilities", {"datatype": "FP32", "shape": [n, width], "data": flat}
    yield "abstained", {"datatype": "BOOL", "shape": [n], "data": [one.abstained for one in said]}
    yield "tier", {"datatype": "BYTES", "shape": [n], "data": [one.tier for one in said]}
