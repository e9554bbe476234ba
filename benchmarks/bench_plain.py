"""Trains the same encoder with a plain loop on the very rows of luodi's split, beside what `luodi build` makes of them.

    python benchmarks/bench_plain.py SET@SEED [SET@SEED ...]

The plain loop is the one of any tutorial: AdamW at a rate of 5e-5 with linear warm-up and decay, batches of 32 in
random order padded to the longest, three epochs, bf16 where this CPU has AMX, the last weights, nothing chosen on
validation. Sets: waimai, finance. The encoder is e5-multilingual with its whole vocabulary, the head one layer on the
masked mean. The rows of a split are the same for both; test accuracy in share, with its 95 % interval.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_quality import run
from facts import RESULTS, SHARED, write

from luodi.data import read, split
from luodi.models.load import load
from luodi.progress import Silent
from luodi.tasks import Task
from luodi.tasks.classify import Classify
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from luodi.data import Split

#: The file of each set, and its columns where they are not found by name.
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "waimai": ("waimai_10k.csv", {}),
    "finance": ("finance_news_seed.xlsx", {"text": "标题", "labels": "正/负面"}),
}
RATE, EPOCHS, BATCH, WARMUP = 5e-5, 3, 32, 0.1


def plain(divided: Split, *, seed: int) -> dict[str, Any]:
    """Train, and give the accuracy on the test rows."""
    import torch

    torch.manual_seed(seed)
    name = next(iter(divided.train.labels))
    head = Classify.fit(name, divided.train)
    model = load("e5-multilingual", task=Task((head,)), seed=seed)
    tokens = tokenize(model, divided.train.texts, progress=Silent())
    targets = torch.from_numpy(head.targets(divided.train))
    optimizer = torch.optim.AdamW(model.network.parameters(), lr=RATE, weight_decay=0.01)
    n_steps = EPOCHS * -(-len(targets) // BATCH)
    warmup = int(WARMUP * n_steps)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(step / max(warmup, 1), (n_steps - step) / max(n_steps - warmup, 1))
    )
    rng, start = np.random.default_rng(seed), time.monotonic()
    for _ in range(EPOCHS):
        model.network.train()
        order = rng.permutation(len(targets))
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            with torch.autocast("cpu", torch.bfloat16):
                logits = model.network(*tokens.batch(rows, pad_id=model.pad_id))["0"]
            loss = torch.nn.functional.cross_entropy(logits.float(), targets[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.network.parameters(), 1.0)
            optimizer.step()
            rate.step()
            optimizer.zero_grad()
    logits = logits_of(model.network, model, tokenize(model, divided.test.texts, progress=Silent()))
    right = logits[0].argmax(axis=1) == head.targets(divided.test)
    low, high = np.quantile([rng.choice(right, len(right)).mean() for _ in range(2000)], [0.025, 0.975])
    accuracy = {"value": float(right.mean()), "low": float(low), "high": float(high)}
    return {"accuracy": accuracy, "n": len(right), "right": int(right.sum()), "seconds": time.monotonic() - start}


def main() -> None:
    """Train both on each split that is named; figures of others stay as they were."""
    kept = RESULTS / "plain.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    for wanted in sys.argv[1:]:
        name, _, seed = wanted.partition("@")
        file, columns = TABLES[name]
        divided = split(read(SHARED / file, **columns), seed=int(seed or 7))
        print(f"== {wanted}: plain loop", file=sys.stderr)
        peer = plain(divided, seed=int(seed or 7))
        print(f"== {wanted}: luodi build, after {peer}", file=sys.stderr)
        ours = run(f"{name}@{seed or 7}")
        shown = {key: ours[key] for key in ("accuracy", "baseline", "rows", "seconds")}
        figures[wanted] = {"plain": peer, "luodi": shown}
        write("plain", figures)


if __name__ == "__main__":
    main()
