"""Who is in the console: a key, once shown, becomes a session that ends when the key is revoked."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.store import KeyRing

#: So long a session lasts, whatever happens in it.
LASTS_S = 12 * 3600
#: More sessions than this are not kept: the oldest one goes.
_MOST = 1000
ALL_SCOPES = frozenset({"predict", "feedback", "admin"})


@dataclass(frozen=True)
class Visitor:
    """Somebody whom the console lets in.

    Args:
        name: of the key; empty where no key is asked for.
        scopes: what the key may do.
        token: of the session; empty where no key is asked for.
    """

    name: str
    scopes: frozenset[str]
    token: str = ""

    @property
    def is_known(self) -> bool:
        """Tell whether a key was shown."""
        return bool(self.token)

    def may(self, scope: str | None) -> bool:
        """Tell whether the key covers a scope; without one every visitor is welcome.

        >>> Visitor("ward", frozenset({"predict"})).may("admin"), Visitor("ward", frozenset({"predict"})).may(None)
        (False, True)
        """
        return scope is None or scope in self.scopes


@dataclass(frozen=True)
class _Session:
    secret: str
    ends: float


class Sessions:
    """The sessions of one process; they are gone when it ends, and then the key is asked for again.

    Args:
        keys: where keys are looked up; none where the service keeps none.
        required: ask for a key also while there is none.
        clock: seconds, as of a monotonic clock.
    """

    def __init__(
        self, keys: KeyRing | None, *, required: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys, self._required, self._clock = keys, required, clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def needs_key(self) -> bool:
        """Tell whether visitors must show a key: as soon as there is one, or where it is demanded."""
        if not self._required and self._keys is not None and self._keys.any():
            self._required = True  # as the service itself has it: as long as this process lives
        return self._required

    def enter(self, secret: str) -> str | None:
        """Open a session for a key and give its token; nothing where the key is unknown or revoked."""
        if self._keys is None or self._keys.find(secret) is None:
            return None
        token = secrets.token_urlsafe(32)
        while len(self._sessions) >= _MOST:
            self._sessions.popitem(last=False)
        self._sessions[_digest(token)] = _Session(secret, self._clock() + LASTS_S)
        return token

    def visitor(self, token: str) -> Visitor | None:
        """Tell who holds a session; the key is looked up each time, so that a revoked one opens nothing any more."""
        if not self.needs_key():
            return Visitor("", ALL_SCOPES)
        session = self._sessions.get(_digest(token)) if token else None
        if session is None or self._keys is None:
            return None
        key = self._keys.find(session.secret) if self._clock() < session.ends else None
        if key is None:
            self.leave(token)
            return None
        return Visitor(key.name, frozenset(key.scopes), token)

    def leave(self, token: str) -> None:
        """End a session; one that there is not is none the less over."""
        self._sessions.pop(_digest(token), None)


def _digest(token: str) -> str:
    """Give what a session is found by: the time that a look-up takes tells nothing of the token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
