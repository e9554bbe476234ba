"""Sets the runner beside onnxruntime's own int8 with the same weights: texts/s offline, latency beside a busy process.

    python benchmarks/bench_runner.py [--rows 1500] [--rounds 5]

Needs no training: the heads are the nearest centroids of the training rows' vectors. English: all six layers of
minilm-en on banking77; Chinese: the first six of e5-multilingual on waimai. The peer is what one does by hand:
onnxruntime's dynamic quantizer (its defaults) on the same exported file, a session of default settings, batches of 32
in arrival order padded to the longest. The tokenizer's time counts on both sides; everything runs in turn.

Quality first: labels of each side against those of the fp32 file. Then texts/s of the peer and of the bundle with one
and two workers, as threads and as processes, with budgets of tokens from 128 to 1,024; then p95 of single texts while
another process computes without pause. Pipelining is measured on small windows, where its share is the largest. On
a machine that is busy already the peer's spinning threads lose more than on a quiet one, which flatters the ratio;
beside it stands the peer without spinning.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import SHARED, write

from luodi.bundle import Contents, Draft, Feeding, Tier, export, open_predictor, read_bundle
from luodi.bundle import forward as forward_module
from luodi.bundle.bench import Bench
from luodi.bundle.form import FORMS
from luodi.compress import TrimVocab
from luodi.data import read
from luodi.data.batches import pad, padding_share, token_batches
from luodi.models import apply, load
from luodi.tasks import read_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BUDGETS = (128, 256, 512, 1024)
FORMS_MEASURED = ("int8", "int8-static", "int8-static-emb4")
_LAYERS, _MAX_TOKENS, _CALLS, _BLOCK = 6, 128, 400, 50


def make_model(name: str) -> tuple[Any, Any, Any]:
    """Give a model of six layers with a head of centroids, the rows that it was made from, and those to answer."""
    if name == "banking77":
        train, test = read(SHARED / "banking77_train.csv"), read(SHARED / "banking77_test.csv")
        model = load("minilm-en", task=read_task(train), max_tokens=_MAX_TOKENS)
    else:
        data = read(SHARED / "waimai_10k.csv")
        order = np.random.default_rng(0).permutation(len(data))
        train, test = data.take(order[3080:]), data.take(order[:3080])
        model = load("e5-multilingual", task=read_task(train), max_tokens=_MAX_TOKENS)
        model.network.encoder.encoder.layer = model.network.encoder.encoder.layer[:_LAYERS]
        model.network.encoder.config.num_hidden_layers = _LAYERS
    few = train.take(np.random.default_rng(1).permutation(len(train))[:2500])
    model = apply(TrimVocab(), model, train, validation=test)
    _set_centroids(model, few)
    return model, few, test


def _set_centroids(model: Any, data: Any) -> None:
    """Set a head to tell which label's mean vector is the nearest: 2 mu x - mu^2, scaled to a useful temperature."""
    import torch

    head, tokenizer = model.network.heads["0"], model.copy_tokenizer()
    tokenizer.enable_truncation(model.max_tokens)
    vectors = np.zeros((len(data), head.in_features), np.float32)
    order = np.argsort([len(text) for text in data.texts])
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        ids = [np.array(one.ids, np.int32) for one in tokenizer.encode_batch([data.texts[row] for row in rows])]
        padded, mask = pad(ids, pad_id=model.pad_id)
        with torch.no_grad():
            vectors[rows] = model.network.pool(torch.from_numpy(padded), torch.from_numpy(mask)).numpy()
    only = model.task.heads[0]
    labels = np.array(data.labels[only.name], object)
    means = np.stack([vectors[labels == label].mean(axis=0) for label in only.labels])
    middle = means.mean(axis=0)
    means = means - middle
    scale = 20.0 / float(np.square(means).sum(axis=1).mean())
    bias = -np.square(means).sum(axis=1) / 2 - means @ middle
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(scale * means))
        head.bias.copy_(torch.from_numpy(scale * bias))


class Peer:
    """onnxruntime as one sets it up by hand: default settings, arrival order, batches of 32 padded to the longest."""

    def __init__(self, fp32: bytes, tokenizer: Any, max_tokens: int, pad_id: int, *, place: Path) -> None:
        import onnxruntime
        from onnxruntime.quantization import QuantType, quantize_dynamic

        (place / "fp32.onnx").write_bytes(fp32)
        quantize_dynamic(place / "fp32.onnx", place / "int8.onnx", weight_type=QuantType.QInt8)
        self.session = onnxruntime.InferenceSession(place / "int8.onnx", providers=["CPUExecutionProvider"])
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.calm = onnxruntime.InferenceSession(place / "int8.onnx", options, providers=["CPUExecutionProvider"])
        self.size_mib = (place / "int8.onnx").stat().st_size / 2**20
        self.tokenizer, self.pad_id = tokenizer, pad_id
        tokenizer.enable_truncation(max_tokens)
        tokenizer.enable_padding(pad_id=pad_id)

    def predict(self, texts: Sequence[str], *, batch: int = 32, is_calm: bool = False) -> list[int]:
        """Give the place of each text's label; calm threads do not spin while they wait, as the default ones do."""
        session = self.calm if is_calm else self.session
        places: list[int] = []
        for start in range(0, len(texts), batch):
            split = self.tokenizer.encode_batch(texts[start : start + batch])
            feed = {
                "input_ids": np.array([one.ids for one in split], np.int64),
                "attention_mask": np.array([one.attention_mask for one in split], np.int64),
            }
            places += session.run(None, feed)[0].argmax(axis=1).tolist()
        return places


def write_bundle(model: Any, raw: bytes, form: str, *, place: Path) -> Path:
    """Write a bundle around a file."""
    target = place / f"{form}.luodi"
    with Draft(place) as draft:
        draft.add("model.onnx", raw)
        draft.add("tokenizer.json", model.tokenizer.to_str())
        draft.add("calibration.json", json.dumps({head.name: {"temperature": 1.0} for head in model.task.heads}))
        feeding = Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id)
        draft.seal(
            Contents(
                name="bench", created="2026-01-01", luodi="0", task=model.task.to_json(), feeding=feeding,
                tiers=[Tier(precision=form)],
            )
        )  # fmt: skip
        return draft.publish(target)


def _serve(path: Path, pipe: Any) -> None:
    """Answer lists of texts in a process of its own, with one worker, until there is none."""
    with open_predictor(read_bundle(path), workers=1) as predictor:
        pipe.send(None)
        while texts := pipe.recv():
            pipe.send([(one.label, one.probability) for one in predictor.predict(texts)])


@contextmanager
def processes(path: Path, n: int) -> Iterator[Callable[[Sequence[str]], int]]:
    """Give a function that answers with n processes, each every n-th text; what goes to and fro counts."""
    context = multiprocessing.get_context("spawn")
    pipes, running = [], []
    for _ in range(n):
        ours, theirs = context.Pipe()
        running.append(context.Process(target=_serve, args=(path, theirs)))
        running[-1].start()
        ours.recv()
        pipes.append(ours)

    def answer(texts: Sequence[str]) -> int:
        for place, pipe in enumerate(pipes):
            pipe.send(list(texts[place::n]))
        return sum(len(pipe.recv()) for pipe in pipes)

    yield answer
    for pipe, process in zip(pipes, running, strict=True):
        pipe.send([])
        process.join()


def _spin(stop: Any) -> None:
    size = 256
    table = np.random.default_rng(0).standard_normal((size, size))
    while not stop.is_set():
        table = np.tanh(table @ table / size)


@contextmanager
def busy_neighbour() -> Iterator[None]:
    """Keep one core busy by another process."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=_spin, args=(stop,))
    process.start()
    time.sleep(2)
    yield
    stop.set()
    process.join()


def in_turn(ways: dict[str, Callable[[], Any]], *, rounds: int, n: int) -> dict[str, dict[str, float]]:
    """Time ways of answering n texts in turn: texts/s, and the ratio to the first, median with least and most."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:
                taken[name].append(time.perf_counter() - start)
    first = np.array(next(iter(taken.values())))
    found = {}
    for name, seconds in taken.items():
        ratios = first / np.array(seconds)
        found[name] = {
            "texts_per_s": round(n / statistics.median(seconds), 1), "ratio": round(float(np.median(ratios)), 2),
            "low": round(float(ratios.min()), 2), "high": round(float(ratios.max()), 2),
        }  # fmt: skip
    return found


def _with_budget(budget: int, predictor: Any, texts: Sequence[str]) -> None:
    before = forward_module.BATCH_TOKENS
    forward_module.BATCH_TOKENS = budget
    try:
        predictor.predict(texts)
    finally:
        forward_module.BATCH_TOKENS = before


def latencies(ways: dict[str, Callable[[str], Any]], texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Time single texts, blocks of the ways in turn: p50 and p95 in ms."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for first in range(0, _CALLS, _BLOCK):
        for name, way in ways.items():
            for call in range(first - 5, first + _BLOCK):
                start = time.perf_counter()
                way(texts[call % len(texts)])
                if call >= first:
                    taken[name].append(1000 * (time.perf_counter() - start))
    return {name: {"p50_ms": round(float(np.quantile(ms, 0.5)), 2), "p95_ms": round(float(np.quantile(ms, 0.95)), 2)}
            for name, ms in taken.items()}  # fmt: skip


def measure(name: str, *, n_rows: int, rounds: int) -> dict[str, Any]:
    """Measure one set."""
    model, few, test = make_model(name)
    fp32 = export(model)
    bench = Bench(fp32, model=model, validation=test)
    labels = model.task.heads[0].labels
    gold = np.array(test.labels[model.task.heads[0].name], object)
    exact = [labels[place] for place in bench.fp32.logits[model.task.heads[0].name].argmax(axis=1)]
    texts = list(test.texts[:n_rows])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        peer = Peer(fp32, model.copy_tokenizer(), model.max_tokens, model.pad_id, place=place)
        said = {"fp32": exact, "peer": [labels[one] for one in peer.predict(list(test.texts))]}
        paths = {}
        for form in FORMS_MEASURED:  # ranges are found on rows that are not answered
            raw = Bench(fp32, model=model, validation=few).tried(FORMS[form]).onnx
            paths[form] = write_bundle(model, raw, form, place=place)
        opened = {form: open_predictor(read_bundle(path)) for form, path in paths.items()}
        for form, predictor in opened.items():
            said[form] = [one.label for one in predictor.predict(list(test.texts))]
        quality = {
            way: {"accuracy": round(float(np.mean(np.array(column, object) == gold)), 4),
                  "labels_unlike_fp32": sum(one != other for one, other in zip(column, exact, strict=True))}
            for way, column in said.items()
        }  # fmt: skip
        lengths = np.array([len(one) for one in bench.encoded.ids])
        padding = {str(budget): round(padding_share(lengths, token_batches(lengths, max_tokens=budget)), 4)
                   for budget in BUDGETS}  # fmt: skip
        with processes(paths["int8"], 1) as one_process, processes(paths["int8"], 2) as two_processes:
            ours = opened["int8"]
            ways: dict[str, Callable[[], Any]] = {"peer": lambda: peer.predict(texts)}
            ways["peer, no spinning"] = lambda: peer.predict(texts, is_calm=True)
            ways["1 worker, int8"] = lambda: ours.alone().predict(texts)
            ways["2 workers as threads, int8"] = lambda: ours.predict(texts)
            ways["1 process, int8"] = lambda: one_process(texts)
            ways["2 workers as processes, int8"] = lambda: two_processes(texts)
            ways["windows of 128 one after the other"] = lambda: [
                ours.predict(texts[start : start + 128]) for start in range(0, len(texts), 128)
            ]
            ways["windows of 128 pipelined"] = lambda: list(ours.stream(texts, window=128))
            for form in FORMS_MEASURED[1:]:
                ways[f"2 workers as threads, {form}"] = lambda form=form: opened[form].predict(texts)
            for budget in BUDGETS:
                ways[f"2 threads, int8, {budget} tokens a batch"] = lambda b=budget: _with_budget(b, ours, texts)
            offline = in_turn(ways, rounds=rounds, n=len(texts))
        single: dict[str, Callable[[str], Any]] = {
            "peer": lambda text: peer.predict([text]),
            "peer, no spinning": lambda text: peer.predict([text], is_calm=True),
        }
        for form in FORMS_MEASURED[:2]:
            alone = opened[form].alone()
            single[form] = lambda text, alone=alone: alone.predict([text])
        quiet = latencies(single, texts)
        with busy_neighbour():
            busy = latencies(single, texts)
        sizes = {form: round(len((path / "model.onnx").read_bytes()) / 2**20, 1) for form, path in paths.items()}
    return {
        "rows": len(texts), "tokens_mean": round(float(lengths.mean()), 1), "layers": _LAYERS,
        "quality": quality, "padding_share": padding, "offline": offline, "single_quiet": quiet, "single_busy": busy,
        "size_mib": {"fp32": round(len(fp32) / 2**20, 1), "peer": round(peer.size_mib, 1), **sizes},
    }  # fmt: skip


def main() -> None:
    """Measure both sets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    write("runner", {name: measure(name, n_rows=arguments.rows, rounds=arguments.rounds)
                     for name in ("banking77", "waimai")})  # fmt: skip


if __name__ == "__main__":
    main()
