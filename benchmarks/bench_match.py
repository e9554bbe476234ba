"""Looks for questions of one intent among many: by words, by vectors as they came and as tuned, and read again.

    python benchmarks/bench_match.py [--asked N] [--queries N] [--seed N]

The set is banking77. Pairs are made of its training rows: each of N questions once with another of its intent, and
once with a row of one of the three intents nearest to its own by the TF-IDF of all their rows. ``luodi build`` makes a
bundle of each head of them, with minilm-en and two epochs, all else by default. Then questions of the official test
file are looked up among all training rows; what bears their intent fits. One thread. ``recall_at_k`` is the share of
questions with a fitting row among the first k; ranked again are the first 20.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import SHARED, write

import luodi
from luodi.budget import Quantity
from luodi.data import Dataset, pair, read
from luodi.models import load
from luodi.progress import Silent
from luodi.tasks import Task
from luodi.tasks.metrics import bootstrap
from luodi.tasks.ranking import of_list
from luodi.tasks.retrieve import Retrieve
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    #: Texts -> vectors, (n, width), of length 1.
    Vectors = Callable[[Sequence[str]], Any]

ENCODER = "minilm-en"
SCORES = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr", "ndcg_at_10")


def by_terms(fitted_on: Sequence[str]) -> Vectors:
    """Give the TF-IDF of words and their beginnings and ends, fitted on some texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    signs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    both = make_union(words, signs).fit(fitted_on)
    return lambda texts: normalize(both.transform(texts))


def untuned(texts: Sequence[str]) -> NDArray[np.float32]:
    """Give the mean of the pretrained encoder's last states."""
    model = load(ENCODER, task=Task((Retrieve("match", "0", "1", 1.0),)))
    rows = [pair(text, "") for text in texts]
    table = np.asarray(logits_of(model.network, model, tokenize(model, rows, progress=Silent()))[0])[:, :384]
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True), np.float32)


def pairs_of(train: Dataset, *, n: int, rng: np.random.Generator) -> list[tuple[str, str, int]]:
    """Make n pairs that match, and n of neighbouring intents that do not."""
    intents, terms = np.array(train.labels["category"]), by_terms(train.texts)(train.texts)
    names = np.unique(intents)
    centres = np.concatenate([np.asarray(terms[np.flatnonzero(intents == name)].mean(axis=0)) for name in names])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    alike = centres @ centres.T - 2 * np.eye(len(names))
    near = {name: names[np.argsort(-row)[:3]] for name, row in zip(names, alike, strict=True)}
    made = []
    for row in rng.permutation(len(train))[:n]:
        same = np.flatnonzero(intents == intents[row])
        other = np.flatnonzero(intents == rng.choice(near[intents[row]]))
        made.append((train.texts[row], train.texts[rng.choice(same[same != row])], 1))
        made.append((train.texts[row], train.texts[rng.choice(other)], 0))
    return made


def built(made: Sequence[tuple[str, str, int]], head: str, folder: Path, *, seed: int) -> tuple[Path, dict[str, Any]]:
    """Build a bundle of the pairs, and say what it is worth on the part that was held out of them."""
    table = folder / "pairs.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("question1", "question2", "match"), *made])
    start = time.monotonic()
    done = luodi.build(
        table, output=folder / f"{head}.luodi", data={"path": str(table), "labels": {"match": head}}, model=ENCODER,
        stages=[{"use": "finetune", "tuner": {"use": "full"}, "epochs": 2}], audit=False, seed=seed,
    )  # fmt: skip
    metrics = {name: q.to_json() for name, q in done.report.heads["match"].metrics.items()}
    cheap = {name: q.to_json() for name, q in done.report.baseline["match"].items()}
    seconds = round(time.monotonic() - start, 1)
    return done.bundle, {"metrics": metrics, "baseline": cheap, "seconds": seconds, "precision": _precision(done)}


def _precision(done: luodi.Built) -> str:
    return next(str(row["name"]) for row in done.candidates if row["chosen"])


def scored(fits: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, Any]:
    """Average over questions, with intervals over them: (q, n), (q, n)."""
    rows = [of_list(fit.astype(np.float64), fit, one) for fit, one in zip(fits, scores, strict=True)]
    found: dict[str, Any] = {}
    for name in SCORES:
        values = np.array([row[name] for row in rows])
        quantity: Quantity = bootstrap(
            lambda i, values=values: float(values[i].mean()), n=len(values), rng=np.random.default_rng(0)
        )
        found[name] = quantity.to_json()
    return found


def main() -> None:
    """Build both bundles, look all questions up in every way, and write the figures."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--asked", type=int, default=1000, help="training questions that pairs are made of")
    parser.add_argument("--queries", type=int, default=500, help="test questions")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    train, test = (read(SHARED / f"banking77_{part}.csv", text="text", labels="category") for part in ("train", "test"))
    test = test.take(np.sort(rng.permutation(len(test))[: options.queries]))
    made = pairs_of(train, n=options.asked, rng=rng)
    place = {text: row for row, text in reversed(list(enumerate(train.texts)))}  # equal candidates are one
    candidates = list(place)
    intents = np.array([train.labels["category"][place[text]] for text in candidates])
    fits = np.array(test.labels["category"])[:, None] == intents[None]
    with tempfile.TemporaryDirectory() as folder:
        bundles = {head: built(made, head, Path(folder), seed=options.seed) for head in ("retrieve", "match")}
        terms = by_terms(candidates)
        ways = {"tfidf": np.asarray((terms(test.texts) @ terms(candidates).T).todense(), np.float64)}
        ways["untuned"] = (untuned(test.texts) @ untuned(candidates).T).astype(np.float64)
        start = time.monotonic()
        with luodi.Finder(bundles["retrieve"][0], candidates, reranker=bundles["match"][0], workers=1) as finder:
            ready = time.monotonic()
            ways["retrieve"] = (finder.vectors(test.texts) @ finder.vectors(candidates).T).astype(np.float64)
            begun = time.monotonic()
            found = finder.find_all(test.texts, k=20)
            seconds = {
                "candidates_s": ready - start,
                "reranked_query_ms": 1000 * (time.monotonic() - begun) / len(test),
            }
        column = {text: place for place, text in enumerate(candidates)}
        ways["retrieve_then_match"] = ways["retrieve"].copy()
        for row, nearest in enumerate(found):
            for candidate, score in nearest:
                ways["retrieve_then_match"][row, column[candidate]] = 2 + score
    write(
        "match",
        {
            "asked": options.asked, "pairs": len(made), "queries": len(test), "candidates": len(candidates),
            "encoder": ENCODER, "seed": options.seed, "found": {name: scored(fits, one) for name, one in ways.items()},
            "pairs_held_out": {head: about for head, (_, about) in bundles.items()},
            "seconds": {name: round(value, 2) for name, value in seconds.items()},
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
