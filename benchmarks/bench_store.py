"""Stores answers: how many a second are acknowledged, and whether any is lost in power cuts and kills.

    python benchmarks/bench_store.py            all of it, as root: power cuts mount an ext4 image through a loop device
    python benchmarks/bench_store.py rate       only what is named: rate, cuts, kills, faults

A power cut: a process writes answers to a store on an ext4 file system in an image, and writes down which were
acknowledged. At a random moment it is stopped (SIGSTOP) and the image is copied as it is: what the kernel holds and has
not sent to the device is not in the copy, as it would not be on a disk without current. The copy is mounted (ext4
replays its journal), the store is opened as luodi opens it, read whole (integrity_check), and every answer and
correction that was acknowledged up to the stop is looked for. The same with ``synchronous=NORMAL`` has to lose some, or
the test would see nothing. What this does not simulate: a disk that loses or reorders what it had confirmed.

Faults: while a process writes, ``strace`` lets now and then a call fail that writes or syncs; nothing that was
acknowledged may be missing, and the store has to go on.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import facts

from luodi.store import Answered, Correction, KeyRing, Store, open_store
from luodi.store.opening import open_database
from luodi.store.schema import bring_up
from luodi.store.sqlite import driver

if TYPE_CHECKING:
    from collections.abc import Iterator

N_CUTS, N_KILLS = 200, 500
#: Copies of one image before a new one is begun: it does not grow without end.
_CUTS_OF_AN_IMAGE = 20
_IMAGE_BYTES = 96 * 2**20
_RATE_S = 8.0
_TEXT = "物流很快，包装完好，客服也很耐心。" * 3


def answered(name: str) -> Answered:
    """Give an answer as a service keeps it: a text of 51 signs, one head."""
    return Answered(
        id=name, at=time.time(), model="reviews", bundle="0123456789abcdef", tier="model", text=_TEXT,
        answers={"情感": {"label": "正面", "probability": 0.987654}}, probability=0.987654, abstained=False,
        seconds=0.0123, n_tokens=40, request=name,
    )  # fmt: skip


def opened(place: str, mode: str) -> Store:
    """Open a store with ``synchronous`` FULL or, as luodi never does, NORMAL."""
    database = open_database(place, synchronous=mode)
    bring_up(database)
    return Store(database)


def rate(place: str, *, mode: str, clients: int, rows: int) -> dict[str, Any]:
    """Keep answers for some seconds, so many futures under way at once; count what was acknowledged."""
    store = opened(place, mode)
    free, took = threading.Semaphore(clients), []
    n, start = 0, time.perf_counter()
    while time.perf_counter() - start < _RATE_S:
        free.acquire()
        asked = time.perf_counter()
        n += 1
        kept = store.keep([answered(f"{mode}-{clients}-{n}-{k}") for k in range(rows)])
        kept.add_done_callback(lambda _, asked=asked: (took.append(time.perf_counter() - asked), free.release()))
    for _ in range(clients):
        free.acquire()
    seconds = time.perf_counter() - start
    store.close()
    took.sort()
    return {
        "synchronous": mode, "under_way": clients, "rows_each": rows, "rows_per_s": round(n * rows / seconds),
        "acknowledged_after_ms": {"p50": _ms(took, 0.5), "p99": _ms(took, 0.99), "max": _ms(took, 1)},
    }  # fmt: skip


def _ms(took: list[float], share: float) -> float:
    return round(1000 * took[min(len(took) - 1, int(share * len(took)))], 2)


def rates() -> list[dict[str, Any]]:
    """Compare FULL and NORMAL in turn, on the disk of the temporary folder, with few and many callers."""
    found = []
    for clients, rows in ((1, 1), (16, 1), (64, 1), (256, 1), (16, 32)):
        for mode in ("full", "normal"):
            with tempfile.TemporaryDirectory() as folder:
                found.append(rate(f"{folder}/store.db", mode=mode, clients=clients, rows=rows))
                print(found[-1], file=sys.stderr)
    return found


def write(place: str, mode: str, start: int) -> None:
    """Keep answers and corrections for ever, and print each that was acknowledged; runs in a process of its own."""
    store, free, lock = opened(place, mode), threading.Semaphore(64), threading.Lock()
    draw = random.Random(start)

    def say(name: str, failed: BaseException | None) -> None:
        with lock:
            os.write(1, f"{'!' if failed else ''}{name}\n".encode())
        free.release()

    for n in range(start, 10**9):
        free.acquire()
        store.keep([answered(f"a{n}")]).add_done_callback(lambda done, n=n: say(f"a{n}", done.exception()))
        if n % 40 == 0:
            free.acquire()
            said = store.correct(Correction(f"a{n}", time.time(), "情感", f"c{n}", "me"))
            said.add_done_callback(lambda done, n=n: say(f"c{n}", done.exception()))
        if draw.random() < 0.2:
            time.sleep(draw.random() * 0.01)


class Writer:
    """A process that writes, and all that it was told is safe."""

    def __init__(self, place: Path, mode: str, start: int, *, under: tuple[str, ...] = ()) -> None:
        words = [*under, sys.executable, __file__, "--write", str(place), mode, str(start)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._rest = b""
        self.acknowledged: list[str] = []

    def read(self) -> None:
        """Take in what it has said so far."""
        while True:
            try:
                part = os.read(self._out, 1 << 16)
            except BlockingIOError:
                return
            if not part:
                return
            *lines, self._rest = (self._rest + part).split(b"\n")
            self.acknowledged += [line.decode() for line in lines]

    def let_write(self, seconds: float) -> None:
        """Let it write for so long, and its first answers come in before that."""
        until = None
        while until is None or time.monotonic() < until:
            time.sleep(0.002)
            self.read()
            if until is None and self.acknowledged:
                until = time.monotonic() + seconds
        assert self._process.poll() is None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it, take in what it had said, and let it go on afterwards."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)
        self.read()
        yield
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it, and take in what it had said."""
        self._process.kill()
        self._process.wait()
        self.read()
        self._process.stdout.close()  # type: ignore[union-attr]


def lost(place: Path, acknowledged: list[str]) -> tuple[list[str], str, float]:
    """Open a store again; give what is not in it, what a whole check of it says, and the seconds until it was open."""
    start = time.perf_counter()
    store = open_store(place)
    seconds = time.perf_counter() - start
    with store.reading() as connection:
        integrity = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar())
        strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        there = {row[0] for row in connection.exec_driver_sql("SELECT id FROM answers")}
        there |= {row[0][1:-1] for row in connection.exec_driver_sql("SELECT label FROM feedback")}
    KeyRing(store).any()
    store.close()
    return [one for one in acknowledged if one not in there], f"{integrity}{strays or ''}", seconds


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """Mount an image for a while."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", image, folder], check=True)
    try:
        yield folder
    finally:
        for _ in range(100):
            if not subprocess.run(["umount", folder], check=False, capture_output=True).returncode:
                break
            time.sleep(0.05)


def cuts(mode: str, n_cuts: int) -> dict[str, Any]:
    """Cut the power so many times; tell what was lost."""
    draw = random.Random(7)
    n_acknowledged = n_lost = n_with_loss = n_unsound = 0
    with tempfile.TemporaryDirectory() as name:
        folder, done = Path(name), 0
        while done < n_cuts:
            image = folder / "image"
            image.unlink(missing_ok=True)
            with image.open("wb") as stream:
                stream.truncate(_IMAGE_BYTES)
            subprocess.run(["mkfs.ext4", "-q", image], check=True)
            with mounted(image, folder / "live") as live:
                writer = Writer(live / "state" / "store.db", mode, start=0)
                for _ in range(min(_CUTS_OF_AN_IMAGE, n_cuts - done)):
                    writer.let_write(draw.uniform(0.02, 0.5))
                    with writer.stopped():
                        copy = Path(shutil.copyfile(image, folder / "copy"))
                        acknowledged = list(writer.acknowledged)
                    with mounted(copy, folder / "cut") as cut:
                        gone, said, _ = lost(cut / "state" / "store.db", acknowledged)
                    n_acknowledged, n_lost = n_acknowledged + len(acknowledged), n_lost + len(gone)
                    n_with_loss, n_unsound, done = n_with_loss + bool(gone), n_unsound + (said != "ok"), done + 1
                writer.kill()
            print(mode, done, n_lost, n_unsound, file=sys.stderr)
    return {
        "synchronous": mode, "cuts": done, "acknowledged_looked_for": n_acknowledged, "lost": n_lost,
        "cuts_with_loss": n_with_loss, "not_sound": n_unsound,
    }  # fmt: skip


def kills(n_kills: int) -> dict[str, Any]:
    """Kill the writer so many times, each time on the same store; tell what was lost and how soon it was open again."""
    draw, took = random.Random(11), []
    acknowledged: list[str] = []
    n_lost = n_unsound = 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "store.db"
        for k in range(n_kills):
            writer = Writer(place, "full", start=k * 10**6)
            writer.let_write(draw.uniform(0.0, 0.2))
            writer.kill()
            acknowledged += writer.acknowledged
            gone, said, seconds = lost(place, acknowledged)
            took.append(seconds)
            n_lost, n_unsound = n_lost + len(gone), n_unsound + (said != "ok")
        size = place.stat().st_size
    took.sort()
    return {
        "kills": n_kills, "acknowledged": len(acknowledged), "lost": n_lost, "not_sound": n_unsound,
        "open_again_ms": {"p50": _ms(took, 0.5), "max": _ms(took, 1)}, "file_mib_at_the_end": round(size / 2**20, 1),
    }  # fmt: skip


def faults() -> list[dict[str, Any]]:
    """Let calls of the kernel fail while answers are kept; tell what was refused, and what was lost all the same."""
    found = []
    for call, error in (("fsync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")):
        with tempfile.TemporaryDirectory() as name:
            place = Path(name) / "store.db"
            open_store(place).close()
            inject = ("-e", f"trace={call}", "-e", f"inject={call}:error={error}:when=200+301")
            writer = Writer(place, "full", 0, under=("strace", "-D", "-f", "-qq", "-o", "/dev/null", *inject))
            writer.let_write(_RATE_S)
            writer.kill()
            refused = [one for one in writer.acknowledged if one.startswith("!")]
            acknowledged = [one for one in writer.acknowledged if not one.startswith("!")]
            gone, said, _ = lost(place, acknowledged)
        found.append({
            "call": call, "error": error, "acknowledged": len(acknowledged), "refused": len(refused),
            "lost": len(gone), "integrity": said,
        })  # fmt: skip
    return found


def main(wanted: list[str]) -> None:
    """Do what is named, all unless anything is, and keep the figures; what is not done anew stays as it was."""
    parts = {
        "rate": rates,
        "cuts": lambda: [cuts("full", N_CUTS), cuts("normal", N_CUTS // 4)],
        "kills": lambda: kills(N_KILLS),
        "faults": faults,
    }
    figures: dict[str, Any] = {"sqlite": driver().sqlite_version}
    for name, act in parts.items():
        if not wanted or name in wanted:
            figures[name] = act()
    facts.write("store" if not wanted else f"store_{'_'.join(wanted)}", figures)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(sys.argv[1:])
