"""Puts load on a service over loopback: wrk for the most that it can (closed loop), k6 for latencies (open loop)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LUA = """
local bodies = {}
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local place = 0
request = function()
  place = place % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[place])
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\nFIGURES {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, '
    .. '"refused": %d, "broken": %d}\\n', summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""
_K6 = """
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import { SharedArray } from "k6/data";
const bodies = new SharedArray("bodies", () => open(__ENV.BODIES).trim().split("\\n"));
const accepted = new Trend("accepted", true);
const statuses = {};
for (const code of [0, 200, 408, 413, 429, 499, 500, 502, 503, 504]) statuses[code] = new Counter("status_" + code);
const other = new Counter("status_other");
export const options = {
  discardResponseBodies: true,
  noUsageReport: true,
  summaryTrendStats: ["med", "p(95)", "p(99)", "max", "count"],
  scenarios: { load: {
    executor: "constant-arrival-rate", rate: Number(__ENV.RATE), timeUnit: "10s", duration: __ENV.SECONDS + "s",
    preAllocatedVUs: Number(__ENV.VUS), maxVUs: Number(__ENV.VUS), gracefulStop: "10s",
  } },
};
const headers = { "Content-Type": "application/json" };
export default function () {
  const body = bodies[Math.floor(Math.random() * bodies.length)];
  const answer = http.post(__ENV.URL, body, { headers, timeout: "20s" });
  (statuses[answer.status] || other).add(1);
  if (answer.status === 200) accepted.add(answer.timings.duration);
}
export function handleSummary(data) { return { [__ENV.SUMMARY]: JSON.stringify(data.metrics) }; }
"""


@contextmanager
def bodies(texts: Sequence[str], *, each: int, **more: Any) -> Iterator[Path]:
    """Write request bodies, one a line, ``each`` texts in one: ``{"text": ...}`` or ``{"texts": [...]}``."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bodies.jsonl"
        rows = [list(texts[start : start + each]) for start in range(0, len(texts) - each + 1, each)]
        asked = [{"texts": row} if each > 1 else {"text": row[0]} for row in rows]
        place.write_text("".join(json.dumps({**one, **more}) + "\n" for one in asked), encoding="utf-8")
        yield place


def wrk(url: str, body_file: Path, *, connections: int, seconds: float) -> dict[str, float]:
    """Ask as fast as answers come, over so many connections.

    Returns:
        requests, seconds, p50_ms, p99_ms (of a closed loop: not to be quoted), refused (not 2xx), broken.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_LUA)
        script.flush()
        ended = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "20s", "-s", script.name, url],
            env={**os.environ, "BODIES": str(body_file)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
    found: dict[str, float] = json.loads(re.search(r"FIGURES (.*)", ended.stdout)[1])
    return found


def k6(url: str, body_file: Path, *, per_s: float, seconds: float, users: int = 300) -> dict[str, Any]:
    """Ask at a constant rate, whether answers come or not.

    Returns:
        sent_per_s, accepted_per_s, the p50, p95 and p99 of what was accepted, how often each status (0: no answer),
        and how many requests k6 itself could not send in time (``late``): with more than a few the rate was not kept.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, summary = Path(folder) / "load.js", Path(folder) / "summary.json"
        script.write_text(_K6, encoding="utf-8")
        told = {
            "URL": url, "BODIES": str(body_file), "RATE": str(max(1, round(10 * per_s))), "SECONDS": f"{seconds:g}",
            "VUS": str(users), "SUMMARY": str(summary), "K6_NO_USAGE_REPORT": "true",
        }  # fmt: skip
        given = [part for name, value in told.items() for part in ("-e", f"{name}={value}")]
        subprocess.run(
            [k6_program(), "run", "--quiet", "--no-usage-report", *given, script], capture_output=True, check=False,
            env={**os.environ, "GOMAXPROCS": "1", "K6_NO_USAGE_REPORT": "true"},
        )  # fmt: skip
        metrics = json.loads(summary.read_text(encoding="utf-8"))
    counts = {
        name.removeprefix("status_"): int(one["values"]["count"])
        for name, one in metrics.items()
        if name.startswith("status_") and one["values"]["count"]
    }
    took = metrics.get("accepted", {}).get("values", {})
    return {
        "asked_per_s": round(per_s, 1), "accepted_per_s": round(counts.get("200", 0) / seconds, 1),
        "p50_ms": round(took.get("med", 0.0), 2), "p95_ms": round(took.get("p(95)", 0.0), 2),
        "p99_ms": round(took.get("p(99)", 0.0), 2), "statuses": counts,
        "late": int(metrics.get("dropped_iterations", {}).get("values", {}).get("count", 0)), "seconds": seconds,
    }  # fmt: skip


def k6_program() -> str:
    """Find k6: beside the interpreter (its package brings it), else on the path."""
    beside = Path(sys.executable).with_name("k6")
    return str(beside) if beside.exists() else shutil.which("k6") or "k6"
