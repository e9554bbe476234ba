"""All that one service consists of, handed to whatever answers a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luodi.serve.log import Log
from luodi.serve.meters import Meters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.serve.fleet import Fleet
    from luodi.serve.limits import Limits
    from luodi.store import KeyRing, Store


@dataclass(frozen=True)
class Options:
    """How a service behaves.

    Args:
        require_key: ask for a key even while there is none.
        keep_texts: keep the texts beside their answers in the store.
        log_texts: write the texts, masked, into the log.
        store_wait_s: an answer waits so long for its row to be on disk; then it says ``stored: false``.
    """

    require_key: bool = False
    keep_texts: bool = False
    log_texts: bool = False
    store_wait_s: float = 0.25


@dataclass(frozen=True)
class Service:
    """What serves.

    Args:
        fleet: the bundles.
        store: where answers are kept; None keeps nothing.
        keys: who may ask; None asks nobody for a key.
        limits: on what is taken in.
        meters: what counts.
        log: where lines go.
        options: how it behaves.
        also: other applications by the prefix of their paths, behind the same guard.
        own_doors: those of these prefixes whose applications have a door of their own, with the same keys behind it.
    """

    fleet: Fleet
    store: Store | None
    keys: KeyRing | None
    limits: Limits
    meters: Meters = field(default_factory=Meters)
    log: Log = field(default_factory=Log)
    options: Options = Options()
    also: Mapping[str, Any] = field(default_factory=dict)
    own_doors: frozenset[str] = frozenset()
