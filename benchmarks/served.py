"""What ``bench_serve`` measures: a bundle of MiniLM's size, its service and the peer's, texts of 20 tokens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facts import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from luodi.models.model import Model

#: Tokens of each text, specials included; how many texts there are.
TOKENS, N_TEXTS = 20, 2048
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ground:
    """What is served: the bundle, the same encoder for the peer, texts, and what the JSON says of it."""

    bundle: Path
    peer: Path
    texts: list[str]
    about: dict[str, Any]


def make_ground(work: Path, kept: Path | None) -> Ground:
    """Make what is served, or take it from a former run.

    Args:
        work: where it rests.
        kept: a model that a build left in its work folder (``stage-1-finetune``); without it minilm-en with an
            untrained head for the labels of banking77: as fast, and as wrong as it looks.
    """
    bundle, peer, about = work / "minilm.luodi", work / "peer", work / "about.json"
    if not about.exists():
        work.mkdir(parents=True, exist_ok=True)
        about.write_text(json.dumps(_make(bundle, peer, kept), indent=1))
    return Ground(bundle, peer, make_texts(bundle), json.loads(about.read_text()))


def _make(bundle: Path, peer: Path, kept: Path | None) -> dict[str, Any]:
    from luodi.bundle import Contents, Draft, Feeding
    from luodi.data import read, split
    from luodi.job.made import Made
    from luodi.job.pack import pack
    from luodi.job.recipe import make_recipe
    from luodi.models import load, read_kept
    from luodi.progress import Silent
    from luodi.tasks import read_task

    warnings.simplefilter("ignore")
    parts = split(read(SHARED / "banking77_train.csv"))
    model = read_kept(kept) if kept else load("minilm-en", task=read_task(parts.train), max_tokens=128)
    recipe = make_recipe({"data": {"path": str(SHARED / "banking77_train.csv")}})
    packed = pack(Made([("finetune", model)], []), parts.validation, recipe, progress=Silent())
    with Draft(bundle.parent) as draft:
        for name, content in packed.files().items():
            draft.add(name, content)
        contents = Contents(
            name="minilm", created="2026-01-01T00:00:00Z", luodi="0", task=model.task.to_json(),
            tiers=packed.noted(), feeding=Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id),
        )  # fmt: skip
        draft.seal(contents)
        draft.publish(bundle)
    write_peer(model, peer)
    return {
        "encoder": "minilm-en, 6 layers, hidden 384", "parameters": model.n_parameters,
        "precision": [tier.choice.precision for tier in packed.tiers],
        "head": "tuned on banking77" if kept else "untrained, 77 labels",
    }  # fmt: skip


def write_peer(model: Model, folder: Path) -> None:
    """Write the same encoder, fp32, as a folder that a pipeline of transformers loads; its head is another one."""
    from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

    config = model.network.encoder.config
    config.num_labels = len(model.task.heads[0].labels)
    whole = BertForSequenceClassification(config)
    whole.bert.load_state_dict(model.network.encoder.state_dict(), strict=False)
    whole.float().save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=model.copy_tokenizer(), pad_token="[PAD]", model_max_length=model.max_tokens,
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    tokenizer.save_pretrained(folder)


def make_texts(bundle: Path) -> list[str]:
    """Make texts of exactly ``TOKENS`` tokens out of the questions of banking77, no two alike."""
    from tokenizers import Tokenizer

    from luodi.data import read

    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    words = " ".join(read(SHARED / "banking77_test.csv").texts).split()
    found: dict[str, None] = {}
    start = 0
    while len(found) < N_TEXTS and start < len(words):
        for n in range(6, TOKENS):
            text = " ".join(words[start : start + n])
            if len(tokenizer.encode(text).ids) >= TOKENS:
                break
        if len(tokenizer.encode(text).ids) == TOKENS:
            found[text] = None
        start += n
    return list(found)


def free_port() -> int:
    """Give a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


class Process:
    """A service as a process of its own."""

    def __init__(self, words: Sequence[str], *, port: int, ready: str, **environment: str) -> None:
        self.port, self._words, self._ready = port, list(words), ready
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[1:]), "LANG": "C.UTF-8"}
        self.environment |= environment
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of the process that runs."""
        assert self._running is not None
        return self._running.pid

    def start(self, *, patience_s: float = 120) -> float:
        """Start it; give the seconds until it was ready."""
        began = time.perf_counter()
        self._running = subprocess.Popen(
            [sys.executable, *self._words], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=_HERE,
        )  # fmt: skip
        while time.perf_counter() - began < patience_s:
            if self._running.poll() is not None:
                raise RuntimeError(f"{self._words} ended with {self._running.returncode}")
            try:
                with urllib.request.urlopen(self.url + self._ready, timeout=2) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except OSError:
                time.sleep(0.02)
        raise TimeoutError(self._words)

    def stop(self, *, patience_s: float = 60) -> tuple[int, float]:
        """Ask it to end; give its exit code and the seconds that it took."""
        assert self._running is not None
        began = time.perf_counter()
        self._running.send_signal(signal.SIGTERM)
        try:
            code = self._running.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._running.kill()
            code = self._running.wait()
        return code, time.perf_counter() - began

    def vitals(self) -> dict[str, float]:
        """Give its resident memory, its open files and its threads."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        told = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {
            "rss_mib": round(int(told["VmRSS"].split()[0]) / 1024, 1), "threads": int(told["Threads"]),
            "files": len(list(Path(f"/proc/{self.pid}/fd").iterdir())),
        }  # fmt: skip


@contextmanager
def serving(ground: Ground, work: Path, *words: str) -> Iterator[Process]:
    """Run ``luodi serve`` over the bundle, its store in a new folder of ``work``."""
    port = free_port()
    line = ["-m", "luodi", "serve", str(ground.bundle), "--port", str(port), "--no-console", *words]
    with tempfile.TemporaryDirectory(dir=work) as home:
        process = Process(line, port=port, ready="/readyz", LUODI_HOME=home)
        process.start()
        try:
            yield process
        finally:
            process.stop()


@contextmanager
def peer_serving(ground: Ground) -> Iterator[Process]:
    """Run the peer over the same encoder."""
    port = free_port()
    line = ["-m", "uvicorn", "torch_peer:app", "--port", str(port), "--log-level", "warning"]
    process = Process(line, port=port, ready="/docs", MODEL=str(ground.peer), PYTHONWARNINGS="ignore")
    for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY"):  # torch chooses by itself
        process.environment.pop(name, None)
    process.start()
    try:
        yield process
    finally:
        process.stop(patience_s=10)
