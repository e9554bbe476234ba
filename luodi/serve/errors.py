"""What a request is refused with: a status, a word for programs, a sentence for people, and never a path or a name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from luodi.errors import BundleError, DataError, Overloaded, RecipeError, TooSlow
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds after which a caller may come back, where nothing better is known.
_COME_BACK_S = 1.0
_MOST_SHOWN = 200


class Refusal(Exception):
    """Refuse a request.

    Args:
        status: of HTTP.
        code: one word for programs; it stays the same from version to version.
        message: one sentence for people.
        found: what was found instead.
        fix: what would mend it.
        headers: beside the usual ones.

    >>> Refusal(404, "unknown_model", "no model is named 'a'").to_json("r1")
    {'error': {'code': 'unknown_model', 'message': "no model is named 'a'", 'request': 'r1'}}
    """

    def __init__(self, status: int, code: str, message: str, **beside: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.found: str | None = beside.get("found")
        self.fix: str | None = beside.get("fix")
        self.headers: Mapping[str, str] = beside.get("headers") or {}

    def to_json(self, request: str) -> dict[str, Any]:
        """Give the body that every refusal has but those of the Open Inference Protocol."""
        return {"error": {**self.inner(), "request": request}}

    def inner(self) -> dict[str, Any]:
        """Give what stands in the place of one text's answer."""
        beside = {"found": self.found, "fix": self.fix}
        return {"code": self.code, "message": self.message} | {
            name: shortened(said) for name, said in beside.items() if said
        }


def refusal_of(error: Exception) -> Refusal:
    """Turn what was raised into what its caller is told; what is not theirs to mend is not told in detail.

    >>> refusal_of(KeyError("secret")).status
    500
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Overloaded):
        return too_many("overloaded", error.what, after_s=getattr(error, "retry_after_s", _COME_BACK_S))
    if isinstance(error, TooSlow):
        return Refusal(504, "too_slow", error.what, found=error.found, fix=error.fix)
    if isinstance(error, DataError | RecipeError):
        return Refusal(422, "not_answerable", error.what, found=error.found, fix=error.fix)
    if isinstance(error, BundleError):
        return Refusal(500, "model_failed", t("the model could not answer; the service's log says why"))
    what = t("the service failed; its log says why, under the id of this request")
    return Refusal(500, "failed", what)


def refused_bundle() -> Refusal:
    """Say that a bundle is refused; why is in the log, as it may tell what else lies on the disk."""
    fix = t("the log of the service says why")
    return Refusal(422, "bundle_refused", t("the bundle cannot be taken"), fix=fix)


def too_many(code: str, message: str, *, after_s: float) -> Refusal:
    """Refuse for now: the caller may come back after some seconds."""
    after = str(max(1, math.ceil(after_s)))
    return Refusal(429, code, message, headers={"retry-after": after})


def draining() -> Refusal:
    """Refuse because the service is on its way out."""
    return Refusal(503, "draining", t("the service is stopping"), headers={"retry-after": "1"})


def too_large(what: str, *, found: str, fix: str) -> Refusal:
    """Refuse what is larger than it may be."""
    return Refusal(413, "too_large", what, found=found, fix=fix)


def bad_json(found: str) -> Refusal:
    """Refuse a body that is no sound JSON."""
    return Refusal(400, "bad_json", t("the body is no sound JSON"), found=found)


def shortened(said: str) -> str:
    """Cut what is shown to a length that nobody minds."""
    return said if len(said) <= _MOST_SHOWN else said[: _MOST_SHOWN - 1] + "…"
