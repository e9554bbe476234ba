"""Measures the memory that a training takes at most: 4,000 labels, texts of 512 tokens, an encoder of 12 layers.

    python benchmarks/bench_memory.py [--rows 96] [--tuner full]

The encoder is `e5-multilingual` with its whole vocabulary (118 M weights), so that nothing is smaller than it can be.
Memory does not grow with the steps: some rows suffice. The figure is the peak of the process (resident set), loading,
validation and the averaged copy of the weights included.
"""

from __future__ import annotations

import argparse
import resource
from typing import Any

import numpy as np
from facts import write

from luodi.data import Dataset
from luodi.job.parts import enrol
from luodi.models.load import load
from luodi.progress import Silent
from luodi.registry import find
from luodi.tasks import read_task
from luodi.tune import Finetune
from luodi.tune.tokens import tokenize

N_LABELS, N_TOKENS = 4000, 512


def rows(n: int) -> Dataset:
    """Make n texts, each longer than 512 tokens, and enough further ones that there are 4,000 labels."""
    rng = np.random.default_rng(0)
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
    texts = ["".join(rng.choice(signs, 700 if row < n else 4)) for row in range(n + N_LABELS)]
    return Dataset.of(texts, {"label": [f"label {row % N_LABELS}" for row in range(n + N_LABELS)]})


def main() -> None:
    """Tune on a few of the rows, and say what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=96)
    parser.add_argument("--tuner", default="full")
    asked = parser.parse_args()
    enrol()
    data = rows(asked.rows)
    model = load("e5-multilingual", task=read_task(data), max_tokens=N_TOKENS)
    some = data.take(range(asked.rows))
    lengths = tokenize(model, some.texts, progress=Silent()).lengths
    stage = Finetune(tuner=find("tuner", asked.tuner)(), epochs=1, averages=True, logit_shift="none")
    made: Any = stage(
        model, some.take(range(asked.rows - 16)), validation=some.take(range(asked.rows - 16, asked.rows))
    )
    figures = {
        "tuner": asked.tuner, "labels": N_LABELS, "tokens": int(lengths.min()), "rows": asked.rows,
        "weights": made.n_parameters, "bf16": made.findings["bf16"],
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }  # fmt: skip
    write(f"memory_{asked.tuner}", figures)


if __name__ == "__main__":
    main()
