"""The one door in front of everything: who shows no key goes no further than the two health routes."""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.origin import is_of_another_page, is_this_machine
from luodi.serve.errors import Refusal, too_many
from luodi.serve.rates import Rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.serve.asked import Asked

#: Whoever watches a process has no key: these say nothing but "yes" or "no".
OPEN = frozenset({"/healthz", "/readyz"})
SCOPES = frozenset({"predict", "feedback", "admin"})
#: Whether there are keys at all is asked again after so long, where the last answer was no.
_FORGET_S = 1.0
_MOST_SECRET = 200


class Guard:
    """Let in who shows a key, and whoever is on this machine while there is none.

    Args:
        keys: the ring; None where there is none, and then none is asked for.
        always: ask for a key even while there is none in the ring.
    """

    def __init__(self, keys: Any | None, *, always: bool) -> None:
        self._keys, self._always = keys, always
        self._rates = Rates()
        self._none_until = 0.0

    @property
    def is_quick(self) -> bool:
        """Tell whether to admit somebody takes no network."""
        return self._keys is None or bool(self._keys.is_quick)

    def admit(self, asked: Asked, path: str) -> None:
        """Let a request pass, and note whose it is.

        Raises:
            Refusal: no key or an unknown one (401), another page's request (403), or too many for this key (429).
        """
        if path in OPEN:
            return
        secret, is_browsers = _shown(asked.headers)
        key = self._found(secret) if secret is not None else None
        if key is None:
            self._admit_anybody(asked, secret)
            return
        self._always = True  # also when the last key is revoked: a service that had one does not open again
        if is_browsers:
            _require_own_page(asked.headers)
        if wait_s := self._rates.wait_s(key.name, per_minute=key.per_minute):
            raise too_many("too_many", t("this key may ask {n} times a minute", n=key.per_minute), after_s=wait_s)
        asked.key, asked.scopes = key.name, key.scopes

    def _admit_anybody(self, asked: Asked, secret: str | None) -> None:
        """Let a request without a good key pass where none is needed."""
        if self._needs_key():
            what = t("this key is not known here") if secret is not None else t("a key is needed")
            fix = "Authorization: Bearer luodi_..."
            raise Refusal(401, "no_key", what, fix=fix, headers={"www-authenticate": _challenge(asked.headers)})
        if not is_this_machine(asked.headers.get("host", "")):
            what = t("without keys only this machine is answered, as 127.0.0.1 or localhost")
            raise Refusal(403, "foreign_host", what)
        _require_own_page(asked.headers)
        asked.scopes = SCOPES

    def _needs_key(self) -> bool:
        if self._always:
            return True
        if self._keys is None:
            return False
        now = time.monotonic()
        if now < self._none_until:
            return False
        if self._keys.any():
            self._always = True  # once a key exists, keys are needed as long as this process lives
            return True
        self._none_until = now + _FORGET_S
        return False

    def _found(self, secret: str) -> Any | None:
        if self._keys is None or not secret.isascii() or not 0 < len(secret) <= _MOST_SECRET:
            return None
        key = self._keys.find(secret)
        return None if key is None or key.revoked else key


def require_scope(asked: Asked, *wanted: str) -> None:
    """Let pass who may do one of some things.

    Raises:
        Refusal: the key may do none of them (403).
    """
    if wanted and not asked.scopes.intersection(wanted):
        fix = f"luodi keys add NAME --scope {wanted[0]}"
        raise Refusal(403, "not_allowed", t("this key may not do that"), found=", ".join(sorted(asked.scopes)), fix=fix)


def _shown(headers: Mapping[str, str]) -> tuple[str | None, bool]:
    """Give the secret that a request shows, and whether a browser adds it by itself (Basic, the key as password)."""
    said = headers.get("authorization")
    if said is None:
        return None, False
    kind, _, secret = said.partition(" ")
    if kind.lower() == "bearer":
        return secret.strip(), False
    if kind.lower() == "basic":
        try:
            return base64.b64decode(secret.strip(), validate=True).decode().partition(":")[2], True
        except (binascii.Error, ValueError):
            return "", True
    return "", False


def _challenge(headers: Mapping[str, str]) -> str:
    """Name the ways to show a key; a browser that opens a page is led to ask its user for it."""
    is_page = "text/html" in headers.get("accept", "")
    return 'Basic realm="luodi", charset="UTF-8"' if is_page else 'Bearer realm="luodi"'


def _require_own_page(headers: Mapping[str, str]) -> None:
    """Refuse what a page of another origin makes a browser send."""
    if is_of_another_page(headers):
        raise Refusal(403, "foreign_page", t("a page of another origin may not ask here"))
