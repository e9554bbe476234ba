"""Sets HTTP servers beside each other under the shape that the service has, and does to each what bad clients do.

    python benchmarks/bench_http_server.py BUNDLE [--rounds 3] [--seconds 5] [--part trials|speeds]

The application is ``http_app.py``: one route over the batcher. Servers, each as it comes: uvicorn (httptools) on
asyncio and on uvloop, granian (ASGI) on both; and ours, uvicorn with ``luodi.serve.connection``. ``predict``: wrk, one
thread, 16 connections, one text of 20 tokens a request; ``empty``: the same without a text, what the server itself can
do. Medians over rounds in turn; the bare engine (``Runner.predict``, two workers, 1,000 such texts in one call) is
asked in each round too, since other processes take their part of the machine. ``beside_idle``: p99 of ``predict``
while 1,000 connections say nothing.

Then the trials, each for 45 seconds at most: how long the server kept the connection (null: it still did), and what
it said. granian is no dependency of the project: pip install granian uvloop for this.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facts import write

from luodi.bundle import open_predictor, read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT, LONGEST_S = 9417, 45.0
_UVICORN = ["-m", "uvicorn", "http_app:app", "--http", "httptools", "--no-access-log", "--lifespan", "off",
            "--log-level", "critical", "--port", str(PORT)]  # fmt: skip
_GRANIAN = ["-m", "granian", "http_app:app", "--interface", "asginl", "--no-log", "--port", str(PORT)]
SERVERS = {
    "uvicorn asyncio": [*_UVICORN, "--loop", "asyncio"],
    "uvicorn uvloop": [*_UVICORN, "--loop", "uvloop"],
    "granian asyncio": [*_GRANIAN, "--loop", "asyncio"],
    "granian uvloop": [*_GRANIAN, "--loop", "uvloop"],
    "ours": ["http_app.py", str(PORT)],
}
WORDS = (
    "delivery",
    "quick",
    "late",
    "order",
    "card",
    "refund",
    "please",
    "tell",
    "where",
    "account",
    "money",
    "blocked",
)
LUA = """
wrk.method = "POST"
local words = {WORDS}
request = function()
  local t = {}
  for i = 1, 18 do t[i] = words[math.random(#words)] end
  return wrk.format(nil, nil, nil, '{"texts": ["' .. table.concat(t, " ") .. '"]}')
end
""".replace("WORDS", ", ".join(f'"{word}"' for word in WORDS))
HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"


@contextmanager
def served(server: str, bundle: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of the servers within a block."""
    here = Path(__file__).parent
    env = {**os.environ, "BUNDLE": str(bundle), "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{here.parent}:{here}"}
    process = subprocess.Popen([sys.executable, *SERVERS[server]], cwd=here, env=env, stdout=subprocess.DEVNULL)
    try:
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", PORT)).close()
                break
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def loaded(seconds: int, script: str | None, *, connections: int = 16) -> dict[str, float]:
    """Have wrk ask for some seconds: requests a second, p50 and p99 in ms, answers other than 2xx."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script or "")
        file.flush()
        words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", "-s", file.name]
        said = subprocess.run([*words, f"http://127.0.0.1:{PORT}/"], capture_output=True, text=True, check=True).stdout
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    quantiles = {name: float(n) * units[unit] for name, n, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", said)}
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])
    refused = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
    return {"per_s": rate, "p50_ms": quantiles["50"], "p99_ms": quantiles["99"], "refused": refused}


def bare(bundle: Path) -> float:
    """Give the texts a second of the engine without any service."""
    rng = random.Random(0)
    texts = [" ".join(rng.choices(WORDS, k=18)) for _ in range(1000)]
    with open_predictor(read_bundle(bundle), workers=2) as runner:
        runner.predict(texts[:100])
        start = time.perf_counter()
        runner.predict(texts)
        return len(texts) / (time.perf_counter() - start)


def speeds(bundle: Path, *, rounds: int, seconds: int) -> dict[str, Any]:
    """Measure every server in turn, and the bare engine before each."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
    for _ in range(rounds):
        for name, row in rows.items():
            engine = bare(bundle)
            with served(name, bundle):
                loaded(1, LUA)
                found = {f"predict_{key}": value for key, value in loaded(seconds, LUA).items()}
                found |= {f"empty_{key}": value for key, value in loaded(2, None).items() if key != "refused"}
                idle = [socket.create_connection(("127.0.0.1", PORT)) for _ in range(1000)]
                found["beside_idle_p99_ms"] = loaded(seconds, LUA)["p99_ms"]
                for one in idle:
                    one.close()
            row.append({**found, "engine_per_s": engine, "share_of_engine": found["predict_per_s"] / engine})
    return {
        name: {key: round(statistics.median(one[key] for one in row), 3) for key in row[0]}
        for name, row in rows.items()
    }


def kept(parts: Iterator[bytes], *, every_s: float = 0.2) -> dict[str, Any]:
    """Send part after part until the server ends it: seconds, megabytes sent, and the status that it gave."""
    client, said, n_sent, start = socket.create_connection(("127.0.0.1", PORT)), b"", 0, time.monotonic()
    client.settimeout(every_s)
    while (passed := time.monotonic() - start) < LONGEST_S:
        try:
            part = next(parts, b"")
            client.sendall(part)
            n_sent += len(part)
            if not (got := client.recv(65536)):
                break
            said += got
        except TimeoutError:
            continue
        except OSError:
            break
    client.close()
    status = said.split(b" ")[1].decode() if said.startswith(b"HTTP") else None
    is_kept = passed >= LONGEST_S
    return {"kept_s": None if is_kept else round(passed, 1), "sent_mb": round(n_sent / 1e6, 1), "status": status}


def memory_mb(process: subprocess.Popen[bytes]) -> int:
    """Add up what a process and its children hold."""
    told = subprocess.run(["ps", "-o", "rss=", "--pid", str(process.pid), "--ppid", str(process.pid)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    return sum(map(int, told.stdout.split())) // 1024


def for_ever(first: bytes, part: bytes) -> Iterator[bytes]:
    """Give a beginning, then one part again and again."""
    yield first
    while True:
        yield part


def trials(server: str, bundle: Path) -> dict[str, Any]:
    """Do to a server what bad clients do."""
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    acts = {
        "silent": lambda: iter([b""]),
        "slow_headers": lambda: for_ever(HEAD, b"a: b\r\n"),
        "slow_body": lambda: for_ever(HEAD + b"content-length: 100000\r\n\r\n", b"a"),
        "endless_body": lambda: for_ever(HEAD + b"transfer-encoding: chunked\r\n\r\n", chunk * 16),
        "huge_header": lambda: for_ever(HEAD + b"a: ", b"a" * (1 << 20)),
        "pipelined_garbage": lambda: iter([b"GET / HTTP/1.1\r\nhost: x\r\n\r\n\x00\x01 garbage\r\n\r\n"]),
    }
    found = {}
    for name, act in acts.items():
        with served(server, bundle) as process:
            before = memory_mb(process)
            found[name] = {**kept(act()), "grew_mb": memory_mb(process) - before, "alive": alive()}
    return found


def alive() -> bool:
    """Tell whether another client is answered."""
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        client.request("GET", "/")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--part", choices=["trials", "speeds"])
    given = parser.parse_args()
    bundle = given.bundle.resolve()
    versions = ["uvicorn", "httptools", "uvloop", "granian", "onnxruntime"]
    installed = subprocess.run([sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
    servers = [line for line in installed.stdout.split() if line.split("==")[0] in versions]
    if given.part != "speeds":
        kinds = [name for name in SERVERS if "uvloop" not in name]
        write("http_server_trials", {"servers": servers, **{name: trials(name, bundle) for name in kinds}})
    if given.part != "trials":
        found = speeds(bundle, rounds=given.rounds, seconds=given.seconds)
        write("http_server_speeds", {"servers": servers, **found})


if __name__ == "__main__":
    main()
