"""Puts ``luodi serve`` under load on loopback: what it carries, overload, restarts, slow clients, a long run.

    python benchmarks/bench_serve.py [PART ...] [--seconds 10] [--rounds 3] [--restarts 100] [--connections 1000]
                                     [--minutes 30] [--each 1 8 32] [--kept FOLDER] [--work FOLDER] [--serve WORDS]

Parts: ``throughput`` beside the bare engine and beside FastAPI with torch, in turn; ``overload`` at three times what
it carries; ``restarts`` under load; ``slow`` connections by the thousand; ``soak``. All of them unless named.

The service is a process of its own, with its store and its log as they come; the bundle has MiniLM's size, texts have
20 tokens. wrk (Debian package) gives what is carried at most, k6 (Python package) at a constant rate the latencies.
Both run on the same machine as the service and take their share of its cores from it; the bare engine shares with
nobody. Each part is written to the JSON as soon as it is through.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facts import RESULTS, write
from load import bodies, k6, wrk
from restarts import restarts
from served import Ground, make_ground, peer_serving, serving
from slow import slow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from served import Process

#: The 99th percentile within which requests have to be answered, and the deadline under overload.
WITHIN_MS, DEADLINE_MS = 50.0, 1000
#: Connections that wrk keeps busy, by texts in a request.
_CONNECTIONS = {1: 64, 8: 16, 32: 8}


def bare(ground: Ground, seconds: float) -> float:
    """Answer with the bundle alone, one worker a core, its own batches: texts/s."""
    from luodi.bundle import open_predictor, read_bundle

    with open_predictor(read_bundle(ground.bundle)) as runner:
        runner.predict(ground.texts)
        start, n = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            n += len(runner.predict(ground.texts))
        return n / (time.perf_counter() - start)


def throughput(ground: Ground, given: argparse.Namespace) -> dict[str, Any]:
    """Measure the bare engine, the service and the peer in turn; then the rate that the service carries in time."""
    taken: dict[str, list[float]] = {"engine": [], "peer": []}
    with serving(ground, given.work, *given.serve) as service, peer_serving(ground) as peer:
        at = _best_for(peer.url + "/predict", ground)
        for turn in range(given.rounds + 1):  # the first one warms up
            seconds = given.seconds if turn else 2
            found = {"engine": bare(ground, seconds)}
            for each in given.each:
                found[f"service, {each} a request"] = _peak(service.url + "/v1/predict", ground, each, seconds)
            found["peer"] = _peak(peer.url + "/predict", ground, 1, seconds, connections=at)
            for name, value in found.items() if turn else ():
                taken.setdefault(name, []).append(value)
        in_time = {str(each): carried(service, ground, each, given.seconds) for each in given.each}
    engine, other = taken["engine"], taken["peer"]
    return {
        "texts_per_s": {name: _spread(values) for name, values in taken.items()},
        "of_the_engine": {name: _spread([a / b for a, b in zip(values, engine, strict=True)])
                          for name, values in taken.items() if name != "engine"},
        "times_the_peer": {name: _spread([a / b for a, b in zip(values, other, strict=True)])
                           for name, values in taken.items() if name != "peer"},
        "within_50_ms": in_time, "connections_of_the_peer": at,
    }  # fmt: skip


def _best_for(url: str, ground: Ground) -> int:
    """Give the number of connections at which a service answers most: a simple one breaks down under many."""
    return max((1, 2, 4, 16), key=lambda n: _peak(url, ground, 1, 3, connections=n))


def _peak(url: str, ground: Ground, each: int, seconds: float, *, connections: int | None = None) -> float:
    """Give the texts/s of a closed loop."""
    with bodies(ground.texts, each=each) as file:
        found = wrk(url, file, connections=connections or _CONNECTIONS.get(each, 16), seconds=seconds)
    good = found["requests"] - found["refused"]
    return each * good / found["seconds"]


def carried(service: Process, ground: Ground, each: int, seconds: float, *, steps: int = 6) -> dict[str, Any]:
    """Find, by halving, the greatest constant rate at which the 99th percentile stays within 50 ms."""
    with bodies(ground.texts, each=each) as file:
        url = service.url + "/v1/predict"
        low, high = 0.0, 1.2 * _peak(url, ground, each, min(seconds, 5)) / each
        best: dict[str, Any] = {}
        for _ in range(steps):
            rate = (low + high) / 2
            found = k6(url, file, per_s=rate, seconds=seconds)
            kept = set(found["statuses"]) == {"200"} and found["p99_ms"] <= WITHIN_MS and found["late"] == 0
            low, high = (rate, high) if kept else (low, rate)
            best = found if kept else best
    return {**best, "texts_per_s": round(each * best.get("accepted_per_s", 0.0), 1)}


def overload(ground: Ground, given: argparse.Namespace) -> dict[str, Any]:
    """Ask for three times what is carried at most; what is accepted has to be in time and as much as before."""
    each = given.each[-1]
    with serving(ground, given.work, *given.serve) as service:
        url = service.url + "/v1/predict"
        _peak(url, ground, each, 3)
        peak = _peak(url, ground, each, given.seconds)
        before = service.vitals()
        with bodies(ground.texts, each=each, deadline_ms=DEADLINE_MS) as file, _watched(service) as seen:
            found = k6(url, file, per_s=3 * peak / each, seconds=given.seconds, users=1000)
        time.sleep(2)
        after = service.vitals()
        again = _peak(url, ground, each, given.seconds)
    good = each * found["accepted_per_s"]
    return {
        "each": each, "deadline_ms": DEADLINE_MS, "peak_texts_per_s": round(peak), "good_texts_per_s": round(good),
        "share_of_peak": round(good / peak, 3), "afterwards_texts_per_s": round(again), "load": found,
        "rss_mib": {"before": before["rss_mib"], "most": max(one["rss_mib"] for one in seen),
                    "after": after["rss_mib"]},
    }  # fmt: skip


def soak(ground: Ground, given: argparse.Namespace) -> dict[str, Any]:
    """Ask at half of what is carried for a long time; memory and open files have to stay where they are."""
    each = given.each[-1]
    with serving(ground, given.work, *given.serve) as service:
        url = service.url + "/v1/predict"
        peak = _peak(url, ground, each, 5)
        with bodies(ground.texts, each=each) as file, _watched(service, every_s=5) as seen:
            found = k6(url, file, per_s=peak / each / 2, seconds=60 * given.minutes)
    n = max(1, len(seen) // 5)
    rows = {name: [one[name] for one in seen] for name in seen[0]}
    return {
        "minutes": given.minutes, "load": found,
        "vitals": {name: {"first_fifth": round(statistics.mean(row[:n]), 1), "most": max(row),
                          "last_fifth": round(statistics.mean(row[-n:]), 1)} for name, row in rows.items()},
    }  # fmt: skip


class _watched:
    """Takes a process's vitals every so often, into the list that it gives."""

    def __init__(self, process: Process, *, every_s: float = 0.5) -> None:
        self._process, self._every_s, self._done, self.seen = process, every_s, threading.Event(), []
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> list[dict[str, float]]:
        self.seen.append(self._process.vitals())
        self._thread.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(self._every_s):
            self.seen.append(self._process.vitals())


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}


PARTS: dict[str, Callable[[Ground, argparse.Namespace], dict[str, Any]]] = {
    "throughput": throughput, "overload": overload, "restarts": restarts, "slow": slow, "soak": soak,
}  # fmt: skip


def main() -> None:
    """Measure what is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--restarts", type=int, default=100)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--each", type=int, nargs="+", default=[1, 8, 32], help="texts in a request")
    parser.add_argument("--kept", type=Path, help="a tuned model of a build's work folder")
    parser.add_argument("--work", type=Path, default=Path("bench-serve.work"))
    parser.add_argument("--serve", default="", help="options of luodi serve, in one argument")
    parser.add_argument("--note", default="", help="is written beside the figures")
    given = parser.parse_args()
    given.serve = given.serve.split()
    given.work = given.work.resolve()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no part is named {', '.join(unknown)}")
    ground = make_ground(given.work, given.kept)
    place = RESULTS / "serve.json"
    figures = json.loads(place.read_text())["figures"] if place.exists() else {}
    for name in given.parts or PARTS:
        load_before = os.getloadavg()[0]
        found = PARTS[name](ground, given)
        figures[name] = {
            **found, "bundle": ground.about, "tokens": 20, "serve": given.serve, "seconds": given.seconds,
            "load_before": round(load_before, 2), **({"note": given.note} if given.note else {}),
        }  # fmt: skip
        write("serve", figures)


if __name__ == "__main__":
    main()
