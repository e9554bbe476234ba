"""Holds the bag student against its teacher, character TF-IDF with a regression, and model2vec, on three real sets.

    python benchmarks/bench_bag.py [--work FOLDER] [SET ...]

Sets: banking77, waimai, inews (titles). The teacher is `minilm-en` or `e5-multilingual`, its vocabulary trimmed, tuned
for few epochs (waimai: on 4,000 of the rows) and kept in FOLDER; it need not be the best that there is to show what a
bag keeps of it. The bag has default settings. Qualities are of the test rows, `from_tfidf` the paired difference of
test accuracy with a 95 % interval. Speeds are texts/s of the whole path from text to answer, tokenizer and label
included, on one thread: 2,000 test texts at once, the median of seven rounds in which all take turns.

model2vec is left out where its package is not installed. Its published base models cannot be had offline; the stand-in
is its own ``StaticModel`` on vectors made in its way from the same pretrained encoder (each piece alone, 256 directions
of a PCA, weighted by frequency), and on it a logistic regression whose strength is chosen on validation.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import RESULTS, SHARED, write

from luodi.bundle import Contents, Draft, Feeding, export, open_predictor, read_bundle
from luodi.bundle.form import FORMS, write_form
from luodi.compress import Bag, TrimVocab
from luodi.compress.static import static_vectors
from luodi.data import hold_out, read, split
from luodi.data.inews import read_inews
from luodi.job.parts import enrol
from luodi.models import Run, apply, describe, keep, load, read_kept
from luodi.progress import Silent
from luodi.tasks import read_task
from luodi.tune import Finetune
from luodi.tune.tokens import tokenize
from luodi.verify.baseline import fit_baseline
from luodi.verify.compare import paired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.data import Dataset
    from luodi.models.model import Model

#: For each set its encoder, the epochs of its teacher, and the rows that the teacher learns from at most.
SETS = {
    "banking77": ("minilm-en", 3, 100_000), "waimai": ("e5-multilingual", 2, 4_000),
    "inews": ("e5-multilingual", 2, 100_000),
}  # fmt: skip
ROUNDS, TIMED, MAX_TOKENS, WIDTH = 7, 2_000, 64, 256


class Notes(Silent):
    """Prints what a training says of itself."""

    def note(self, text: str) -> None:
        """Print a line with the time."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def rows_of(name: str) -> tuple[Dataset, Dataset, Dataset]:
    """Give train, validation and test of a set."""
    if name == "banking77":
        train, validation = hold_out(read(SHARED / "banking77_train.csv"), share=0.1, seed=7)
        return train, validation, read(SHARED / "banking77_test.csv")
    if name == "waimai":
        whole = split(read(SHARED / "waimai_10k.csv"))
        return whole.train, whole.validation, whole.test
    news = read_inews()
    return news["train"], news["validation"], news["test"]


def teacher_of(name: str, work: Path, train: Dataset, validation: Dataset) -> tuple[Model, Model]:
    """Give the encoder as it came, its vocabulary trimmed, and the teacher, tuned before or now."""
    encoder, epochs, most = SETS[name]
    fresh = load(encoder, task=read_task(train), max_tokens=MAX_TOKENS)
    fresh = apply(TrimVocab(), fresh, train, validation=validation)
    place = work / name
    if not place.is_dir():
        some = train.take(np.sort(np.random.default_rng(0).permutation(len(train))[:most]))
        stage = Finetune(epochs=epochs, evaluations_per_epoch=1)
        keep(apply(stage, fresh, some, validation=validation, run=Run(progress=Notes())), place)
    return fresh, read_kept(place)


def bundled(model: Model, onnx: bytes, place: Path) -> Path:
    """Write a bundle of a model in one form."""
    with Draft(place.parent) as draft:
        draft.add("model.onnx", onnx)
        draft.add("tokenizer.json", model.tokenizer.to_str())
        draft.add("calibration.json", json.dumps({head.name: {"temperature": 1.0} for head in model.task.heads}))
        draft.seal(Contents(
            name=place.stem, created="2026-01-02T03:04:05Z", luodi="0.1.0", task=model.task.to_json(),
            feeding=Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id), data="f" * 64,
        ))  # fmt: skip
        return draft.publish(place)


def stand_in(fresh: Model, train: Dataset, validation: Dataset) -> Callable[[Sequence[str]], list[str]]:
    """Fit a regression on model2vec's vectors, made from the pretrained encoder."""
    from model2vec import StaticModel
    from sklearn.linear_model import LogisticRegression

    head = fresh.task.heads[0].name
    ids = tokenize(fresh, train.texts, progress=Silent()).ids
    counts = np.bincount(ids, minlength=int(fresh.network.encoder.config.vocab_size))
    vectors = static_vectors(fresh, width=WIDTH, counts=counts, progress=Silent()).vectors
    static = StaticModel(vectors, fresh.copy_tokenizer(), max_length=MAX_TOKENS)
    learned, checked = static.encode(list(train.texts)), static.encode(list(validation.texts))
    gold, tried = np.array(validation.labels[head]), []
    for strength in (1.0, 10.0, 100.0, 1000.0):
        one = LogisticRegression(C=strength, max_iter=500).fit(learned, train.labels[head])
        tried.append((float((one.predict(checked) == gold).mean()), strength, one))
    best = max(tried, key=lambda row: row[:2])[2]
    return lambda texts: [str(label) for label in best.predict(static.encode(list(texts)))]


def quality(model: Model, data: Dataset, said: Sequence[str]) -> dict[str, float]:
    """Give accuracy and macro-F1 of answers to the test rows."""
    judged = model.task.heads[0].judge(data.labels[model.task.heads[0].name], said)
    return {"accuracy": float(judged.right.mean()), "macro_f1": judged.scores["macro_f1"](np.arange(len(judged.rows)))}


def speeds(
    ways: Mapping[str, Callable[[Sequence[str]], Sequence[str]]], texts: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Give texts/s of each way: the median of rounds in which all take turns, with the least and the most."""
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way(texts)
            seen[name].append(len(texts) / (time.perf_counter() - start))
    return {
        name: {"texts_per_s": round(statistics.median(one)), "least": round(min(one)), "most": round(max(one))}
        for name, one in seen.items()
    }


def measure(name: str, work: Path) -> dict[str, Any]:
    """Measure everything on one set."""
    train, validation, test = rows_of(name)
    fresh, teacher = teacher_of(name, work, train, validation)
    stage = Bag()
    bag = apply(stage, teacher, train, validation=validation, run=Run(progress=Notes(), barred=test.texts))
    fp32 = export(bag)
    files = {
        "bag fp32": (bag, fp32),
        "bag int8": (bag, write_form(fp32, FORMS["int8"])),
        "teacher fp32": (teacher, export(teacher)),
    }
    baseline = fit_baseline(train, validation, task=teacher.task)
    ways: dict[str, Callable[[Sequence[str]], Sequence[str]]] = {
        "tfidf": lambda texts: [one.label for one in baseline.predict(texts)]
    }
    if importlib.util.find_spec("model2vec"):
        ways["model2vec stand-in"] = stand_in(fresh, train, validation)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_ones:
        for way, (model, onnx) in files.items():
            place = bundled(model, onnx, Path(folder) / f"{way.replace(' ', '-')}.luodi")
            runner = open_ones.enter_context(open_predictor(read_bundle(place)))
            ways[way] = lambda texts, runner=runner: [one.label for one in runner.predict(texts)]
        said = {way: ask(test.texts) for way, ask in ways.items()}
        timed = speeds({way: ways[way] for way in ways if way != "teacher fp32"}, test.texts[:TIMED])
    head = teacher.task.heads[0]
    rows: dict[str, Any] = {way: quality(teacher, test, one) | timed.get(way, {}) for way, one in said.items()}
    for way, (_, onnx) in files.items():
        rows[way]["mib"] = round(len(onnx) / 2**20, 2)
        judged = [head.judge(test.labels[head.name], said[one]) for one in (way, "tfidf")]
        rows[way]["from_tfidf"] = paired(head, *judged).accuracy.to_json()
    row = bag.provenance[-1]
    return {"n": len(test), "learned_from": len(train), "teacher": SETS[name], "stage": describe(stage),
            "seconds": row["seconds"], "parameters": row["parameters"], "ways": rows}  # fmt: skip


def main() -> None:
    """Measure what is named, or all; each stands in the JSON as soon as it is through."""
    import torch

    torch.set_num_threads(1)
    enrol()
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    wanted = parser.parse_args()
    kept = RESULTS / "bag.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted.sets:
            print(f"== {name}", file=sys.stderr, flush=True)
            figures[name] = measure(name, wanted.work or Path(folder))
            write("bag", figures)


if __name__ == "__main__":
    main()
