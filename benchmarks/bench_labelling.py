"""Measures which texts are worth a label: accuracy after so many, chosen by luodi, by doubt alone, at random.

    python benchmarks/bench_labelling.py [--seeds 3]

The pool is the training part of a real set with its labels hidden; every round 100 texts get theirs back and the cheap
model is fitted anew. In the pool "with copies" 40 texts, on which the first model is torn, stand 25 times each with a
number behind them, as tickets from a form do. All three ways start from the same labelled texts.
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import facts
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from luodi.data import near_groups
from luodi.data.near import normal_form
from luodi.labelling.order import informative, margins

ROUNDS, A_ROUND = 5, 100
Choose = Callable[..., list[int]]


def banking() -> tuple[list[str], list[str], list[str], list[str]]:
    """Give 77 intents: texts and labels of the pool, texts and labels of the test."""
    parts = []
    for part in ("train", "test"):
        with (facts.SHARED / f"banking77_{part}.csv").open(encoding="utf-8", newline="") as stream:
            rows = [(row["text"], row["category"]) for row in csv.DictReader(stream)]
        parts += [[text for text, _ in rows], [label for _, label in rows]]
    return parts[0], parts[1], parts[2], parts[3]


def waimai() -> tuple[list[str], list[str], list[str], list[str]]:
    """Give 2 sentiments: every fourth row is the test."""
    with (facts.SHARED / "waimai_10k.csv").open(encoding="utf-8", newline="") as stream:
        rows = list({row["review"]: row["label"] for row in csv.DictReader(stream)}.items())
    order = np.random.default_rng(0).permutation(len(rows))
    rows = [rows[i] for i in order]
    test, pool = rows[::4], [row for i, row in enumerate(rows) if i % 4]
    return [r[0] for r in pool], [r[1] for r in pool], [r[0] for r in test], [r[1] for r in test]


def at_random(texts: Sequence[str], *, n: int, margin: NDArray[np.float32], seed: int) -> list[int]:
    """Draw texts."""
    return np.random.default_rng(seed).permutation(len(texts))[:n].tolist()


def by_doubt(texts: Sequence[str], *, n: int, margin: NDArray[np.float32], seed: int) -> list[int]:
    """Take the smallest margins, whatever the texts."""
    return margin.argsort(kind="stable")[:n].tolist()


WAYS: dict[str, Choose] = {"random": at_random, "doubt": by_doubt, "luodi": informative}


def fit(features: Any, labels: Sequence[str]) -> LogisticRegression:
    """Fit the cheap model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(C=10, max_iter=100).fit(features, labels)


def run(name: str, choose: Choose, data: Any, *, seed: int) -> dict[str, list[float]]:
    """Label round after round; gives the accuracy before the first and after each, and how many groups were chosen."""
    texts, labels, test, gold = data
    chance = np.random.default_rng(seed)
    start = 2 * len(set(labels)) if len(set(labels)) > 10 else 50
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2, dtype=np.float32)
    features = vectorizer.fit_transform(map(normal_form, texts))
    checked = vectorizer.transform(map(normal_form, test))
    known = chance.permutation(len(texts))[:start].tolist()
    accuracy, groups = [], []
    for step in range(ROUNDS + 1):
        model = fit(features[known], [labels[i] for i in known])
        accuracy.append(float((model.predict(checked) == np.array(gold)).mean()))
        if step == 0 and name == "copies":
            texts, labels, features = with_copies(texts, labels, known, model, vectorizer)
        if step == ROUNDS:
            break
        left = sorted(set(range(len(texts))) - set(known))
        margin = margins(model.predict_proba(features[left]).astype(np.float32))
        chosen = choose([texts[i] for i in left], n=A_ROUND, margin=margin, seed=seed + step)
        known += [left[i] for i in chosen]
        groups.append(len(set(near_groups([texts[left[i]] for i in chosen]).tolist())))
    return {"accuracy": accuracy, "groups": groups}


def with_copies(texts: Any, labels: Any, known: Any, model: Any, vectorizer: Any) -> tuple[Any, Any, Any]:
    """Put 25 copies of 40 doubtful texts behind the pool, each with a number of its own."""
    left = sorted(set(range(len(texts))) - set(known))
    margin = margins(
        model.predict_proba(vectorizer.transform([normal_form(texts[i]) for i in left])).astype(np.float32)
    )
    torn = [left[i] for i in margin.argsort(kind="stable")[:40]]
    more = [(f"{texts[i]} {k}", labels[i]) for i in torn for k in range(25)]
    texts, labels = [*texts, *(text for text, _ in more)], [*labels, *(label for _, label in more)]
    return texts, labels, vectorizer.transform(map(normal_form, texts))


def seconds_of_100_000() -> float:
    """Time one choice of 100 from 100,000 short texts with margins."""
    texts, chance = banking()[0], np.random.default_rng(0)
    many = [f"{texts[i % len(texts)]} {i}" for i in range(100_000)]
    margin = chance.random(100_000, np.float32)
    start = time.perf_counter()
    informative(many, n=100, margin=margin)
    return time.perf_counter() - start


def main() -> None:
    """Run every way on every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    figures: dict[str, Any] = {
        "labels_a_round": A_ROUND,
        "seeds": len(seeds),
        "seconds_100_of_100000": seconds_of_100_000(),
    }
    for name, data in (("banking77", banking()), ("copies", banking()), ("waimai", waimai())):
        runs: dict[str, list[dict[str, list[float]]]] = {way: [] for way in WAYS}
        for seed in seeds:
            for way, choose in WAYS.items():  # interleaved: each way sees each seed
                runs[way].append(run(name, choose, data, seed=seed))
        figures[name] = {
            way: {
                "accuracy": np.mean([one["accuracy"] for one in found], axis=0).round(4).tolist(),
                "last_by_seed": [round(one["accuracy"][-1], 4) for one in found],
                "groups_in_100": float(np.mean([one["groups"] for one in found])),
            }
            for way, found in runs.items()
        }
        print(name, figures[name], flush=True)
    facts.write("labelling", figures)


if __name__ == "__main__":
    main()
