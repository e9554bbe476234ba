"""Looks a sentence up: the English template in the code is the key, the tables in ``zh/`` hold the other language."""

from __future__ import annotations

import json
import locale
import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("en", "zh")

_spoken: ContextVar[str | None] = ContextVar("luodi_language", default=None)


def t(template: str, /, **values: Any) -> str:
    """Fill a sentence in the language that is spoken now.

    Args:
        template: the English sentence with ``{names}``; it must be a literal, so that a test can find it.
        values: what the names stand for.

    >>> t("{n} rows", n=3)
    '3 rows'
    >>> with speak("zh"):
    ...     t("{n} rows", n=3)
    '3 行'
    """
    sentence = template if chosen() == "en" else _chinese().get(template, template)
    return sentence.format(**values) if values else sentence


def look_up(sentence: str) -> str:
    """Give a sentence that was written elsewhere (a docstring) in the language that is spoken now; it has no fields.

    >>> look_up("a sentence without a row")
    'a sentence without a row'
    """
    return sentence if chosen() == "en" else _chinese().get(sentence, sentence)


@contextmanager
def speak(language: str) -> Iterator[None]:
    """Speak a language, ``en`` or ``zh``, within a block."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def chosen() -> str:
    """Give the language spoken now: the one that was set, else the one of the locale."""
    return _spoken.get() or _of_locale()


def _of_locale() -> str:
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if (named or locale.getlocale()[0] or "").lower().startswith("zh") else "en"


@cache
def _chinese() -> dict[str, str]:
    """Read every table once; a key stands in one table only (a house test sees to it)."""
    rows: dict[str, str] = {}
    for table in sorted((Path(__file__).parent / "zh").glob("*.json")):
        rows.update(json.loads(table.read_text(encoding="utf-8")))
    return rows
