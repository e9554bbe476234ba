"""Stops and starts a service again and again while it is asked: what was accepted has to be answered."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from served import serving

import luodi
from luodi.client.address import read_address
from luodi.client.line import Line, Lost, Request

if TYPE_CHECKING:
    import argparse

    from served import Ground

#: Askers that never ask twice, and those of ``luodi.Client``, which ask again as it does by default.
_BARE, _PATIENT = 3, 2
#: Between a start and the next stop.
_PAUSE_S = 0.3


def restarts(ground: Ground, given: argparse.Namespace) -> dict[str, Any]:
    """Restart a service under load, so often as is wanted.

    Returns:
        What became of requests that were sent once, each over a connection that stays open where the service lets it:
        ``answered``, ``turned_away`` (503, 429), ``nobody_there`` (no connection), ``cut_off`` (sent, never answered;
        over a connection that was open before, or a fresh one). And of the client's: answered, failed.
    """
    counts: Counter[str] = Counter()
    stop = threading.Event()
    with serving(ground, given.work, *given.serve) as service:
        threads = [threading.Thread(target=_ask_once, args=(service.url, ground.texts[n::7][:50], counts, stop))
                   for n in range(_BARE)]  # fmt: skip
        threads += [threading.Thread(target=_ask_patiently, args=(service.url, ground.texts[:50], counts, stop))
                    for _ in range(_PATIENT)]  # fmt: skip
        for thread in threads:
            thread.start()
        codes: Counter[int] = Counter()
        ends, starts = [], []
        for _ in range(given.restarts):
            time.sleep(_PAUSE_S)
            code, seconds = service.stop()
            codes[code] += 1
            ends.append(seconds)
            starts.append(service.start())
        stop.set()
        for thread in threads:
            thread.join()
    return {
        "restarts": given.restarts, "requests": dict(sorted(counts.items())),
        "exit_codes": {str(code): n for code, n in codes.items()},
        "end_s": {"median": round(statistics.median(ends), 3), "max": round(max(ends), 3)},
        "ready_s": {"median": round(statistics.median(starts), 3), "max": round(max(starts), 3)},
    }  # fmt: skip


def _ask_once(url: str, texts: list[str], counts: Counter[str], stop: threading.Event) -> None:
    from luodi.plain_json import write_json

    line, place = Line(read_address(url)), 0
    headers = {"Content-Type": "application/json"}
    while not stop.is_set():
        place += 1
        request = Request("POST", "/v1/predict", headers, write_json({"text": texts[place % len(texts)]}).encode())
        is_fresh = not line._idle
        try:
            status = line.exchange(request, timeout_s=20).status
        except Lost:
            counts[f"once: cut_off, {'fresh' if is_fresh else 'kept'} connection"] += 1
            continue
        except OSError:
            counts["once: nobody_there"] += 1
            time.sleep(0.05)
            continue
        names = {200: "answered", 503: "turned_away", 429: "turned_away"}
        counts[f"once: {names.get(status, status)}"] += 1
    line.close()


def _ask_patiently(url: str, texts: list[str], counts: Counter[str], stop: threading.Event) -> None:
    with luodi.Client(url) as client:
        place = 0
        while not stop.is_set():
            place += 1
            try:
                client.predict([texts[place % len(texts)]])
            except luodi.LuodiError as failed:
                counts[f"client: {type(failed).__name__}"] += 1
            else:
                counts["client: answered"] += 1
