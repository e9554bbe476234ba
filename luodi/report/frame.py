"""The frame that every page of the house stands in: its stylesheet, its policy, its templates."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Sequence


def template(package: str, name: str) -> str:
    """Read a file of a package's folder ``template``.

    >>> template("luodi.report", "page.css").startswith(":root")
    True
    """
    return resources.files(package).joinpath("template", name).read_text(encoding="utf-8")


def stylesheet() -> str:
    """Give the stylesheet that all pages share; a page adds its own behind it."""
    return template(__package__, "page.css")


def environment(package: str, names: Sequence[str]) -> Any:
    """Compile templates of a package; everything that they are filled with is escaped.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    jinja2 = need("jinja2", extra="train")
    return jinja2.Environment(
        loader=jinja2.DictLoader({name: template(package, name) for name in names}),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip


def fixed(style: str, script: str) -> dict[str, str]:
    """Give a page's one stylesheet and one script, with the hashes by which its policy knows them.

    >>> fixed("p{}", "")["script_hash"]
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return {"style": style, "script": script, "style_hash": _hash(style), "script_hash": _hash(script)}


def _hash(text: str) -> str:
    """Name an inline block in the page's policy, so that it and nothing else may take effect."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
