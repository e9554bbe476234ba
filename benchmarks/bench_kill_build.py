"""Kills a whole ``luodi build`` in every phase; the same command must end as one that nobody killed, with no litter.

python benchmarks/bench_kill_build.py [--kills 40] [--seed 0]

Every build is a process of its own, started as a user starts it. A kill waits for a phase to begin, then for a random
share of its length. Half of the builds replace an older bundle. All the while somebody looks at the bundle's name.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facts import write
from tiny import make_data, make_encoder

if TYPE_CHECKING:
    from collections.abc import Iterator

N_TEXTS, SEED, OLD_SEED = 900, 7, 8
NAME = "reviews"
#: The command line, but for one thing: its progress is told at every step, so that phases are seen to the moment.
_LUODI = "from luodi.cli import main, screen; screen._EVERY_S = 0.0; main()"
#: A phase, and the line of progress with which it begins; the last ones begin when the report lies in the draft, when
#: the draft has become the bundle, and when what was only there to go on from is removed.
PHASES = {
    "start, reading": "",
    "splitting, loading": "· reviews.csv: texts",
    "tuning": "· tuning",
    "exporting": "· exporting",
    "comparing number formats": "  comparing number formats",
    "proof": "· int8 is taken",
    "publishing": None,
    "tidying": None,
    "leaving": None,
}
#: Files that decide what a bundle answers.
ANSWERING = ("model.onnx", "tokenizer.json", "calibration.json")


@dataclass
class Look:
    """What was seen under the bundle's name while builds ran.

    Args:
        place: the name.
        n: looks taken at a bundle that stood there and still did when the look was over.
        halves: what was missing or wrong.
    """

    place: Path
    n: int = 0
    halves: list[str] = field(default_factory=list)

    def take(self) -> None:
        """Look once; a folder that was moved away meanwhile does not count."""
        try:
            handle = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return
        try:
            fault = _fault(handle)
            if os.fstat(handle).st_ino == self.place.stat().st_ino:
                self.n += 1
                self.halves += [fault] if fault else []
        except FileNotFoundError:
            pass
        finally:
            os.close(handle)

    @contextmanager
    def often(self) -> Iterator[None]:
        """Look again and again within a block."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.005):
                self.take()

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def _fault(handle: int) -> str:
    """Say what an opened folder lacks to be a whole bundle; nothing where it is one."""
    there = set(os.listdir(handle))
    if "manifest.json" not in there:
        return f"no manifest among {sorted(there)}"

    def content(name: str) -> bytes:
        with open(name, "rb", opener=lambda path, flags: os.open(path, flags, dir_fd=handle)) as stream:
            return stream.read()

    listed = json.loads(content("manifest.json"))["files"]
    if set(listed) | {"manifest.json"} != there or "report.html" not in there:
        return f"files {sorted(there)}, listed {sorted(listed)}"
    wrong = [name for name, note in listed.items() if hashlib.sha256(content(name)).hexdigest() != note["sha256"]]
    return f"altered: {wrong}" if wrong else ""


class Builds:
    """Starts builds, each in a folder of its own; what they learn from lies once beside them."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        data = make_data(N_TEXTS)
        make_encoder(scratch / "encoder", data.texts)
        with (scratch / f"{NAME}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["text", "label"])
            writer.writerows(zip(data.texts, data.labels["label"], strict=True))

    def start(self, folder: Path, *, seed: int = SEED) -> subprocess.Popen[str]:
        """Start the build of ``folder/reviews.luodi``: always the same command."""
        words = [
            "build", self.scratch / f"{NAME}.csv", "--model", self.scratch / "encoder", "-o", f"{NAME}.luodi",
            "--tracker", "none", "--set", "precision=int8", "--set", "stages.finetune.epochs=6",
            "--set", "stages.finetune.learning_rate=1e-3", "--seed", seed, "--lang", "en",
        ]  # fmt: skip
        log = (folder.parent / f"{folder.name}.log").open("w", encoding="utf-8")
        with log:
            return subprocess.Popen(
                [sys.executable, "-c", _LUODI, *map(str, words)], cwd=folder, stdout=log, stderr=log, text=True
            )

    def verify(self, folder: Path) -> int:
        """Give the exit code of ``luodi verify``."""
        command = [sys.executable, "-m", "luodi", "verify", f"{NAME}.luodi"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode

    def whole(self, name: str, *, seed: int) -> tuple[Path, dict[str, float]]:
        """Run a build that nobody kills; give its folder and the length of each phase in seconds."""
        folder = self.scratch / name
        folder.mkdir()
        begun: dict[str, float] = {}
        process, course = self.start(folder, seed=seed), Course(folder)
        while process.poll() is None:
            begun.setdefault(course.phase(), time.monotonic())
            time.sleep(0.0005)
        if process.returncode != 0 or list(begun) != list(PHASES):
            sys.exit(f"a build that nobody killed ended with {process.returncode}, its phases {list(begun)}")
        ends = [*list(begun.values())[1:], time.monotonic()]
        return folder, {phase: end - start for (phase, start), end in zip(begun.items(), ends, strict=True)}


class Course:
    """Follows a build through its phases.

    Args:
        folder: that it works in; its log lies beside.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder.parent / f"{folder.name}.log"
        self._phase = next(iter(PHASES))

    def phase(self) -> str:
        """Tell how far the build has come."""
        if self._phase in ("publishing", "tidying", "leaving"):
            if not self._is_in_draft():
                self._phase = "tidying" if (self._folder / f"{NAME}.work").exists() else "leaving"
        elif self._is_in_draft():
            self._phase = "publishing"
        else:
            said = self._log.read_text(encoding="utf-8", errors="replace")
            self._phase = [phase for phase, mark in PHASES.items() if mark is not None and mark in said][-1]
        return self._phase

    def _is_in_draft(self) -> bool:
        return bool(list(self._folder.glob(".luodi-draft-*/report.html")))


def kill_in(process: subprocess.Popen[str], folder: Path, *, phase: str, delay_s: float) -> str | None:
    """Kill a build some time after a phase began; give the phase that it had come to, None if it was done before."""
    order, course = list(PHASES), Course(folder)
    while process.poll() is None:
        if order.index(course.phase()) >= order.index(phase):
            until = time.monotonic() + delay_s
            while time.monotonic() < until and process.poll() is None:
                course.phase()
                time.sleep(0.0005)
            process.kill()
            process.wait()
            return course.phase() if process.returncode < 0 else None
        time.sleep(0.0005)
    return None


def answers_of(bundle: Path) -> dict[str, str]:
    """Hash what decides the answers."""
    return {name: hashlib.sha256((bundle / name).read_bytes()).hexdigest() for name in ANSWERING}


@dataclass(frozen=True)
class References:
    """Bundles of builds that nobody killed, and how long their phases took."""

    new: Path
    old: Path
    seconds: dict[str, float]


def cycle(builds: Builds, references: References, *, phase: str, replaces: bool, rng: random.Random) -> dict[str, Any]:
    """Start, kill, look, run to the end, look; tries again where a build was done before its kill."""
    folder = builds.scratch / "cycle"
    look = Look(folder / f"{NAME}.luodi")
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if replaces:
            shutil.copytree(references.old, look.place)
        with look.often():
            process = builds.start(folder)
            fell = kill_in(process, folder, phase=phase, delay_s=rng.uniform(0, 1) * references.seconds[phase])
        if fell is not None:
            break
    else:
        sys.exit(f"no kill fell into {phase!r}")
    look.take()
    stands = answers_of(look.place) if look.place.exists() else None
    left = sorted(entry.name for entry in folder.iterdir() if entry != look.place)
    with look.often():
        code = builds.start(folder).wait()
    look.take()
    old, new = answers_of(references.old), answers_of(references.new)
    return {
        "aimed_at": phase, "phase": fell, "replaces": replaces, "left_behind": left,
        "stood_there": "nothing" if stands is None else {True: "new", False: "old"}.get(stands == new)
        if stands in (old, new) else "something else",
        "exit_code": code, "verify": builds.verify(folder), "same_answers": answers_of(look.place) == new,
        "litter": sorted(entry.name for entry in folder.iterdir() if entry != look.place),
        "looks": look.n, "halves": look.halves,
    }  # fmt: skip


def is_sound(row: dict[str, Any]) -> bool:
    """Tell whether a cycle kept every promise."""
    kept = row["exit_code"] == 0 and row["verify"] == 0 and row["same_answers"]
    stood = row["stood_there"] in (("old", "new") if row["replaces"] else ("nothing", "new"))
    return bool(kept and stood and not row["litter"] and not row["halves"])


def summary(cycles: list[dict[str, Any]], seconds: dict[str, float]) -> dict[str, Any]:
    """Count what matters."""
    return {
        "claim": "a build killed at any moment leaves no half bundle; the same command ends with the same answers",
        "conditions": {"threads": 1, "texts": N_TEXTS, "seconds": {name: round(s, 3) for name, s in seconds.items()}},
        "kills": len(cycles),
        "in_phase": dict(Counter(row["phase"] for row in cycles)),
        "over_an_older_bundle": sum(row["replaces"] for row in cycles),
        "ended_well": sum(row["exit_code"] == 0 for row in cycles),
        "verified": sum(row["verify"] == 0 for row in cycles),
        "same_answers": sum(row["same_answers"] for row in cycles),
        "left_litter": sum(bool(row["litter"]) for row in cycles),
        "looks_at_a_bundle": sum(row["looks"] for row in cycles),
        "half_bundles_seen": sum(len(row["halves"]) for row in cycles),
        "sound": sum(map(is_sound, cycles)),
        "cycles": cycles,
    }


def main() -> int:
    """Kill, build again, compare, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=40)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        builds = Builds(Path(scratch))
        old, _ = builds.whole("old", seed=OLD_SEED)
        new, seconds = builds.whole("new", seed=SEED)
        references = References(new / f"{NAME}.luodi", old / f"{NAME}.luodi", seconds)
        if answers_of(references.new)["model.onnx"] == answers_of(references.old)["model.onnx"]:
            sys.exit("another seed made the same model: nothing would be told apart")
        cycles = []
        for number in range(given.kills):
            turn, place = divmod(number, len(PHASES) - 1)  # none aimed at the last: there is nothing left to do
            cycles.append(cycle(builds, references, phase=list(PHASES)[place], replaces=bool(turn % 2), rng=rng))
            row = cycles[-1]
            print(number + 1, row["phase"], row["stood_there"], "sound" if is_sound(row) else row, file=sys.stderr)
    write("kill_build", summary(cycles, seconds))
    return 0 if all(map(is_sound, cycles)) else 1


if __name__ == "__main__":
    sys.exit(main())
