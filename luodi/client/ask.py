"""One question to a service, asked until it is answered, refused, or asked often enough."""

from __future__ import annotations

import json
import random
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.client.line import Late, Line, Lost, Request
from luodi.client.refusals import Unreachable, refusal
from luodi.client.replies import not_understood
from luodi.errors import LuodiError, Overloaded, TooSlow
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.client.patience import Patience


@dataclass(frozen=True)
class Asker:
    """Asks over a line, and again where that can do no harm.

    Nothing was done where no connection could be had or the service said that it is full (429) or about to leave
    (503): then every request may be sent again. Where the connection was lost on the way an answer may have been lost
    with it: only what changes nothing is sent again. What took too long is not asked again, for it would take twice.

    Args:
        line: to the service.
        patience: how often, with which waits.
        timeout_s: of each attempt, from the first byte sent to the last one read.
        key: sent with each; it never shows.
        sleep, draw: how waiting is done and drawn.
    """

    line: Line
    patience: Patience
    timeout_s: float
    key: str | None = field(default=None, repr=False)
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random

    def ask(
        self, method: str, path: str, *, body: str | None = None, until: float | None = None, repeatable: bool = True
    ) -> Any:
        """Give the JSON that a request is answered with.

        Args:
            method: of HTTP.
            path: with a slash at its beginning.
            body: JSON.
            until: the monotonic time after which nobody waits for the answer.
            repeatable: whether it changes nothing, so that it may be sent though it may have been worked on already.

        Raises:
            Unreachable: no service answers there.
            TooSlow: the answer had not come in time.
            LuodiError: it was refused; of the class that the library itself raises.
        """
        headers = {"Accept": "application/json", "User-Agent": "luodi"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        request = Request(method, path, headers, None if body is None else body.encode())
        n = 0
        while True:
            said, may_repeat, asked_s = self._attempt(request, until, repeatable)
            if not isinstance(said, LuodiError):
                return said
            wait_s = self.patience.wait_s(n, asked_s=asked_s, draw=self.draw) if may_repeat else None
            if wait_s is None or (until is not None and time.monotonic() + wait_s >= until):
                raise said
            self.sleep(wait_s)
            n += 1

    def _attempt(self, request: Request, until: float | None, repeatable: bool) -> tuple[Any, bool, float | None]:
        """Ask once: the JSON or an error, whether it may be asked again, and after which time the service wants it."""
        left = self.timeout_s if until is None else min(self.timeout_s, until - time.monotonic())
        if left <= 0:
            return _late(), False, None
        try:
            answer = self.line.exchange(request, timeout_s=left)
        except Late:
            return _late(), False, None
        except Lost as lost:
            return self._lost(lost), repeatable, None
        except OSError as failed:
            return self._unreachable(failed), not isinstance(failed, ssl.SSLError), None
        if answer.status != 200:
            error = refusal(answer, key=self.key)
            is_full = isinstance(error, Overloaded)
            asked_s = error.retry_after_s if isinstance(error, Overloaded) and "retry-after" in answer.headers else None
            return error, is_full, asked_s
        try:
            return json.loads(answer.body), False, None
        except (ValueError, RecursionError):
            return not_understood(), False, None

    def _lost(self, lost: Exception) -> LuodiError:
        return Unreachable(
            t("the connection to {address} ended before an answer had come", address=self.line.address),
            found=str(lost), fix=t("ask again; the service may have been started anew"),
        )  # fmt: skip

    def _unreachable(self, failed: OSError) -> LuodiError:
        at = self.line.address
        if isinstance(failed, ssl.SSLCertVerificationError):
            return Unreachable(
                t("{address} cannot prove who it is", address=at), found=failed.verify_message,
                fix=t("name the file of the authority that signed its certificate: Client(..., ca=FILE)"),
            )  # fmt: skip
        found = failed.strerror if isinstance(failed, socket.gaierror) else failed.strerror or str(failed)
        return Unreachable(
            t("no service answers at {address}", address=at), found=found or type(failed).__name__,
            fix=t("see that `luodi serve` runs there, and that the way there is open"),
        )  # fmt: skip


def _late() -> LuodiError:
    return TooSlow(
        t("the answer had not come in time"), fix=t("allow more time (timeout_s, deadline_ms), or ask for less at once")
    )
