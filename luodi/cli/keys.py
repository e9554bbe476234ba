"""``luodi keys``: makes the keys of a service, lists them, revokes them."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from luodi.cli.options import Options, Whole
from luodi.data.text import encodable
from luodi.errors import RecipeError
from luodi.language import t
from luodi.store import KeyRing, open_store, store_place

if TYPE_CHECKING:
    from luodi.store import Key


def keys(
    act: Annotated[Literal["add", "list", "revoke"], Parameter(name="ACT")],
    name: Annotated[str | None, Parameter(name="NAME", show_default=False)] = None,
    /,
    *,
    scope: Annotated[tuple[str, ...], Parameter(negative="")] = ("predict",),
    per_minute: Whole | None = None,
    store: str | None = None,
    options: Options | None = None,
) -> None:
    """Make a key to the service, list all keys, or revoke one: it is good for nothing from that moment on.

    Once there is a key, the service asks for one. A new key is shown this once; only a digest of it is kept.

    Example: luodi keys add phone-app --scope predict --scope feedback

    Args:
        act: add, list or revoke.
        name: of the key, to add or revoke it.
        scope: what the key opens: predict, feedback, admin; given several times, all of them.
        per_minute: requests that it is good for; as many as there are unless given.
        store: the file or the URL of the store; store.db under LUODI_HOME unless given.
    """
    options = options or Options()
    if act == "list" and name is not None:
        raise RecipeError(t("luodi keys list takes no name"), found=name)
    if act != "list" and name is None:
        raise RecipeError(t("{verb} needs {name}", verb=f"luodi keys {act}", name="NAME"))
    place = store or store_place()
    if act != "add" and "://" not in str(place) and not Path(place).exists():
        if act == "revoke" or store is not None:
            raise RecipeError(t("there is no store {place}", place=place), fix="--store")
        _show((), options)
        return
    with closing(open_store(place, check=False)) as opened:
        ring = KeyRing(opened)
        if act == "list":
            _show(ring.list(), options)
        elif act == "add":
            _add(ring, str(name), frozenset(scope), per_minute, options)
        else:
            ring.revoke(str(name))
            if options.json:
                options.print_json({"name": name, "revoked": True})
            else:
                options.progress().note(t("{name} is good for nothing from now on", name=name))


def _add(ring: KeyRing, name: str, scopes: frozenset[str], per_minute: int | None, options: Options) -> None:
    secret = ring.add(name, scopes, per_minute)
    if options.json:
        options.print_json({"name": name, "key": secret, "scopes": sorted(scopes), "per_minute": per_minute})
        return
    sys.stdout.write(f"{secret}\n")
    sys.stdout.flush()
    options.progress().note(t("keep it well: it is shown this once"))


def _show(found: tuple[Key, ...], options: Options) -> None:
    if options.json:
        options.print_json([
            {"name": one.name, "prefix": one.prefix, "scopes": sorted(one.scopes), "per_minute": one.per_minute,
             "created": one.created, "revoked": one.revoked}
            for one in found
        ])  # fmt: skip
        return
    from rich.table import Table
    from rich.text import Text

    if not found:
        options.progress().note(t("there is no key yet"))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in (t("name"), t("begins with"), t("opens"), t("a minute"), t("created"), t("revoked")):
        table.add_column(title, overflow="fold")
    for one in found:
        rate = f"{one.per_minute:,}" if one.per_minute else t("no limit")
        cells = (encodable(one.name), f"{one.prefix}...", ", ".join(sorted(one.scopes)), rate, _when(one.created),
                 _when(one.revoked))  # fmt: skip
        table.add_row(*map(Text, cells))
    options.console().print(table)


def _when(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")
