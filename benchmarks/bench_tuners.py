"""Tunes the same encoder in each way on the whole of banking77, beside every weight learning.

    python benchmarks/bench_tuners.py [WAY[@SEED] ...]

Ways: full, lora, adapter, top_k-2, top_k-3, top_k-4, adalora, probe; each with default settings. 10,003 rows to learn
from, a tenth of them held out to choose by (the same ones for every way of a seed), the official 3,080 to test. The
encoder is minilm-en. `share` is of the weights that learn, heads too; `seconds` are on the clock, `processor_s` the
processor's; `from_full` is the difference of test accuracy to full of the same seed on the same rows, with a 95 %
interval. A run that stands in the JSON is not done again.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from facts import RESULTS, SHARED, write

from luodi.data import hold_out, read
from luodi.job.parts import enrol
from luodi.models import Run, describe
from luodi.models.load import load
from luodi.progress import Silent
from luodi.registry import find
from luodi.tasks import Classify, rate, read_task
from luodi.tune import Finetune
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize
from luodi.tune.update import put_on
from luodi.verify.compare import paired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data import Dataset
    from luodi.models.model import Model

WAYS = ("full", "lora", "adapter", "top_k-3", "adalora", "probe", "top_k-2", "top_k-4")
SEED, HELD_OUT = 7, 0.1


class Notes(Silent):
    """Prints what a training says of itself."""

    def note(self, text: str) -> None:
        """Print a line with the time."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def answers(model: Model, data: Dataset) -> Sequence[Any]:
    """Give the answer to each row."""
    tokens = tokenize(model, data.texts, progress=Silent())
    return model.task.heads[0].decode(logits_of(model.network, model, tokens)[0])


def scores(model: Model, data: Dataset, said: Sequence[Any]) -> dict[str, Any]:
    """Give accuracy and macro-F1 with their 95 % intervals."""
    found = rate(model.task.heads[0], data, said).metrics
    return {"n": len(data), **{name: found[name].to_json() for name in ("accuracy", "macro_f1")}}


def tune(way: str, *, seed: int) -> dict[str, Any]:
    """Tune in one way; `places` are the test rows' answers as places in the list of labels."""
    import torch

    use, _, layers = way.partition("-")
    stage = Finetune(tuner=find("tuner", use)(**({"layers": int(layers)} if layers else {})), seed=seed)
    whole, test = read(SHARED / "banking77_train.csv"), read(SHARED / "banking77_test.csv")
    train, validation = hold_out(whole, share=HELD_OUT, seed=seed)
    model = load("minilm-en", task=read_task(whole), seed=seed)
    start, spent = time.monotonic(), time.process_time()
    update = stage.update(model, train, validation=validation, run=Run(progress=Notes()))
    seconds, processor_s = time.monotonic() - start, time.process_time() - spent
    made = put_on(model, update)
    said = answers(made, test)
    return {
        "test": scores(made, test, said), "validation": scores(made, validation, answers(made, validation)),
        "learned": update.n_parameters, "share": round(update.n_parameters / model.n_parameters, 4),
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1), "processor_s": round(processor_s, 1), "stage": describe(stage),
        "places": " ".join(str(made.task.heads[0].labels.index(one.label)) for one in said),
    }  # fmt: skip


def compare(figures: dict[str, Any]) -> None:
    """Hold each run against full of the same seed."""
    gold = read(SHARED / "banking77_test.csv").labels["category"]
    labels = sorted({one for one in gold if one is not None})
    for wanted, row in figures.items():
        full = figures.get(f"full@{wanted.partition('@')[2]}")
        if full is not None and row is not full:
            said, beside = ([labels[int(place)] for place in one["places"].split()] for one in (row, full))
            head = Classify("category", tuple(labels))
            row["from_full"] = paired(head, head.judge(gold, said), head.judge(gold, beside)).accuracy.to_json()


def main() -> None:
    """Run what is named, or every way; each stands in the JSON as soon as it is through."""
    enrol()
    kept = RESULTS / "tuners.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    for wanted in sys.argv[1:] or WAYS:
        way, _, seed = wanted.partition("@")
        name = f"{way}@{seed or SEED}"
        if name not in figures:
            print(f"== {name}", file=sys.stderr, flush=True)
            figures[name] = tune(way, seed=int(seed or SEED))
            compare(figures)
            write("tuners", figures)


if __name__ == "__main__":
    main()
