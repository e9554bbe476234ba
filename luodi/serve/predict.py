"""``POST /v1/predict``: every head's answer to one text, many, or pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.errors import DataError
from luodi.language import t
from luodi.serve.asked import Reply
from luodi.serve.asking import Question, ask, in_json, texts_of
from luodi.serve.errors import Refusal
from luodi.serve.wire import PredictRequest, fit

if TYPE_CHECKING:
    from luodi.serve.asked import Asked
    from luodi.serve.fleet import Fleet, Served


async def predict(asked: Asked) -> Reply:
    """Answer texts with a bundle."""
    said = fit(PredictRequest, await asked.json())
    fleet = asked.service.fleet
    with fleet.lend(pick(fleet, said.model).name) as served:
        texts = [said.text] if said.text is not None else said.texts
        wanted = texts_of(served, texts=texts, pairs=said.pairs)
        answered = await ask(asked, served, Question(wanted, said.deadline_ms, is_kept=said.store is not False))
    predictions = [
        in_json(one, id=f"{answered.id}-{place}", is_stored=answered.is_stored)
        for place, one in enumerate(answered.said)
    ]
    return Reply.of({"model": served.name, "bundle": served.fingerprint, "id": answered.id, "predictions": predictions})


def pick(fleet: Fleet, name: str | None) -> Served:
    """Find the bundle that is meant; the only one need not be named.

    Raises:
        Refusal: there is none of this name (404), or several and none is named (422).
    """
    if name is None:
        served = fleet.default()
        if served is None:
            names = ", ".join(fleet.names())
            what = t("several models are served here: name one")
            raise Refusal(422, "which_model", what, found=names, fix='{"model": "..."}')
        return served
    try:
        return fleet.get(name)
    except DataError as unknown:
        raise Refusal(404, "unknown_model", unknown.what, found=unknown.found, fix=unknown.fix) from unknown
