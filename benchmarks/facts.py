"""What every benchmark notes beside its figures: the machine, the versions, the commit; and where it writes them."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from luodi import runtime

RESULTS = Path(__file__).parent / "results"
#: Real labelled sets beside the checkout.
SHARED = Path(__file__).parents[2] / "shared" / "data"


def machine() -> dict[str, Any]:
    """Describe the machine and what is installed."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return {
        "cpu": runtime.cpu_name(),
        "instructions": sorted(
            runtime.cpu_flags() & {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "amx_bf16"}
        ),
        "cores": runtime.n_cores(),
        "load_before": os.getloadavg()[0],
        "versions": runtime.versions("luodi", "torch", "transformers", "onnxruntime", "tokenizers", "numpy"),
        "commit": commit.strip(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
    }


def write(name: str, figures: Any) -> None:
    """Print figures as JSON and keep them under ``results/NAME.json`` with the machine's facts."""
    whole = {"machine": machine(), "figures": figures}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)
