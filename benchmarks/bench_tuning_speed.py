"""Measures how long tuning takes to an equal score, beside peft's LoRA on all layers under the Trainer of transformers.

    python benchmarks/bench_tuning_speed.py [WAY@REPEAT ...]

800 rows of the 20 largest labels of banking77 to learn from and 500 to validate by, drawn by the repeat's number; five
passes; minilm-en with mean pooling and one layer as its head for all. `trainer`: the Trainer with its defaults (batches
in random order padded to the longest, AdamW with linear decay, fp32), but batches of 32 and a rate of 2e-3, as luodi
has them: its own 8 and 5e-5 are slower and learn little. The other ways are luodi's, each with one part more than the
one before: `loop` (LoRA of the same rank on all layers, the same batches), `buckets` (batches of like length), `upper`
(LoRA on the upper layers alone, those below computed every time, with dropout), `still` (frozen layers without
dropout), `kept` (what they make of a text is computed once), `bits` (16 bits where luodi takes them: the default), and
`top` (all weights of the upper layers, batches of 16, higher rates: chosen on the rows of repeat 1 as what came nearest
to the trainer's score for its time). All time counts: tokenizing, what frozen layers make, validation after each pass.
`faster` is the trainer's time over this one's: until the score (macro-F1 on validation) reaches the best of `trainer`
in the same repeat, or comes within a point of it, null where it never does; and for all five passes, on the clock and
of the processor. A run that stands in the JSON is not done again.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from facts import RESULTS, SHARED, write

from luodi.data import read
from luodi.job.parts import enrol
from luodi.models import Run
from luodi.models.load import load
from luodi.progress import Silent
from luodi.tasks import read_task
from luodi.tune import Finetune, reuse
from luodi.tune.evaluate import judge_logits, logits_of, main_score
from luodi.tune.lora import Lora
from luodi.tune.low_rank import linear_sites
from luodi.tune.tokens import tokenize
from luodi.tune.top_k import TopK

if TYPE_CHECKING:
    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.tune import Tuner

N_LABELS, N_LEARNED, N_CHECKED = 20, 800, 500
EPOCHS, BATCH, RATE, UPPER = 5, 32, 2e-3, 4
WAYS = ("trainer", "loop", "buckets", "upper", "still", "kept", "bits", "top")
#: What is run when nothing is named: the pair three times in turn, the parts between once.
RUNS = (*(f"{way}@{n}" for n in (2, 3, 4) for way in ("trainer", "top")), *(f"{way}@2" for way in WAYS[1:-1]))


@dataclass(frozen=True)
class Rows:
    """What is learned from and checked by, and the model that starts."""

    learned: Dataset
    checked: Dataset
    model: Model


def rows_of(repeat: int) -> Rows:
    """Draw the rows of a repeat."""
    whole = read(SHARED / "banking77_train.csv")
    column = whole.labels["category"]
    largest = {label for label, _ in Counter(column).most_common(N_LABELS)}
    whole = whole.take([row for row, label in enumerate(column) if label in largest])
    order = np.random.default_rng(repeat).permutation(len(whole))
    learned, checked = order[:N_LEARNED], order[N_LEARNED : N_LEARNED + N_CHECKED]
    return Rows(whole.take(learned), whole.take(checked), load("minilm-en", task=read_task(whole), seed=repeat))


class Watch(Silent):
    """Notes when each evaluation was through."""

    def __init__(self) -> None:
        self.start, self.at = time.monotonic(), list[float]()

    def note(self, text: str) -> None:
        """Take the time, if an evaluation speaks."""
        if text.startswith("epoch "):
            self.at.append(time.monotonic() - self.start)


def in_random_order(lengths: Any, *, max_tokens: int, max_texts: int, rng: Any) -> list[Any]:
    """Give batches as the Trainer does."""
    order = rng.permutation(len(lengths))
    return [order[at : at + BATCH] for at in range(0, len(order), BATCH)]


def with_dropout(_: Any, network: Any, rows: Any, ids: Any, mask: Any) -> Any:
    """Ask the network with its frozen layers in training."""
    return reuse.ask(network, rows, ids, mask)


def ours(way: str, rows: Rows, *, repeat: int) -> list[tuple[float, float]]:
    """Tune with luodi, its parts up to this one: (seconds, score) after each pass."""
    place = WAYS.index(way)
    tuner: Tuner = Lora(layers=UPPER if place >= WAYS.index("upper") else "all")
    more: dict[str, Any] = {}
    if way == "top":
        tuner, more = TopK(layers=UPPER), {"batch_texts": 16, "learning_rate": 3e-4, "head_learning_rate": 3e-3}
    stage = Finetune(
        tuner=tuner, epochs=EPOCHS, evaluations_per_epoch=1, patience=EPOCHS, logit_shift="none", seed=repeat,
        precision="auto" if place >= WAYS.index("bits") else "fp32",
        cache_mib=4096 if place >= WAYS.index("kept") else 0, **more,
    )  # fmt: skip
    watch = Watch()
    with ExitStack() as parts:
        if place < WAYS.index("buckets"):
            parts.enter_context(patch("luodi.tune.loop.token_batches", in_random_order))
        if place < WAYS.index("still"):
            parts.enter_context(patch.object(reuse._Border, "ask", with_dropout))
        made = stage(rows.model, rows.learned, validation=rows.checked, run=Run(progress=watch, tracker="none"))
    return list(zip(watch.at, [row["metric"] for row in made.findings["curve"]], strict=True))


def trainers(rows: Rows, *, repeat: int) -> list[tuple[float, float]]:
    """Tune with peft under the Trainer: (seconds, score) after each pass."""
    import torch
    import transformers

    start, model, head = time.monotonic(), rows.model.copy(), rows.model.task.heads[0]
    network, whole = _with_lora(model, repeat=repeat)
    tokens, checked = (tokenize(model, data.texts, progress=Silent()) for data in (rows.learned, rows.checked))
    targets, curve = torch.from_numpy(np.asarray(head.targets(rows.learned))), list[tuple[float, float]]()

    def together(places: list[int]) -> dict[str, Any]:
        ids, mask = tokens.batch(np.array(places), pad_id=model.pad_id)
        return {"ids": ids, "mask": mask, "labels": targets[places]}

    class Judge(transformers.TrainerCallback):
        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            logits = logits_of(network, model, checked)
            score = main_score(model.task, judge_logits(model.task, rows.checked, logits, checked))
            curve.append((time.monotonic() - start, score))

    with tempfile.TemporaryDirectory() as place:
        arguments = transformers.TrainingArguments(
            place, num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH, learning_rate=RATE, seed=repeat,
            report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True, use_cpu=True,
        )  # fmt: skip
        transformers.Trainer(
            whole, arguments, data_collator=together, train_dataset=list(range(len(targets))), callbacks=[Judge()]
        ).train()
    return curve


def _with_lora(model: Any, *, repeat: int) -> tuple[Any, Any]:
    """Give a model's network with peft's updates on all layers, and a module that gives the loss of it."""
    import peft
    import torch
    from torch import nn

    torch.manual_seed(repeat)
    sites = [f"encoder.{name}" for name in linear_sites(model.network.encoder, "all")]
    lora = Lora()
    network: Any = peft.get_peft_model(
        model.network, peft.LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=sites)
    ).base_model.model
    network.heads.requires_grad_(True)

    class WithLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, mask: Any, labels: Any) -> dict[str, Any]:
            logits = self.network(ids, mask)["0"]
            return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

    return network, WithLoss()


def compare(figures: dict[str, Any]) -> None:
    """Hold each run against the Trainer's of the same repeat."""
    for name, row in figures.items():
        beside = figures.get(f"trainer@{name.partition('@')[2]}")
        if beside is not None:
            best = max(score for _, score in beside["curve"])
            row["faster"] = {
                "to_equal": _ratio(beside, row, goal=best), "to_within_a_point": _ratio(beside, row, goal=best - 0.01),
                "whole": round(beside["curve"][-1][0] / row["curve"][-1][0], 2),
                "whole_processor": round(beside["processor_s"] / row["processor_s"], 2),
            }  # fmt: skip


def _ratio(one: dict[str, Any], other: dict[str, Any], *, goal: float) -> float | None:
    """Divide the seconds until both reach a score."""
    until = [next((seconds for seconds, score in row["curve"] if score >= goal), None) for row in (one, other)]
    return round(until[0] / until[1], 2) if until[0] and until[1] else None


def main() -> None:
    """Run what is named, or all; each stands in the JSON as soon as it is through."""
    import torch

    enrol()
    kept = RESULTS / "tuning_speed.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    for name in sys.argv[1:] or RUNS:
        if name in figures:
            continue
        way, _, number = name.partition("@")
        rows, repeat = rows_of(int(number)), int(number)
        spent = time.process_time()
        curve = trainers(rows, repeat=repeat) if way == "trainer" else ours(way, rows, repeat=repeat)
        figures[name] = {
            "threads": torch.get_num_threads(),
            "processor_s": round(time.process_time() - spent, 1),
            "curve": [(round(seconds, 1), round(score, 4)) for seconds, score in curve],
        }
        compare(figures)
        write("tuning_speed", figures)


if __name__ == "__main__":
    main()
