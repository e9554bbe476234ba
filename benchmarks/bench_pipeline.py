"""Sets a bundle beside ``transformers.pipeline`` with the same weights: the same answers, texts/s of both, in turn.

    python benchmarks/bench_pipeline.py [--rows 1500] [--rounds 5]

The model is tuned on take-away reviews (the shared set waimai) for one epoch, once; the pipeline gets its weights in
torch and its tokenizer, batches of 32 in arrival order, both cores; the bundle is what luodi ships from it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from typing import Any

import numpy as np
from facts import SHARED, write

from luodi.bundle import Contents, Draft, Feeding, open_predictor, read_bundle
from luodi.compress import TrimVocab
from luodi.data import read, split
from luodi.job.made import Made
from luodi.job.pack import pack
from luodi.job.recipe import make_recipe
from luodi.models import apply, load
from luodi.progress import Silent
from luodi.runtime import n_cores
from luodi.tasks import read_task
from luodi.tune import Finetune


def make_pipeline(model: Any) -> Any:
    """Wrap a model's own torch weights as a transformers pipeline."""
    import torch
    from transformers import BertPreTrainedModel, PreTrainedTokenizerFast, pipeline
    from transformers.modeling_outputs import SequenceClassifierOutput

    network, head = model.network.eval(), model.task.heads[0]

    class Whole(BertPreTrainedModel):
        """The network as a class that the pipeline takes."""

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any = None, **_: Any) -> Any:
            return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask)["0"])

    config = network.encoder.config
    config.id2label, config.label2id = dict(enumerate(head.labels)), {one: i for i, one in enumerate(head.labels)}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=model.copy_tokenizer(), pad_token="<pad>")
    torch.set_num_threads(n_cores())
    whole = Whole(config)
    return pipeline(
        "text-classification", model=whole, tokenizer=tokenizer, framework="pt", device="cpu"
    ), model.max_tokens


def main() -> None:
    """Build, compare the answers, time both in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    parts = split(read(SHARED / "waimai_10k.csv"))
    texts = list(parts.test.texts[: arguments.rows])
    model = load("e5-multilingual", task=read_task(parts.train), max_tokens=128)
    model = apply(TrimVocab(), model, parts.train, validation=parts.validation)
    model = apply(Finetune(epochs=1), model, parts.train, validation=parts.validation)
    packed = pack(
        Made([("finetune", model)], []), parts.validation, make_recipe({"data": {"path": "waimai"}}), progress=Silent()
    )
    pipe, longest = make_pipeline(model)
    with tempfile.TemporaryDirectory() as place, Draft(place) as draft:
        for name, content in packed.files().items():
            draft.add(name, content)
        contents = Contents(
            name="bench", created="2026-01-01", luodi="0", task=model.task.to_json(),
            feeding=Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id),
            tiers=packed.noted(),
        )  # fmt: skip
        with open_predictor(read_bundle(draft.seal(contents))) as predictor:
            ours, theirs = _rounds(predictor, pipe, texts, longest, arguments.rounds)
            answers = [one.label for one in predictor.predict(texts)]
            beside = [one["label"] for one in pipe(texts, batch_size=32, truncation=True, max_length=longest)]
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    gold = next(iter(parts.test.labels.values()))[: len(texts)]
    speed = {name: len(texts) / statistics.median(taken) for name, taken in (("bundle", ours), ("pipeline", theirs))}
    figures = {
        "rows": len(texts),
        "precision": packed.tiers[0].choice.precision,
        "labels_that_differ": sum(a != b for a, b in zip(answers, beside, strict=True)),
        "accuracy": {"bundle": _accuracy(answers, gold), "pipeline": _accuracy(beside, gold)},
        "texts_per_s": speed,
        "ratio": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios), "rounds": len(ratios)},
    }
    write("pipeline", figures)


def _accuracy(answers: list[str], gold: Any) -> float:
    return float(np.mean([a == g for a, g in zip(answers, gold, strict=True)]))


def _rounds(predictor: Any, pipe: Any, texts: list[str], longest: int, rounds: int) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    predictor.predict(texts[:100])
    pipe(texts[:64], batch_size=32, truncation=True, max_length=longest)
    for _ in range(rounds):
        start = time.perf_counter()
        predictor.predict(texts)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        pipe(texts, batch_size=32, truncation=True, max_length=longest)
        theirs.append(time.perf_counter() - start)
    return ours, theirs


if __name__ == "__main__":
    main()
