"""Measures whether a stated risk is kept over 200 random splits, beside crepes on the same rows and probabilities.

    python benchmarks/bench_abstain.py

The probabilities are those of the linear baseline (character TF-IDF with logistic regression, fitted on the training
rows), the rows those that it did not learn from: 3,080 of banking77, and test with validation of waimai and finance.
Each split takes half of them to find the threshold and the other half to count. In shares of all counted rows:
`wrong`, that get a wrong answer (the promise: no more than the risk; a model that errs less often always answers), and
`answered`. Beside it the sets of ConformalClassifier of crepes on the same splits, where an answer is given if exactly
one label is possible: `crepes_wrong`, `crepes_answered`, and `crepes_missed`, what they promise to be the risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from crepes import ConformalClassifier
from crepes.extras import hinge
from facts import SHARED, write

from luodi.bundle.abstain import threshold
from luodi.data import concatenate, read, split
from luodi.tasks import read_task
from luodi.verify import fit_baseline

if TYPE_CHECKING:
    from luodi.data import Dataset

N_SPLITS, RISKS = 200, (0.01, 0.05, 0.1, 0.2)


def parts(name: str) -> tuple[Dataset, Dataset, Dataset]:
    """Give rows to learn from, rows to choose the baseline's settings by, and rows to split."""
    if name == "banking77":
        whole = split(read(SHARED / "banking77_train.csv"))
        learned = concatenate([whole.train, whole.test])
        return learned, whole.validation, read(SHARED / "banking77_test.csv")
    file, columns = {
        "waimai": ("waimai_10k.csv", {}),
        "finance": ("finance_news_seed.xlsx", {"text": "标题", "labels": "正/负面"}),
    }[name]
    whole = split(read(SHARED / file, **columns))
    return whole.train, whole.validation, concatenate([whole.validation, whole.test])


def measure(name: str) -> dict[str, Any]:
    """Fit once, then split 200 times."""
    train, validation, asked = parts(name)
    task = read_task(train)
    head = task.heads[0]
    baseline = fit_baseline(train, validation, task=task)
    said = np.array([one.answers[head.name].probabilities for one in baseline.predict(asked.texts)], np.float64)
    targets = np.asarray(head.targets(asked), np.int64)
    found: dict[str, Any] = {"n": len(targets), "labels": head.n_outputs,
                             "accuracy": round(float((said.argmax(1) == targets).mean()), 4)}  # fmt: skip
    for risk in RISKS:
        rows = [count(said, targets, risk=risk, seed=seed) for seed in range(N_SPLITS)]
        found[f"risk {risk:.0%}"] = {
            **{key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]},
            "wrong_sd": round(float(np.std([row["wrong"] for row in rows])), 4),
        }
    return found


def count(said: Any, targets: Any, *, risk: float, seed: int) -> dict[str, float]:
    """Find thresholds on one half and count on the other."""
    order = np.random.default_rng(seed).permutation(len(targets))
    known, rest = order[: len(order) // 2], order[len(order) // 2 :]
    right, guess, places = targets[rest], said[rest].argmax(axis=1), np.arange(len(rest))
    answered = said[rest].max(axis=1) > threshold(
        said[known].max(axis=1), said[known].argmax(axis=1) == targets[known], risk=risk
    )
    peer = ConformalClassifier().fit(hinge(said[known], np.arange(said.shape[1]), targets[known]))
    theirs = np.asarray(peer.predict_set(hinge(said[rest]), confidence=1 - risk, smoothing=False), bool)
    single = theirs.sum(axis=1) == 1
    return {
        "wrong": (answered & (guess != right)).mean(),
        "answered": answered.mean(),
        "crepes_wrong": (single & (guess != right)).mean(),
        "crepes_answered": single.mean(),
        "crepes_missed": 1 - theirs[places, right].mean(),
    }


def main() -> None:
    """Measure each set."""
    figures = {name: measure(name) for name in ("banking77", "waimai", "finance")}
    for name, found in figures.items():
        print(name, found)
    write("abstain", {"splits": N_SPLITS, **figures})


if __name__ == "__main__":
    main()
