"""Times what a user waits for before anything happens: import, help, one answer; whole processes, in turn.

python benchmarks/bench_cold.py BUNDLE [--runs 15]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from facts import write


def main() -> None:
    """Time each command and an empty Python in turn; print the medians and their ranges in seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    luodi = str(Path(sys.executable).with_name("luodi"))
    commands = {
        "empty python": [sys.executable, "-c", "pass"],
        "import luodi": [sys.executable, "-c", "import luodi"],
        "luodi --help": [luodi, "--help"],
        "luodi predict, one text": [luodi, "predict", str(arguments.bundle), "物流很快，包装完好"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(arguments.runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if turn:  # the first turn fills the page cache
                seconds[name].append(time.perf_counter() - start)
    write(
        "cold",
        {
            name: {"median_s": statistics.median(taken), "min_s": min(taken), "max_s": max(taken), "runs": len(taken)}
            for name, taken in seconds.items()
        },
    )


if __name__ == "__main__":
    main()
