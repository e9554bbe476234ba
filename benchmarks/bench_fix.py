"""Measures what mending labels is worth: the same model trained on noisy labels, on mended ones, on the true ones.

    python benchmarks/bench_fix.py [--seeds 3]

In the training part 10 % of the labels are flipped by confusion (benchmarks/noise.py says how); the audit of that part
alone proposes labels. Trained are character TF-IDF models with logistic regression (`luodi.verify.fit_baseline`:
settings chosen on a tenth of the training rows, noisy as they are) on labels that are

- `clean`: as they came;
- `noisy`: a tenth flipped;
- `fixed_S`: the noisy ones, with the proposals of a sureness of at least S taken over, as `--fix-labels S` does;
- `dropped_S`: the noisy ones without the rows whose proposal is that sure.

Each is measured on the untouched test (banking77's own; of waimai a fifth, without near-duplicates in training), each
against `noisy` with a 95 % interval by paired bootstrap over the test's rows; for all seeds together each row of the
test brings its mean over seeds. The encoders are not trained here: that would take hours. Prints JSON.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import facts
import noise
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.data import Dataset

RATE = 0.10
SURE = (0.9, 0.5)


def parts(name: str) -> tuple[Dataset, Dataset]:
    """Give train and test with the head ``label``."""
    from luodi.data import Dataset, concatenate, read, split

    data = noise.read_set(name)
    if name == "banking77":
        train, test = data, read(facts.SHARED / "banking77_test.csv")
    else:
        divided = split(data, test=0.2, validation=0.1, seed=7)
        train, test = concatenate([divided.train, divided.validation]), divided.test
    return tuple(Dataset.of(one.texts, {"label": next(iter(one.labels.values()))}) for one in (train, test))


def answers(train: Dataset, labels: Sequence[str], rows: NDArray[np.int64], test: Dataset) -> list[str]:
    """Train on some rows with these labels, nine of ten to learn from, and answer the test."""
    from luodi.data import Dataset
    from luodi.tasks.task import read_task
    from luodi.verify import fit_baseline

    mine = Dataset.of([train.texts[row] for row in rows], {"label": [labels[row] for row in rows]})
    is_held = np.random.default_rng(0).random(len(mine)) < 0.1
    model = fit_baseline(mine.take(np.flatnonzero(~is_held)), mine.take(np.flatnonzero(is_held)), task=read_task(mine))
    return [said.label for said in model.predict(test.texts)]


def one_seed(name: str, seed: int) -> tuple[dict[str, list[str]], dict[str, Any], Dataset]:
    """Flip, audit, train on every kind of labels."""
    from luodi.auditing.checks.wrong_labels import wrong_labels
    from luodi.auditing.evidence import Evidence
    from luodi.data import Dataset

    train, test = parts(name)
    names, true = noise.codes(train)
    flipped = noise.flip(true, noise.confusion(train.texts, true), rate=RATE, seed=seed)
    labels = {"clean": [names[k] for k in true], "noisy": [names[k] for k in flipped]}
    every = np.arange(len(train))
    rows = dict.fromkeys(labels, every)
    found = list(wrong_labels(Evidence({"train": Dataset.of(train.texts, {"label": labels["noisy"]})}, seed=seed)))
    fixes = [fix for finding in found for fix in finding.fixes]
    notes: dict[str, Any] = {"set": name, "seed": seed, "n": len(train), "flipped": int((true != flipped).sum())}
    for sure in SURE:
        done = {fix.row: str(fix.label) for fix in fixes if fix.sureness >= sure}
        labels[f"fixed_{sure}"] = [done.get(row, label) for row, label in enumerate(labels["noisy"])]
        labels[f"dropped_{sure}"] = labels["noisy"]
        rows |= {f"fixed_{sure}": every, f"dropped_{sure}": np.setdiff1d(every, list(done))}
        wrong = sum(label != truth for label, truth in zip(labels[f"fixed_{sure}"], labels["clean"], strict=True))
        notes[f"proposals_{sure}"] = {
            "n": len(done), "were_flipped": sum(bool(true[row] != flipped[row]) for row in done),
            "right": sum(label == labels["clean"][row] for row, label in done.items()), "still_wrong": wrong,
        }  # fmt: skip
    return {key: answers(train, labels[key], rows[key], test) for key in labels}, notes, test


def compared(gold: Sequence[str | None], said: dict[str, list[str]]) -> dict[str, Any]:
    """Give the accuracy of each kind, and its gain over the noisy one with a paired interval, in points."""
    from luodi.tasks import Classify
    from luodi.verify import paired

    head = Classify("label", tuple(sorted({label for label in gold if label is not None})))
    figures = {}
    for key, answered in said.items():
        right = [a == b for a, b in zip(answered, gold, strict=True)]
        gain = paired(head, head.judge(gold, answered), head.judge(gold, said["noisy"]))
        figures[key] = {
            "accuracy": round(100 * float(np.mean(right)), 2),
            "accuracy_gain": [
                round(100 * float(v), 2) for v in (gain.accuracy.value, gain.accuracy.low or 0, gain.accuracy.high or 0)
            ],
            "macro_f1_gain": [
                round(100 * float(v), 2) for v in (gain.gain.value, gain.gain.low or 0, gain.gain.high or 0)
            ],
        }
    return figures


def averaged(gold: Sequence[str | None], runs: Sequence[dict[str, list[str]]]) -> dict[str, Any]:
    """Give accuracies, and gains over the noisy labels, averaged over seeds; in points."""
    from luodi.tasks.metrics import bootstrap

    truth = np.array(gold)
    right = {key: np.mean([np.array(run[key]) == truth for run in runs], axis=0) for key in runs[0]}
    figures = {}
    for key, share in right.items():
        gain = share - right["noisy"]
        found = bootstrap(lambda rows, gain=gain: float(gain[rows].mean()), n=len(gain), rng=np.random.default_rng(0))
        figures[key] = {
            "accuracy": round(100 * float(share.mean()), 2),
            "accuracy_gain": [round(100 * float(v or 0), 2) for v in (found.value, found.low, found.high)],
        }
    return figures


def main() -> None:
    """Measure both sets with every seed, then all seeds of a set together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    runs, together = [], {}
    for name in noise.TESTED_ON:
        said = []
        for seed in range(options.seeds):
            answered, notes, test = one_seed(name, seed)
            runs.append({**notes, "test": compared(test.labels["label"], answered)})
            print(runs[-1], flush=True)
            said.append(answered)
        together[name] = averaged(test.labels["label"], said)
    facts.write("fix", {"rate": RATE, "all_seeds": together, "runs": runs})


if __name__ == "__main__":
    main()
