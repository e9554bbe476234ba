"""What a service says instead of an answer, as the error that the library itself would have raised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from luodi.client.patience import read_wait_s
from luodi.errors import DataError, LuodiError, Overloaded, TooSlow
from luodi.language import t

if TYPE_CHECKING:
    from luodi.client.line import Answer

#: Signs of a sentence from elsewhere that are shown.
_SHOWN = 500


class Unreachable(LuodiError):
    """No service answers at the address: the one who runs it, or who named it, must act."""

    http_status = 503


class Refused(LuodiError):
    """The key is missing, unknown, revoked, or opens something else: the one who gives out keys must act."""

    http_status = 403


_BY_STATUS: dict[int, type[LuodiError]] = {
    400: DataError, 401: Refused, 403: Refused, 404: DataError, 408: TooSlow, 413: DataError, 422: DataError,
    429: Overloaded, 503: Overloaded, 504: TooSlow,
}  # fmt: skip
_BY_CODE: dict[str, type[LuodiError]] = {"overloaded": Overloaded, "too_slow": TooSlow}


def refusal(answer: Answer, *, key: str | None) -> LuodiError:
    """Make the error that an answer stands for.

    Args:
        answer: one whose status is not 200.
        key: what must not show in it, should a service repeat it.
    """
    if 300 <= answer.status < 400:
        return LuodiError(
            t("the service sends on to another address, where no key is taken"), found=f"HTTP {answer.status}",
            fix=t("name the address itself where the service is"),
        )  # fmt: skip
    try:
        said = json.loads(answer.body)["error"]
    except (ValueError, TypeError, KeyError, RecursionError):
        said = None
    wait_s = read_wait_s(answer.headers.get("retry-after"))
    if not isinstance(said, dict):
        said = {"message": t("the service answered HTTP {status}", status=answer.status)}
    request = answer.headers.get("x-request-id")
    if answer.status >= 500 and request and not said.get("found"):
        said = {**said, "found": t("request {request}", request=request)}
    return error_of(said, status=answer.status, key=key, wait_s=wait_s)


def error_of(said: dict[str, Any], *, status: int, key: str | None, wait_s: float | None = None) -> LuodiError:
    """Make the error that an object under ``error`` stands for: of its code, else of the status."""
    kind = _BY_CODE.get(str(said.get("code")), _BY_STATUS.get(status, LuodiError))
    what = _shown(said.get("message"), key) or t("the service answered HTTP {status}", status=status)
    found, fix = _shown(said.get("found"), key), _shown(said.get("fix"), key)
    if issubclass(kind, Overloaded):
        error: LuodiError = kind(what, found=found, fix=fix, retry_after_s=1.0 if wait_s is None else wait_s)
    else:
        error = kind(what, found=found, fix=fix)
    error.http_status = status
    return error


def _shown(said: Any, key: str | None) -> str | None:
    """Give a sentence from elsewhere so that it neither steers a terminal nor shows the key."""
    if not isinstance(said, str) or not said:
        return None
    hidden = said.replace(key, "...") if key else said
    return "".join(sign if sign.isprintable() else " " for sign in hidden[:_SHOWN])
