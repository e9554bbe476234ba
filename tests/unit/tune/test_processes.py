"""Several processes train one model: the same weights in each, and one of them writes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import hashlib, sys
from pathlib import Path
from luodi.models import Run, read_kept
from luodi.data import Dataset
from luodi.job.parts import enrol
from luodi.registry import find
from luodi.tune import Finetune
enrol()
model = read_kept(sys.argv[1])
texts = [f"{word} {row}" for row in range(50) for word in ("很好", "很差")]
data = Dataset.of(texts, {"情感": ["正面", "负面"] * 50})
stage = Finetune(tuner=find("tuner", sys.argv[3])(), epochs=1, precision="fp32", batch_texts=8, learning_rate=1e-3)
for name in ("one", "two"):  # two stages in one launch
    model = stage(model, data, validation=data, run=Run(Path(sys.argv[2]) / name, tracker="none"))
digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in model.network.state_dict().values()))
print(digest.hexdigest(), model.findings["curve"][-1]["step"])
"""


def launch(n, *arguments):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(n), "ACCELERATE_USE_CPU": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, *map(str, arguments)], stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, **shared, "OMP_NUM_THREADS": "1", "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(n)
    ]  # fmt: skip
    try:
        said = [process.communicate(timeout=200)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * n
    return said


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["full", "adalora", "probe"])  # nothing, a penalty and a step, a cache besides
def test_processes_end_with_the_same_weights(tiny_model, tmp_path, tuner):
    from luodi.models import keep

    keep(tiny_model, tmp_path / "model")
    one, other = launch(2, tmp_path / "model", tmp_path / "run", tuner)
    assert one == other
    assert one.split()[1] == "7"  # 100 texts by 8 are 13 batches, two at a time
    assert sorted(entry.name for entry in (tmp_path / "run").iterdir()) == ["one", "two"]
