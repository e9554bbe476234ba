"""Asks a service for what ``luodi.load`` gives on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from luodi.client.address import read_address
from luodi.client.ask import Asker
from luodi.client.line import Line
from luodi.client.patience import Patience
from luodi.client.portions import portions
from luodi.client.refusals import error_of
from luodi.client.replies import not_understood, read_reply
from luodi.data.pair import pair
from luodi.data.text import encodable
from luodi.errors import DataError, LuodiError, RecipeError, TooSlow
from luodi.language import t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from luodi.client.portions import Portion
    from luodi.client.replies import Replied

#: What is asked for at once, below what a service takes unless it was told otherwise.
_TEXTS, _BYTES = 256, 1 << 20
_TOO_MUCH = 413


class Client:
    """Asks a service, over connections that stay open; safe to use from several threads.

    Args:
        url: where it is: ``http://host:port`` or ``https://host``.
        key: what ``luodi keys add`` showed, where the service wants one. It stands in no error and no repr.
        timeout_s: that one request may take.
        retries: how often a request is sent again where nothing was done about it (no connection, 429, 503) or where
            it changes nothing; with growing waits, or those that the service asks for.
        ca: a file of certificates, in PEM, that are trusted instead of the system's.
        proxy: ``http://[name:password@]host:port``; what the environment names unless given, none where it is empty.

    Raises:
        RecipeError: one of them cannot be used.

    >>> Client("http://127.0.0.1:8000", key="luodi_secret")
    Client('http://127.0.0.1:8000', key=...)
    """

    def __init__(
        self, url: str, key: str | None = None, *, timeout_s: float = 30.0, retries: int = 5,
        ca: str | Path | None = None, proxy: str | None = None,
    ) -> None:  # fmt: skip
        if key is not None and not (key and key.isascii() and key.isprintable() and " " not in key):
            raise RecipeError(
                t("the key holds signs that no key has"), fix=t("copy it again, without blanks around it")
            )
        if not timeout_s > 0 or retries < 0:
            raise RecipeError(t("timeout_s is above 0, retries is 0 or more"), found=f"{timeout_s}, {retries}")
        self._line = Line(read_address(url, ca=ca, proxy=proxy))
        self._asker = Asker(self._line, Patience(retries), timeout_s, key)
        self._texts = _TEXTS
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Client({str(self._line.address)!r}{', key=...' if self._asker.key else ''})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go; a client that is asked again opens others."""
        self._line.close()

    def predict(
        self, texts: Sequence[str], model: str | None = None, deadline_ms: int | None = None, *,
        store: bool | None = None, keep_errors: bool = False,
    ) -> list[Replied]:  # fmt: skip
        """Answer every text, in order; a long list goes in several requests.

        Args:
            texts: any number of them.
            model: the bundle's name, where the service has several.
            deadline_ms: after so long nobody waits for the answers, counted from now for all texts together.
            store: whether the service keeps the answers; as it does for others unless given.
            keep_errors: put the error of a text that could not be answered in its place, instead of raising it.

        Raises:
            DataError: something among them is no text, or the service refuses one.
            Overloaded: the service was full, also when asked again.
            TooSlow: the deadline has passed.
            LuodiError: no service is there, it wants another key, or it failed.
        """
        _require_list(texts)
        for row, text in enumerate(texts, start=1):
            if not isinstance(text, str):
                raise DataError(t("row {row} is no text", row=row), found=f"{type(text).__name__} {text!r}"[:100])
        return self._answers(
            "texts", [encodable(text) for text in texts], _beside(model, store), deadline_ms, keep_errors
        )

    def predict_pairs(
        self, pairs: Sequence[tuple[str, str]], model: str | None = None, deadline_ms: int | None = None, *,
        store: bool | None = None, keep_errors: bool = False,
    ) -> list[Replied]:  # fmt: skip
        """Answer every pair of texts, in order; as ``predict`` otherwise."""
        _require_list(pairs)
        for row, two in enumerate(pairs, start=1):
            if isinstance(two, str) or len(two) != 2 or not all(isinstance(half, str) for half in two):
                raise DataError(t("row {row} is no pair of texts", row=row), found=repr(two)[:100])
        return self._answers(
            "pairs",
            [[encodable(half) for half in two] for two in pairs],
            _beside(model, store),
            deadline_ms,
            keep_errors,
        )

    def models(self) -> list[dict[str, Any]]:
        """Give what the service says of each of its bundles."""
        said = self._asker.ask("GET", "/v1/models")
        rows = said.get("models") if isinstance(said, dict) else said
        if not isinstance(rows, list):
            raise not_understood()
        return rows

    def model(self, name: str) -> dict[str, Any]:
        """Give what the service says of one bundle: its task, labels, report, and whether its budget was kept.

        Raises:
            DataError: no bundle bears the name.
        """
        said = self._asker.ask("GET", f"/v1/models/{quote(name, safe='')}")
        if not isinstance(said, dict):
            raise not_understood()
        return said

    def feedback(self, id: str, label: Any, *, who: str | None = None) -> None:
        """Tell the service the right answer to what it answered.

        Args:
            id: of the answer: ``predict(...)[0].id``.
            label: the right one, as a cell of the table would hold it; with several heads a dict by head.
            who: says so.

        Raises:
            DataError: no answer with this id was kept, or the label is none of the head's.
        """
        said = {"labels": dict(label)} if isinstance(label, Mapping) else {"label": label}
        body = write_json({"id": id, **said, **({} if who is None else {"who": who})})
        self._asker.ask("POST", "/v1/feedback", body=body, repeatable=False)

    def ready(self) -> bool:
        """Tell whether the service takes questions now; asked once."""
        once = Asker(self._line, Patience(0), self._asker.timeout_s, self._asker.key)
        try:
            once.ask("GET", "/readyz")
        except LuodiError:
            return False
        return True

    def _answers(
        self, kind: str, items: list[Any], beside: dict[str, Any], deadline_ms: int | None, keep_errors: bool
    ) -> list[Replied]:
        until = None if deadline_ms is None else time.monotonic() + deadline_ms / 1000
        waiting = list(portions(items, texts=self._texts, n_bytes=_BYTES))[::-1]
        found: list[Any] = []
        while waiting:
            portion = waiting.pop()
            try:
                rows = self._rows(kind, portion, beside, until)
            except DataError as refused:
                if refused.http_status != _TOO_MUCH or len(portion.items) == 1:
                    raise
                waiting += portion.halves()[::-1]
                with self._lock:
                    self._texts = max(1, min(self._texts, len(portion.items) // 2))
                continue
            found += [self._read(row, item) for row, item in zip(rows, portion.items, strict=True)]
        for row, one in enumerate(found, start=1):
            if isinstance(one, LuodiError) and not keep_errors:
                raise type(one)(t("row {row}: {what}", row=row, what=one.what), found=one.found, fix=one.fix)
        return found

    def _rows(self, kind: str, portion: Portion, beside: dict[str, Any], until: float | None) -> list[Any]:
        """Ask for one portion: a row for each of its items."""
        if until is not None:
            left_ms = int(1000 * (until - time.monotonic()))
            if left_ms < 1:
                raise TooSlow(t("the deadline passed before all texts were asked about"))
            beside = {**beside, "deadline_ms": left_ms}
        said = write_json(beside)[1:-1]
        body = f'{{"{kind}": {portion.raw}{", " if said else ""}{said}}}'
        answered = self._asker.ask("POST", "/v1/predict", body=body, until=until)
        rows = answered.get("predictions") if isinstance(answered, dict) else None
        if not isinstance(rows, list) or len(rows) != len(portion.items):
            raise not_understood()
        return rows

    def _read(self, row: Any, item: Any) -> Replied | LuodiError:
        if isinstance(row, dict) and isinstance(row.get("error"), dict):
            return error_of(row["error"], status=DataError.http_status, key=self._asker.key)
        return read_reply(row, item if isinstance(item, str) else pair(*item))


def _beside(model: str | None, store: bool | None) -> dict[str, Any]:
    """Give what is asked for beside the texts; what is not given is left to the service."""
    return {name: value for name, value in (("model", model), ("store", store)) if value is not None}


def _require_list(items: Any) -> None:
    if isinstance(items, str):
        raise DataError(t("one text was given where a list of texts is wanted"), fix=t("put it into a list"))
