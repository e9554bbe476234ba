"""Measures intent and slots from one model in one pass, on snips: accuracy, span F1 as seqeval counts it, time.

    python benchmarks/bench_snips.py [BUNDLE]

Builds with `minilm-en` on the set's own train, validation and test files, unless a bundle is named that was built so:

    luodi build ../shared/data/snips --text text --label intent --label slots --set stages.finetune.epochs=6 \
        --set audit=false -o snips.luodi

seqeval counts spans over the words of the texts; spans of ours that do not begin and end with a word of the text would
be cut to words by it, so their number is told.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import write

import luodi
from luodi.bundle import open_predictor, read_bundle
from luodi.bundle.rows import read_labelled
from luodi.data.spans import Span, read_spans
from luodi.tasks import rate

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED = Path(__file__).parents[2] / "shared" / "data" / "snips"
FIELDS: dict[str, Any] = {
    "model": "minilm-en", "audit": False,
    "stages": [{"use": "trim_vocab"}, {"use": "finetune", "epochs": 6}],
}  # fmt: skip


def built(place: Path) -> Path:
    """Build, or take what was built."""
    if place.is_dir():
        return place
    data = {"path": str(SHARED), "text": "text", "labels": {"intent": "classify", "slots": "tag"}}
    return luodi.build(SHARED, output=place, data=data, **FIELDS).bundle


def words_of(text: str) -> list[tuple[int, int]]:
    """Give the words of a text: they stand between blanks."""
    spans, at = [], 0
    for word in text.split(" "):
        if word:
            spans.append((at, at + len(word)))
        at += len(word) + 1
    return spans


def tags(text: str, spans: Sequence[Span]) -> list[str]:
    """Tag each word, as seqeval reads it."""
    found = []
    for start, end in words_of(text):
        over = next((one for one in spans if one.start < end and one.end > start), None)
        found.append("O" if over is None else f"{'B' if over.start >= start else 'I'}-{over.label}")
    return found


def main() -> None:
    """Ask the bundle about the test rows, score its answers twice, and write what was found."""
    from seqeval.metrics import f1_score

    bundle = read_bundle(built(Path(sys.argv[1] if len(sys.argv) > 1 else "snips.luodi")))
    test = read_labelled(bundle, SHARED / "test.jsonl", text=["text"])
    with open_predictor(bundle) as predictor:
        said = predictor.predict(test.texts)
    heads = {head.name: rate(head, test, [one.answers[head.name] for one in said]) for head in bundle.task.heads}
    gold, ours = (
        [read_spans(cell) for cell in column]
        for column in (map(str, test.labels["slots"]), (one.answers["slots"].label for one in said))
    )
    edges = [{edge for pair in words_of(text) for edge in pair} for text in test.texts]
    rows = zip(edges, ours, strict=True)
    inside = sum(one.start not in known or one.end not in known for known, row in rows for one in row)
    by_seqeval = f1_score(*([tags(*row) for row in zip(test.texts, side, strict=True)] for side in (gold, ours)))
    proved = json.loads(bundle.read("report.json"))
    whole = np.mean([
        a == b.answers["intent"].label and c == d
        for a, b, c, d in zip(test.labels["intent"], said, gold, ours, strict=True)
    ])  # fmt: skip
    figures = {
        "n": len(test),
        "intent_accuracy": heads["intent"].metrics["accuracy"].to_json(),
        "slot_f1": heads["slots"].metrics["span_f1"].to_json(),
        "slot_f1_seqeval": round(float(by_seqeval), 6),
        "spans_inside_words": inside,
        "both_right": round(float(whole), 4),
        "baseline": proved["report"]["baseline"],
        "comparisons": proved["comparisons"],
        "latency_p95_ms": proved["report"]["latency_p95_ms"],
        "size_mib": proved["report"]["size_mib"],
        "precision": bundle.manifest.tiers[0].precision,
        "stages": [{key: row.get(key) for key in ("use", "seconds", "epochs")} for row in proved["stages"]],
    }
    print(json.dumps({key: figures[key] for key in list(figures)[:6]}, indent=1))
    write("snips", figures)


if __name__ == "__main__":
    main()
