"""Distils a fine-tuned encoder into students of fewer layers, beside the same cuts fine-tuned without their teacher.

    python benchmarks/bench_distill.py [--work FOLDER] [WAY-LAYERS ...]

The set is banking77: 3,000 rows to learn from, 1,000 to choose by, 4,000 more whose labels nobody sees (the texts of
`unlabelled`), the official 3,080 to test. The teacher is minilm-en (6 layers), fine-tuned on the 3,000. Ways:

- soft: the stage as it is
- plain: the same cut, fine-tuned on the labels (labels: 1, hidden: 0): no word of the teacher's
- logits: soft without the layers (hidden: 0)
- mixed: soft with a third of the labels' own loss
- augmented: soft, a text made up of each row
- unlabelled: soft, with the 4,000 texts
- narrow: soft, half of the heads and half of the feed-forward beside the fewer layers

All ways of a number of layers start from the same cut (but narrow, which is cut further), learn for at most 5 epochs
on one thread (the teacher for 8), and keep what did best on the same validation rows, asked after
each epoch; one seed. Test accuracies and macro-F1 in share
with 95 % intervals; `from_teacher` and `from_plain` are differences of test accuracy on the same rows with paired
95 % intervals; seconds of the stage. A way that stands in the JSON is not done again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import RESULTS, SHARED, write

from luodi.compress import Distill
from luodi.data import read
from luodi.job.parts import enrol
from luodi.models import Run, apply, describe, keep, read_kept
from luodi.models.load import load
from luodi.progress import Silent
from luodi.tasks import Classify, rate, read_task
from luodi.tune import Finetune
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize
from luodi.verify.compare import paired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data import Dataset
    from luodi.models.model import Model

WAYS: dict[str, dict[str, Any]] = {
    "soft": {}, "plain": {"labels": 1.0, "hidden": 0.0}, "logits": {"hidden": 0.0}, "mixed": {"labels": 0.33},
    "augmented": {"augment": 1}, "unlabelled": {}, "narrow": {"attention_heads": 0.5, "feed_forward": 0.5},
}  # fmt: skip
DEFAULT = ("soft-3", "plain-3", "soft-2", "plain-2", "unlabelled-2", "augmented-2")
LEARNED, CHOSEN_BY, UNLABELLED = 3000, 1000, 4000
TEACHER_EPOCHS, EPOCHS, SEED = 8, 5, 7


class Notes(Silent):
    """Prints what a training says of itself."""

    def note(self, text: str) -> None:
        """Print a line with the time."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Bench:
    """The rows, the teacher, and what was measured so far."""

    def __init__(self, work: Path) -> None:
        whole, self.test = read(SHARED / "banking77_train.csv"), read(SHARED / "banking77_test.csv")
        order = np.random.default_rng(SEED).permutation(len(whole))
        ends = np.cumsum([LEARNED, CHOSEN_BY, UNLABELLED])
        self.train, self.validation = whole.take(order[: ends[0]]), whole.take(order[ends[0] : ends[1]])
        self.texts = work / "texts.txt"
        self.texts.write_text("\n".join(" ".join(whole.texts[row].split()) for row in order[ends[1] : ends[2]]))
        self.run = Run(progress=Notes(), barred=self.test.texts)
        self.work = work
        kept = RESULTS / "distill.json"
        self.figures: dict[str, Any] = json.loads(kept.read_text("utf-8"))["figures"] if kept.is_file() else {}

    def teacher(self) -> Model:
        """Give the teacher, tuned before or now."""
        place = self.work / "teacher"
        if not place.is_dir():
            fresh = load("minilm-en", task=read_task(self.train), max_tokens=64, seed=SEED)
            stage = Finetune(epochs=TEACHER_EPOCHS, seed=SEED)
            keep(apply(stage, fresh, self.train, validation=self.validation, run=self.run), place)
        model = read_kept(place)
        self.figures["teacher"] = self.measured(model)
        return model

    def measured(self, model: Model) -> dict[str, Any]:
        """Give a model's figures; `places` are its answers as places in the list of labels."""
        head, row = model.task.heads[0], model.provenance[-1]
        found = rate(head, self.test, said := answers(model, self.test)).metrics
        known = {key: row[key] for key in ("layers", "left_out", "heads", "units", "epochs") if key in row}
        return {
            "test": {name: found[name].to_json() for name in ("accuracy", "macro_f1")}, "n": len(self.test),
            "parameters": model.n_parameters, "seconds": row["seconds"], **known,
            **{key: row[key] for key in row if key.startswith("texts_")},
            "steps": row["curve"][-1]["step"],
            "places": " ".join(str(head.labels.index(one.label)) for one in said),
        }  # fmt: skip

    def distilled(self, wanted: str, teacher: Model) -> dict[str, Any]:
        """Distil in one way, and measure the student."""
        way, _, layers = wanted.partition("-")
        more = {"unlabelled": str(self.texts)} if way == "unlabelled" else WAYS[way]
        stage = Distill(layers=int(layers), epochs=EPOCHS, evaluations_per_epoch=1, seed=SEED, **more)
        row = self.measured(apply(stage, teacher, self.train, validation=self.validation, run=self.run))
        fields = describe(stage) | ({"unlabelled": "texts.txt"} if way == "unlabelled" else {})
        return {**row, "stage": fields}

    def compare(self) -> None:
        """Hold each student against its teacher, and against the same cut without one."""
        gold = self.test.labels["category"]
        names = tuple(sorted({one for one in self.train.labels["category"] if one is not None}))
        for wanted, row in self.figures.items():
            others = {"from_teacher": "teacher", "from_plain": f"plain-{wanted.rpartition('-')[2]}"}
            for name, other in others.items():
                if other in self.figures and other != wanted != "teacher":
                    said, beside = ([names[int(place)] for place in one["places"].split()]
                                    for one in (row, self.figures[other]))  # fmt: skip
                    head = Classify("category", names)
                    row[name] = paired(head, head.judge(gold, said), head.judge(gold, beside)).accuracy.to_json()


def answers(model: Model, data: Dataset) -> Sequence[Any]:
    """Give the answer to each row."""
    tokens = tokenize(model, data.texts, progress=Silent())
    return model.task.heads[0].decode(logits_of(model.network, model, tokens)[0])


def main() -> None:
    """Run what is named, or the ways that the log speaks of; each stands in the JSON as soon as it is through."""
    import torch

    torch.set_num_threads(1)
    enrol()
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path)
    parser.add_argument("ways", nargs="*", default=DEFAULT)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(wanted.work or Path(folder))
        teacher = bench.teacher()
        for name in wanted.ways:
            if name not in bench.figures:
                print(f"== {name}", file=sys.stderr, flush=True)
                bench.figures[name] = bench.distilled(name, teacher)
                bench.compare()
                write("distill", bench.figures)


if __name__ == "__main__":
    main()
