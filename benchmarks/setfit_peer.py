"""Trains SetFit with its defaults on rows handed over as JSON: run by ``bench_few.py`` with the peer's own Python.

    PEER_PYTHON benchmarks/setfit_peer.py ENCODER ROWS.json OUT.json ITERATIONS SEED

ENCODER is a folder that sentence-transformers reads; ROWS.json holds ``texts``, ``labels``, ``test`` (texts);
ITERATIONS is SetFit's ``num_iterations``, 0 for none: then it takes its default sampling, every pair.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", WANDB_DISABLED="true")


def main() -> None:
    """Train, answer the test texts, and write the answers with the seconds taken.

    ``answers_normalised`` are those of the same trained encoder with its vectors brought to length 1 before SetFit's
    kind of head: the other way that this encoder is published.
    """
    import torch
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression

    encoder, rows, out, iterations, seed = sys.argv[1:]
    torch.set_float32_matmul_precision("medium")  # products in bf16 where the CPU has AMX, as luodi computes there
    given = json.loads(Path(rows).read_text(encoding="utf-8"))
    start = time.monotonic()
    model = SetFitModel.from_pretrained(encoder)
    arguments = TrainingArguments(
        output_dir=f"{out}.d", seed=int(seed), num_iterations=int(iterations) or None, report_to="none",
        save_strategy="no", logging_strategy="no",
    )  # fmt: skip
    train = Dataset.from_dict({"text": given["texts"], "label": given["labels"]})
    trainer = Trainer(model=model, args=arguments, train_dataset=train)
    trainer.train()
    seconds = time.monotonic() - start
    answers = [str(label) for label in model.predict(given["test"])]
    train_vectors, test_vectors = (
        model.model_body.encode(given[part], normalize_embeddings=True) for part in ("texts", "test")
    )
    normalised = LogisticRegression(max_iter=200).fit(train_vectors, given["labels"]).predict(test_vectors).tolist()
    versions = {name: importlib.metadata.version(name) for name in ("setfit", "sentence-transformers", "torch")}
    facts = {"answers": answers, "answers_normalised": normalised, "seconds": seconds, "versions": versions}
    Path(out).write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
