"""Trains on a few rows of each label in several ways, ours beside SetFit, all asked about one whole test set.

    python benchmarks/bench_few.py [--peer-python PYTHON] [--rows N] [--iterations N] WAY@SEED [WAY@SEED ...]

The set is banking77 (77 intents, 3,080 test rows), the encoder minilm-en; a seed draws N rows of each label from the
training file. Ways: ``contrast`` (the stages of ``recipes/few.yaml``), ``full`` and ``probe`` (fine-tuning with that
tuner, all else by default), ``setfit`` (the package, trained by PYTHON with ``setfit_peer.py``: its defaults but for
``num_iterations``, as its default sampling makes every pair, 36,500 steps here). Every way gets the very same rows and
nothing else; ``full`` and ``probe`` hold a tenth out to choose by, the others nothing. One thread each. Accuracy in
share; seconds of the training alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import RESULTS, SHARED, write

from luodi.data import read
from luodi.job.parts import enrol
from luodi.job.recipe import read_recipe
from luodi.models import apply
from luodi.models.load import load
from luodi.models.sources import find_source
from luodi.progress import Silent
from luodi.tasks import read_task
from luodi.tasks.metrics import share_of
from luodi.tune.evaluate import logits_of
from luodi.tune.finetune import Finetune
from luodi.tune.full import Full
from luodi.tune.probe import Probe
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.models import Stage

ENCODER = "minilm-en"
RECIPE = Path(__file__).parents[1] / "recipes" / "few.yaml"


def ours(train: Dataset, test: Dataset, *, stages: list[Stage], seed: int) -> dict[str, Any]:
    """Run stages on the rows, and give the accuracy on the test rows."""
    import torch

    torch.set_num_threads(1)
    model = load(ENCODER, task=read_task(train), seed=seed)
    start = time.monotonic()
    for stage in stages:
        model = apply(stage, model, train)
    seconds = time.monotonic() - start
    logits = logits_of(model.network, model, tokenize(model, test.texts, progress=Silent()))[0]
    head = model.task.heads[0]
    return {**_score(head.targets(test), logits.argmax(axis=1)), "seconds": round(seconds, 1)}


def setfit(train: Dataset, test: Dataset, *, python: str, iterations: int, seed: int) -> dict[str, Any]:
    """Let SetFit train on the rows in its own environment, and give the accuracy on the test rows."""
    name = next(iter(train.labels))
    with tempfile.TemporaryDirectory() as place:
        folder, rows, out = (Path(place) / one for one in ("encoder", "rows.json", "out.json"))
        shutil.copytree(find_source(ENCODER).path, folder)
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        (folder / "modules.json").write_text(json.dumps(modules[:2]), encoding="utf-8")  # encoder and mean pooling
        given = {"texts": train.texts, "labels": train.labels[name], "test": test.texts}
        rows.write_text(json.dumps(given), encoding="utf-8")
        script = Path(__file__).with_name("setfit_peer.py")
        subprocess.run([python, script, folder, rows, out, str(iterations), str(seed)], check=True, stdout=sys.stderr)
        said = json.loads(out.read_text(encoding="utf-8"))
    gold = np.array(test.labels[name])
    return {
        **_score(gold, np.array(said["answers"])),
        "accuracy_normalised": _score(gold, np.array(said["answers_normalised"]))["accuracy"]["value"],
        "num_iterations": iterations, "seconds": round(said["seconds"], 1), "versions": said["versions"],
    }  # fmt: skip


def pick(data: Dataset, *, rows: int, seed: int) -> Dataset:
    """Draw so many rows of each label."""
    labels = np.array(next(iter(data.labels.values())))
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:rows] for label in np.unique(labels)]
    return data.take(sorted(np.concatenate(drawn).tolist()))


def _score(gold: Any, answered: Any) -> dict[str, Any]:
    found = share_of(gold == answered)
    return {
        "accuracy": {"value": found.value, "low": found.low, "high": found.high},
        "n": len(gold), "right": int((gold == answered).sum()),
    }  # fmt: skip


def main() -> None:
    """Run the ways that are named; figures of others stay as they were."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("ways", nargs="+")
    asked = parser.parse_args()
    enrol()
    train, test = (read(SHARED / f"banking77_{part}.csv") for part in ("train", "test"))
    for wanted in asked.ways:
        way, _, seed = wanted.partition("@")
        few = pick(train, rows=asked.rows, seed=int(seed))
        if way == "setfit":
            made = setfit(few, test, python=asked.peer_python, iterations=asked.iterations, seed=int(seed))
        else:
            stages = {
                "contrast": lambda: list(read_recipe(RECIPE).stages),
                "full": lambda: [Finetune(tuner=Full())],
                "probe": lambda: [Finetune(tuner=Probe())],
            }[way]()
            made = ours(few, test, stages=stages, seed=int(seed))
        kept = RESULTS / "few.json"  # read anew: two ways may run side by side
        figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
        key = wanted if asked.rows == 10 else f"{wanted} x {asked.rows}"
        write("few", {**figures, key: {"train": len(few), **made}})


if __name__ == "__main__":
    main()
