"""Kills a small training at random moments and inside saves; what resumes must end as the one that ran through."""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tiny import make_data, make_encoder

RESULTS = Path(__file__).parent / "results" / "kill.json"
N_TEXTS = 1500
#: What a child that is done leaves in its folder.
_RESULT = "result.json"


class Listener:
    """Keeps the notes of a training."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep a sentence."""
        self.notes.append(text)

    @contextmanager
    def work(self, title: str, *, total: int | None, unit: str):  # noqa: ANN201 -- the progress protocol's own shape
        """Give a bar that nobody sees."""

        class Bar:
            def advance(self, n: int = 1, **figures: float | str) -> None:
                pass

        yield Bar()


def train(encoder: str, folder: str) -> None:
    """Train, resting in ``folder``, and leave a hash of weights and curve there; runs in a process of its own."""
    import torch

    from luodi.models import Run, load
    from luodi.tasks import read_task
    from luodi.tune import Finetune

    torch.set_num_threads(1)
    data = make_data(N_TEXTS)
    cut = N_TEXTS * 4 // 5
    learned, checked = data.take(range(cut)), data.take(range(cut, N_TEXTS))
    listener = Listener()
    stage = Finetune(epochs=4, evaluations_per_epoch=3, patience=99, precision="fp32", learning_rate=1e-3)
    model = load(encoder, task=read_task(data))
    tuned = stage(model, learned, validation=checked, run=Run(Path(folder), listener, tracker="none"))
    digest = hashlib.sha256(json.dumps(tuned.findings["curve"]).encode())
    for name, value in sorted(tuned.network.state_dict().items()):
        digest.update(name.encode() + value.numpy().tobytes())
    draft = Path(folder) / f".{_RESULT}"
    draft.write_text(json.dumps({"sha256": digest.hexdigest(), "notes": listener.notes}), encoding="utf-8")
    draft.rename(Path(folder) / _RESULT)


class Trainings:
    """Starts trainings as processes that are forked from a server with the imports done: a start takes no seconds."""

    def __init__(self, encoder: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["torch", "transformers", "accelerate", "luodi.models", "luodi.tune.loop"])
        self._encoder = encoder

    def start(self, folder: Path) -> Any:
        """Start the training that rests in a folder: always the same call."""
        process = self._context.Process(target=train, args=(str(self._encoder), str(folder)))
        process.start()
        return process

    def finish(self, folder: Path) -> dict[str, Any]:
        """Run a training to its end and give what it left."""
        process = self.start(folder)
        process.join()
        if process.exitcode != 0:
            sys.exit(f"the training ended with {process.exitcode}")
        result: dict[str, Any] = json.loads((folder / _RESULT).read_text(encoding="utf-8"))
        return result


def kill_at(process: Any, seconds: float) -> bool:
    """Kill a process after some seconds; False if it was done before."""
    process.join(seconds)
    if process.exitcode is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return True


def kill_in_save(process: Any, folder: Path, *, nth: int, delay_s: float) -> bool:
    """Kill a process a little after it began its n-th save; True only if it left a draft, so was in the save."""
    seen: set[str] = set()
    while process.is_alive():
        seen |= set(drafts(folder))
        if len(seen) >= nth:
            time.sleep(delay_s)
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            return bool(drafts(folder))
        time.sleep(0.0005)
    return False


def drafts(folder: Path) -> list[str]:
    """List the checkpoints that are being written."""
    try:
        return [name for name in os.listdir(folder / "checkpoints") if name.startswith(".")]
    except FileNotFoundError:
        return []


def cycle(trainings: Trainings, folder: Path, *, rng: random.Random, whole_s: float, in_save: bool) -> dict[str, Any]:
    """Start, kill, start again; tries until the kill fell where it was meant to fall."""
    for _ in range(200):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        started = time.monotonic()
        process = trainings.start(folder)
        if in_save:
            fell = kill_in_save(process, folder, nth=rng.randint(1, 4), delay_s=rng.uniform(0, 0.02))
        else:
            fell = kill_at(process, rng.uniform(0, whole_s))
        killed_at_s = time.monotonic() - started
        if fell:
            break
    else:
        sys.exit("no kill fell where it was meant to: the training or its saves are too short")
    n_whole = len([entry for entry in (folder / "checkpoints").glob("checkpoint-*")])
    result = trainings.finish(folder)
    resumed = next((note for note in result["notes"] if note.startswith("going on")), None)
    return {
        "in_save": in_save, "killed_at_s": round(killed_at_s, 3), "checkpoints": n_whole,
        "resumed": resumed, "sha256": result["sha256"],
    }  # fmt: skip


def summary(cycles: list[dict[str, Any]], reference: str, whole_s: float) -> dict[str, Any]:
    """Count what matters, with the conditions beside it."""
    from luodi import runtime

    return {
        "claim": "a training killed at any moment resumes and ends with bit-equal weights",
        "conditions": {
            "cpu": runtime.cpu_name(), "threads": 1, "training_s": round(whole_s, 2),
            "versions": runtime.versions("torch", "transformers", "accelerate", "safetensors"),
        },
        "kills": len(cycles),
        "inside_a_save": sum(row["in_save"] for row in cycles),
        "resumed_from_a_checkpoint": sum(row["resumed"] is not None for row in cycles),
        "had_a_checkpoint_but_began_anew": sum(row["checkpoints"] > 0 and row["resumed"] is None for row in cycles),
        "bit_equal": sum(row["sha256"] == reference for row in cycles),
        "cycles": [{key: value for key, value in row.items() if key != "sha256"} for row in cycles],
    }  # fmt: skip


def main() -> int:
    """Kill, resume, compare, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--in-save", type=int, default=20, help="how many of them fall inside a save")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("-o", "--output", type=Path, default=RESULTS)
    given = options.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ["LC_ALL"] = "C"  # the notes are read in English
    os.environ["OMP_NUM_THREADS"] = "1"
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        make_encoder(place / "encoder", make_data(N_TEXTS).texts)
        trainings = Trainings(place / "encoder")
        references = []
        for name in ("first", "second"):  # the first also warms the server up
            started = time.monotonic()
            references.append(trainings.finish(place / name)["sha256"])
            whole_s = time.monotonic() - started
        if len(set(references)) != 1:
            sys.exit("two trainings that nobody killed differ")
        cycles = []
        for number in range(given.kills):
            in_save = number < given.in_save
            cycles.append(cycle(trainings, place / "run", rng=rng, whole_s=whole_s, in_save=in_save))
            print(f"{number + 1}/{given.kills}", cycles[-1]["resumed"], file=sys.stderr, flush=True)
    found = summary(cycles, references[0], whole_s)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in found.items() if key != "cycles"}, indent=1, ensure_ascii=False))
    return 0 if found["bit_equal"] == given.kills else 1


if __name__ == "__main__":
    sys.exit(main())
