"""The line that the log gets for a request: who, what, how long, and nothing personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.data.personal import mask_personal

if TYPE_CHECKING:
    from luodi.serve.asked import Asked


def line_of(asked: Asked, *, status: int, seconds: float) -> dict[str, Any]:
    """Give what the log says of a request; what its sender wrote is masked.

    Texts are in it only where the service was told to log them.
    """
    id = mask_personal(asked.id) if "x-request-id" in asked.headers else asked.id
    fields: dict[str, Any] = {
        "request": id, "method": asked.scope.get("method", "")[:20], "route": asked.route, "status": status,
        "seconds": round(seconds, 6), "key": asked.key, "texts": asked.n_texts,
    }  # fmt: skip
    if asked.note:
        fields["note"] = mask_personal(asked.note)
    if asked.texts:
        fields["said"] = [mask_personal(text) for text in asked.texts]
    return fields
