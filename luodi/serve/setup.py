"""Opens all that a service needs, in order, and closes it again."""

from __future__ import annotations

import ipaddress
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t
from luodi.serve.fleet import Fleet
from luodi.serve.limits import Limits
from luodi.serve.log import Log
from luodi.serve.plan import Plan
from luodi.serve.service import Options, Service
from luodi.store import KeyRing, Retention, Store, open_store, store_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True)
class Setup:
    """What a service is made of.

    Args:
        host: where it will listen.
        store: a file of SQLite or a URL; the one under ``LUODI_HOME`` unless given.
        is_kept: answers are kept.
        retention: for how long.
        plan: how texts are put together.
        limits: those that were named.
        options: how it behaves.
        log: where lines go.
    """

    host: str = "127.0.0.1"
    store: str | None = None
    is_kept: bool = True
    retention: Retention = field(default_factory=Retention)
    plan: Plan = field(default_factory=Plan)
    limits: Mapping[str, Any] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    log: Log = field(default_factory=Log)


@contextmanager
def opened(bundles: Sequence[str], setup: Setup) -> Iterator[Service]:
    """Open bundles, store and keys, and close them again.

    Args:
        bundles: folders, or ``NAME=FOLDER``.
        setup: what is wished.

    Raises:
        RecipeError: it would listen beyond this machine and there is no key; or a head's name cannot be told from what
            stands beside it in an answer.
        BundleError: a bundle is damaged, foreign or unsafe.
    """
    with ExitStack() as stack:
        store = _store(setup)
        stack.callback(store.close)
        keys = KeyRing(store)
        _require_key(setup, keys)
        must_show = setup.options.require_key or not is_loopback(setup.host) or keys.any()
        stack.callback(setup.log.close)
        fleet = Fleet(setup.plan)
        stack.callback(fleet.close)
        for said in bundles:
            _open(fleet, said)
        manifests = [fleet.get(name).bundle.manifest for name in fleet.names()]
        limits = Limits.of(manifests, **setup.limits)
        kept = store if setup.is_kept else None
        yield Service(
            fleet, kept, keys, limits, log=setup.log, options=replace(setup.options, require_key=must_show)
        )  # also once the last key is revoked


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own.

    >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _store(setup: Setup) -> Store:
    """Open the store, which holds the keys too: one that is made later has to be seen."""
    return open_store(setup.store or store_place(), retention=setup.retention if setup.is_kept else None)


def _require_key(setup: Setup, keys: KeyRing) -> None:
    """Refuse to be asked by anybody.

    Raises:
        RecipeError: there is no key.
    """
    if not is_loopback(setup.host) and not keys.any():
        raise RecipeError(
            t("without a key only this machine may be answered"), found=f"--host {setup.host}",
            fix="luodi keys add NAME",
        )  # fmt: skip


def _open(fleet: Fleet, said: str) -> None:
    """Open one bundle."""
    name, _, path = said.partition("=")
    is_named = bool(path) and bool(name) and "/" not in name and not Path(said).exists()
    if is_named:
        fleet.open(path, name)
    else:
        fleet.open(said)
