"""``luodi serve``: bundles over HTTP."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from luodi.cli.options import Options, Whole
from luodi.errors import RecipeError
from luodi.language import t
from luodi.runtime import has, need

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from luodi.serve.service import Service
    from luodi.serve.setup import Setup

_HOST, _PORT = "127.0.0.1", 8000
_MIB = 1 << 20
_CONSOLE = "/console"


def serve(
    bundle: Annotated[str, Parameter(name="BUNDLE")],
    /,
    *more: Annotated[str, Parameter(name="MORE")],
    host: str = _HOST,
    port: Whole = _PORT,
    require_key: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    certificate: Path | None = None,
    certificate_key: Path | None = None,
    store: str | None = None,
    no_store: Annotated[bool, Parameter(name="--no-store", negative="", show_default=False)] = False,
    keep_texts: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    keep_days: float | None = None,
    keep_mib: float | None = None,
    no_console: Annotated[bool, Parameter(name="--no-console", negative="", show_default=False)] = False,
    log_format: Literal["json", "plain"] = "json",
    log_texts: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    workers: Whole | None = None,
    max_mib: float | None = None,
    max_texts: Whole | None = None,
    max_characters: Whole | None = None,
    max_seconds: float | None = None,
    max_connections: Whole | None = None,
    queue_seconds: float | None = None,
    queue_tokens: Whole | None = None,
    grace_seconds: float = 30.0,
    options: Options | None = None,
) -> None:
    """Answer over HTTP with one bundle or several, until Ctrl-C or SIGTERM.

    Example: luodi serve reviews.luodi

    Without a key only this machine is answered. `luodi keys add` makes one; from then on every request needs one.

    Args:
        bundle: the folder that `luodi build` made; NAME=FOLDER serves it under another name.
        more: further ones.
        host: the address to listen at; 0.0.0.0 for every one of this machine, which needs a key.
        port: to listen at; 0 for a free one.
        require_key: ask for a key on this machine too, and while there is none.
        certificate: a file in PEM; HTTPS is spoken then.
        certificate_key: its private key, where that is a file of its own.
        store: where answers and feedback are kept: a file of SQLite, or postgresql://...
        no_store: keep no answers.
        keep_texts: keep the texts beside their answers.
        keep_days: answers older than this are let go.
        keep_mib: the oldest answers are let go where all take more than this.
        no_console: show no pages for people.
        log_format: one object a line, or words.
        log_texts: log the texts too, personal data masked.
        workers: batches computed at the same time; as many as there are cores unless given.
        max_mib: what one request may bring, in MiB.
        max_texts: texts that one request may bring.
        max_characters: that one text may have.
        max_seconds: that a request may take, unless it names a deadline of its own.
        max_connections: at the same time.
        queue_seconds: that a request may have to wait; beyond it the answer is 429.
        queue_tokens: that may wait; beyond it the answer is 429.
        grace_seconds: that the answers to what was accepted may take once the service is to stop.
    """
    options = options or Options()
    for package in ("starlette", "uvicorn", "prometheus_client", "sqlalchemy"):
        need(package, extra="serve")
    if no_store and any((store, keep_texts, keep_days, keep_mib)):
        raise RecipeError(t("--no-store keeps nothing, and another option says what to keep"), fix="--no-store")
    for option, value in (("--keep-days", keep_days), ("--keep-mib", keep_mib)):
        if value is not None and not value > 0:
            raise RecipeError(t("{name} cannot be {value}", name=option, value=value))
    if certificate_key is not None and certificate is None:
        raise RecipeError(t("a private key needs its certificate"), fix="--certificate FILE")
    from luodi.serve.log import Log
    from luodi.serve.plan import Plan
    from luodi.serve.service import Options as Behaviour
    from luodi.serve.setup import Setup
    from luodi.store import Retention

    setup = Setup(
        host, store, not no_store, Retention(days=keep_days, bytes=_n_bytes(keep_mib)),
        Plan(**_given(workers=workers, queue_s=queue_seconds, queue_tokens=queue_tokens)),
        _given(
            body_bytes=_n_bytes(max_mib), texts=max_texts, characters=max_characters, request_s=max_seconds,
            connections=max_connections,
        ),
        Behaviour(require_key=require_key, keep_texts=keep_texts, log_texts=log_texts), Log(log_format),
    )  # fmt: skip
    place = _Place(host, port, certificate, certificate_key, grace_seconds, has_console=not no_console)
    _serve((bundle, *more), setup, place, options)


@dataclass(frozen=True)
class _Place:
    """Where the service is, and what is there."""

    host: str
    port: int
    certificate: Path | None
    certificate_key: Path | None
    grace_s: float
    has_console: bool


def _serve(bundles: Sequence[str], setup: Setup, place: _Place, options: Options) -> None:
    from luodi.serve.app import make_app
    from luodi.serve.listen import Listen, run
    from luodi.serve.setup import is_loopback, opened

    progress = options.progress()
    if not is_loopback(place.host) and place.certificate is None:
        progress.note(t("without --certificate, keys and texts go over the network in the clear"))
    with opened(bundles, setup) as service:
        if place.has_console:
            service = _with_console(service)
        listen = Listen(place.host, place.port, place.certificate, place.certificate_key, service.limits, place.grace_s)
        run(make_app(service), listen, announce=lambda address: _announce(address, service, options))


def _with_console(service: Service) -> Service:
    """Put the pages for people beside the routes, where they are installed."""
    if not has("nicegui"):
        return service
    from luodi.console import make_console

    return replace(service, also={_CONSOLE: make_console(service)}, own_doors=frozenset({_CONSOLE}))


def _announce(address: str, service: Service, options: Options) -> None:
    """Tell where the service is, and how to ask it."""
    names = service.fleet.names()
    console = f"{address}{_CONSOLE}" if _CONSOLE in service.also else None
    needs_key = service.options.require_key or (service.keys is not None and service.keys.any())
    if options.json:
        options.print_json(
            {"address": address, "docs": f"{address}/docs", "console": console, "models": list(names),
             "needs_key": needs_key, "store": None if service.store is None else service.store.place}
        )  # fmt: skip
    else:
        sys.stdout.write("\n".join(_lines(address, names, console=console, needs_key=needs_key)) + "\n")
    sys.stdout.flush()


def _lines(address: str, names: Sequence[str], *, console: str | None, needs_key: bool) -> Iterator[str]:
    yield t("{address} answers for {names}", address=address, names=", ".join(names))
    key = ' -H "Authorization: Bearer $LUODI_KEY"' if needs_key else ""
    model = f'"model": {json.dumps(names[0], ensure_ascii=False)}, ' if len(names) > 1 else ""
    yield f'  curl {address}/v1/predict{key} --json \'{{{model}"text": "..."}}\''
    yield t("  docs:    {address}/docs", address=address)
    if console is not None:
        yield t("  console: {address}", address=console)
    if not needs_key:
        yield t("  no key is asked for: only this machine is answered; `luodi keys add NAME` makes one")


def _given(**values: Any) -> dict[str, Any]:
    """Leave out what was not given."""
    return {name: value for name, value in values.items() if value is not None}


def _n_bytes(mib: float | None) -> int | None:
    return None if mib is None else int(mib * _MIB)
