"""Measures how well labels that were made wrong are found, beside cleanlab. Prints JSON.

    pip install cleanlab==2.9.0
    python benchmarks/bench_labels.py [--sets banking77 waimai ...] [--seeds 3] [--usual]

Of a set 5 % and 10 % of the labels are flipped by confusion (benchmarks/noise.py says how), three times each; the rows
that were flipped are to be found. The figure is the area under the curve of precision and recall (average precision);
labels that were wrong already count as right, for everybody. On the same out-of-fold probabilities, those of the audit:

- `luodi`: suspicion;
- `cleanlab_scores`: `get_label_quality_scores` with its defaults (self-confidence);
- `cleanlab_issues`: the ranking of `find_label_issues` with its defaults (filter by noise rate, then self-confidence);
- `known_noise`: the exact posterior of a model that is told how labels were flipped: what any ranking could gain.

With `--usual` also what cleanlab's reader would write: `cross_val_predict` of scikit-learn's LogisticRegression on
character TF-IDF, five stratified folds, then cleanlab's defaults on that: `usual_scores`, `usual_issues`. The folds are
shuffled. Unshuffled ones would cheat: these files stand in order of their labels, so the flipped rows of a label come
last (or first) among its rows, fall into one fold, and are judged by models that saw hardly any of them.
`wrong` compares how many labels are believed to be wrong with how many were flipped; at rate 0 nothing was.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import facts
import noise
import numpy as np

RATES = (0.0, 0.05, 0.10)


def average_precision(wrong: Any, scores: Any) -> float | None:
    """Give the area in points, or None where nothing is wrong."""
    from sklearn.metrics import average_precision_score

    return round(100 * float(average_precision_score(wrong, scores)), 2) if wrong.any() else None


def cleanlab_on(probabilities: Any, targets: Any) -> tuple[Any, Any]:
    """Give cleanlab's two default rankings, most suspect highest."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    issues = find_label_issues(targets, probabilities, return_indices_ranked_by="self_confidence")
    ranked = np.zeros(len(targets))
    ranked[issues] = np.arange(len(issues), 0, -1)
    return 1 - get_label_quality_scores(targets, probabilities), ranked


def known_noise(probabilities: Any, targets: Any, table: Any, rate: float) -> Any:
    """Give the chance that a label was flipped to what it is, were the probabilities those of the true labels."""
    moved = (1 - rate) * np.eye(len(table)) + rate * table
    joint = probabilities * moved[:, targets].T
    return 1 - joint[np.arange(len(targets)), targets] / joint.sum(axis=1)


def usual(texts: Any, targets: Any) -> Any:
    """Give out-of-fold probabilities as a reader of cleanlab's pages would."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    features = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2).fit_transform(texts)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return cross_val_predict(LogisticRegression(), features, targets, cv=folds, method="predict_proba")


def measure(name: str, rate: float, seed: int, *, with_usual: bool) -> dict[str, Any]:
    """Flip, ask, rank."""
    from luodi.auditing.opinion.opinion import opinion_of
    from luodi.auditing.opinion.suspicion import suspicion
    from luodi.data import near_groups

    data = noise.read_set(name)
    _, true = noise.codes(data)
    table = noise.confusion(data.texts, true)
    targets = noise.flip(true, table, rate=rate, seed=seed)
    wrong, groups = targets != true, near_groups(data.texts)
    start, cpu = time.perf_counter(), time.process_time()
    opinion = opinion_of(data.texts, [f"{label:05}" for label in targets], groups=groups, seed=seed)
    scores, proposed = suspicion(opinion.probabilities, opinion.targets)
    sure = opinion.yardstick.sureness(scores) if opinion.yardstick else np.zeros(len(scores))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    said = opinion.probabilities.astype(np.float64)
    said /= said.sum(axis=1, keepdims=True)
    plain, issues = cleanlab_on(said, targets)
    found = {"luodi": scores, "cleanlab_scores": plain, "cleanlab_issues": issues}
    if rate:
        found["known_noise"] = known_noise(said, targets, table, rate)
    if with_usual:
        found["usual_scores"], found["usual_issues"] = cleanlab_on(usual(data.texts, targets), targets)
    return {
        "set": name, "rate": rate, "seed": seed, "n": len(data), "labels": len(table),
        "accuracy": round(float((said.argmax(1) == true).mean()), 4), "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "average_precision": {key: average_precision(wrong, value) for key, value in found.items()},
        "wrong": {
            "flipped": int(wrong.sum()),
            "luodi_estimate": round(len(data) * opinion.yardstick.share_wrong()) if opinion.yardstick else None,
            "cleanlab_estimate": int((issues > 0).sum()),
            **{f"luodi_above_{at}": _of(sure >= at, wrong, proposed == true) for at in (0.5, 0.9)},
            "cleanlab_issues": _of(issues > 0, wrong, said.argmax(1) == true),
        },
    }  # fmt: skip


def _of(chosen: Any, wrong: Any, mended: Any) -> dict[str, float]:
    """Tell how many rows are chosen, which shares of them were flipped and would be mended, and of all flipped."""
    n = int(chosen.sum())
    return {
        "n": n, "precision": round(float(wrong[chosen].mean()), 3) if n else 0.0,
        "mended": round(float(mended[chosen].mean()), 3) if n else 0.0,
        "recall": round(float(chosen[wrong].mean()), 3) if wrong.any() else 0.0,
    }  # fmt: skip


def means(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Average over seeds: average precision by set, rate and ranking."""
    kept: dict[str, Any] = {}
    for run in runs:
        if run["rate"]:
            row = kept.setdefault(f"{run['set']} {run['rate']:.0%}", {})
            for key, value in run["average_precision"].items():
                row.setdefault(key, []).append(value)
    return {
        place: {key: round(float(np.mean(values)), 2) for key, values in row.items()} for place, row in kept.items()
    }


def main() -> None:
    """Measure every set, rate and seed, then print the whole."""
    from luodi import runtime

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=[*noise.TESTED_ON, *noise.CHOSEN_ON])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--usual", action="store_true")
    options = parser.parse_args()
    runs = []
    for name in options.sets:
        for rate in RATES:
            for seed in range(options.seeds if rate else 1):
                runs.append(measure(name, rate, seed, with_usual=options.usual and name in noise.TESTED_ON))
                print(runs[-1], flush=True)
    facts.write(
        "labels",
        {
            "chosen_on": noise.CHOSEN_ON, "tested_on": noise.TESTED_ON, **runtime.versions("cleanlab", "scikit-learn"),
            "means": means(runs), "runs": runs,
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
