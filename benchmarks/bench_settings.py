"""Tries settings of one stage by rows of a training file alone: test rows are never read.

    python benchmarks/bench_settings.py [--set banking77|snips] [--draw N] STAGE [STAGE ...]

A STAGE is a step of a recipe as JSON. `{"use": "finetune", "epochs": 7, "tuner": "lora"}` learns from 4,500 rows of
banking77 (1,500 of snips, intent and slots), chooses its weights by 500 others and is scored on the remaining ones, at
most 5,003. `{"use": "contrast"}` gets 10 rows of each of banking77's 77 labels, and then `probe` learns as in
`recipes/few.yaml`; it is scored on 3,000 of the other rows. The encoder is minilm-en, one thread. `processor_s` is of
the training. A stage that stands in the JSON is not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_few import RECIPE, pick
from facts import RESULTS, SHARED, write

from luodi.data import read
from luodi.job.parts import enrol
from luodi.job.recipe import make_recipe, read_recipe
from luodi.models import Run, apply
from luodi.models.load import load
from luodi.progress import Silent
from luodi.tasks import read_task
from luodi.tasks.metrics import share_of
from luodi.tune import Finetune
from luodi.tune.evaluate import judge_model

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.models import Model, Stage
    from luodi.tasks.judgement import Judgement

#: A training file, what its columns are, and how many rows of it are learned from.
SETS: dict[str, tuple[str, dict[str, Any], int]] = {
    "banking77": ("banking77_train.csv", {}, 4_500),
    "snips": ("snips/train.jsonl", {"text": "text", "labels": ("intent", "slots")}, 1_500),
}
N_CHOSEN_BY, N_SCORED, N_SCORED_FEW, ROWS = 500, 5_003, 3_000, 10


class Notes(Silent):
    """Prints what a training says of itself."""

    def note(self, text: str) -> None:
        """Print a line."""
        print(text, file=sys.stderr, flush=True)


def on_many(stage: Finetune, whole: Dataset, *, n: int, draw: int) -> tuple[Model, Dataset]:
    """Tune on so many rows: the model, and the rows that it is scored on."""
    order = np.random.default_rng(draw).permutation(len(whole))
    parts = np.split(order[: n + N_CHOSEN_BY + N_SCORED], [n, n + N_CHOSEN_BY])
    learned, chosen_by, scored = (whole.take(np.sort(part)) for part in parts)
    model = load("minilm-en", task=read_task(whole), seed=stage.seed)
    run = Run(progress=Notes(), tracker="none")
    return apply(stage, model, learned, validation=chosen_by, run=run), scored


def on_few(stage: Stage, whole: Dataset, *, draw: int) -> tuple[Model, Dataset]:
    """Put a stage in the place of ``contrast`` in the recipe for few rows: the model, and the rows it is scored on."""
    few = pick(whole, rows=ROWS, seed=draw)
    seen = {few.origin(row) for row in range(len(few))}
    others = [row for row in range(len(whole)) if whole.origin(row) not in seen]
    scored = np.sort(np.random.default_rng(draw).permutation(others)[:N_SCORED_FEW])
    model = load("minilm-en", task=read_task(whole), seed=draw)
    for one in (stage, read_recipe(RECIPE).stages[-1]):
        model = apply(one, model, few)
    return model, whole.take(scored)


def main() -> None:
    """Try what is named; each stands in the JSON as soon as it is through."""
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("--set", choices=SETS, default="banking77")
    parser.add_argument("--draw", type=int, default=101)
    parser.add_argument("stages", nargs="+")
    asked = parser.parse_args()
    enrol()
    torch.set_num_threads(1)
    file, columns, n = SETS[asked.set]
    whole = read(SHARED / file, **columns)
    for raw in map(json.loads, asked.stages):
        kept, name = RESULTS / "settings.json", f"{asked.set}@{asked.draw} {json.dumps(raw, sort_keys=True)}"
        figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
        if name not in figures:
            print(f"== {name}", file=sys.stderr, flush=True)
            write("settings", {**figures, name: _tried(raw, whole, n=n, draw=asked.draw)})


def _tried(raw: dict[str, Any], whole: Dataset, *, n: int, draw: int) -> dict[str, Any]:
    (stage,) = make_recipe({"data": {"path": "-"}, "stages": [raw]}).stages
    spent = time.process_time()
    model, scored = (
        on_many(stage, whole, n=n, draw=draw) if isinstance(stage, Finetune) else on_few(stage, whole, draw=draw)
    )
    spent = time.process_time() - spent
    judged = zip(model.task.heads, judge_model(model, scored), strict=True)
    return {"n": len(scored), "processor_s": round(spent, 1), **{head.name: _scores(one) for head, one in judged}}


def _scores(judged: Judgement) -> dict[str, Any]:
    found = share_of(judged.right)
    everywhere = np.arange(len(judged.rows))
    return {"right": [round(one, 4) for one in (found.value, found.low, found.high)],
            **{name: round(score(everywhere), 4) for name, score in judged.scores.items()}}  # fmt: skip


if __name__ == "__main__":
    main()
