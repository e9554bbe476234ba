"""Keys to a service: 256 random bits each, of which only a digest is kept."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.store.spelling import spell, unspell

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from luodi.store.store import Store

#: What a key may open.
SCOPES = ("predict", "feedback", "admin")
_START = "luodi_"
_SHOWN = len(_START) + 6


@dataclass(frozen=True)
class Key:
    """What is known of a key.

    Args:
        name: whose it is.
        scopes: what it opens, of ``SCOPES``.
        per_minute: requests that it is good for; None: as many as there are.
        created: when, in seconds since 1970.
        revoked: when; None while it is good.
        prefix: its first signs, by which its owner knows it again.
    """

    name: str
    scopes: frozenset[str]
    per_minute: int | None
    created: float
    revoked: float | None
    prefix: str


class KeyRing:
    """The keys of a service, in its store."""

    def __init__(self, store: Store) -> None:
        from sqlalchemy import bindparam, select

        from luodi.store.tables import KEYS

        self._store = store
        self._facts = [KEYS.c[name] for name in ("name", "scopes", "per_minute", "created", "revoked", "prefix")]
        self._by_digest = select(KEYS.c.digest, *self._facts).where(KEYS.c.digest == bindparam("value"))

    def add(self, name: str, scopes: frozenset[str], per_minute: int | None = None) -> str:
        """Make a key and give it; it is not kept and cannot be shown again.

        Raises:
            RecipeError: the name is empty, a scope is none, a rate is not above 0.
            DataError: a key of this name is in use.
        """
        from luodi.store.tables import KEYS

        _check(name, scopes, per_minute)
        secret = _START + secrets.token_urlsafe(32)
        row = {
            "name": spell(name), "digest": _digest(secret), "prefix": secret[:_SHOWN],
            "scopes": ",".join(sorted(scopes)), "per_minute": per_minute, "created": time.time(),
        }  # fmt: skip

        def act(connection: Connection) -> None:
            if connection.execute(KEYS.select().where(KEYS.c.name == row["name"], KEYS.c.revoked.is_(None))).first():
                raise DataError(
                    t("a key named {name!r} is in use", name=name), fix=t("revoke it first, or choose another name")
                )
            connection.execute(KEYS.insert(), row)

        self._store.write(act).result()
        return secret

    def revoke(self, name: str) -> None:
        """Make a key good for nothing, at once and for all processes.

        Raises:
            DataError: no key in use bears the name.
        """
        from luodi.store.tables import KEYS

        def act(connection: Connection) -> None:
            in_use = (KEYS.c.name == spell(name), KEYS.c.revoked.is_(None))
            if not connection.execute(KEYS.select().where(*in_use)).first():
                names = connection.execute(KEYS.select().where(KEYS.c.revoked.is_(None))).all()
                near = did_you_mean(name, tuple(unspell(row.name) for row in names)) if names else ""
                raise DataError(t("no key in use is named {name!r}", name=name) + near, fix="luodi keys list")
            connection.execute(KEYS.update().where(*in_use).values(revoked=time.time()))

        self._store.write(act).result()

    def list(self) -> tuple[Key, ...]:
        """Give all keys, revoked ones too, the oldest first."""
        from sqlalchemy import select

        from luodi.store.tables import KEYS

        with self._store.reading() as connection:
            return tuple(_key(*row) for row in connection.execute(select(*self._facts).order_by(KEYS.c.n)))

    def find(self, secret: str) -> Key | None:
        """Give the key that a secret is, while it is good; it is looked for anew each time."""
        self._store.database.require_there()
        digest = _digest(secret)
        row = self._store.glance(self._by_digest, digest)
        if row is None:
            return None
        found, *rest = row
        key = _key(*rest)
        return key if compare_digest(found, digest) and key.revoked is None else None

    @property
    def is_quick(self) -> bool:
        """Tell whether keys lie on this machine; elsewhere to find one is to wait for a network."""
        return self._store.database.file is not None

    def any(self) -> bool:
        """Tell whether a key is in use."""
        from luodi.store.tables import KEYS

        with self._store.reading() as connection:
            return connection.execute(KEYS.select().where(KEYS.c.revoked.is_(None)).limit(1)).first() is not None


def _check(name: str, scopes: frozenset[str], per_minute: int | None) -> None:
    if not name.strip() or len(name) > 200:
        raise RecipeError(t("a key needs a name of 1 to 200 signs"), found=repr(name[:80]))
    if not scopes:
        raise RecipeError(t("a key that opens nothing is none"), fix="--scope predict")
    if strange := sorted(scopes - set(SCOPES)):
        raise RecipeError(t("there is no scope {scope!r}", scope=strange[0]) + did_you_mean(strange[0], SCOPES))
    if per_minute is not None and per_minute < 1:
        raise RecipeError(t("a key is good for 1 request a minute at least, not {n}", n=per_minute))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(name: str, scopes: str, per_minute: int | None, created: float, revoked: float | None, prefix: str) -> Key:
    return Key(unspell(name), frozenset(scopes.split(",")), per_minute, created, revoked, prefix)
