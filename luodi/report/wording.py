"""Says measured numbers and the names of measurements in words, for the page and the card."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from luodi.budget import Quantity
from luodi.language import t
from luodi.limits import COSTS
from luodi.tasks.names import metric_name

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What stands where nothing was measured.
NOTHING = "–"
#: Metrics in the unit of the answers themselves, no shares.
_IN_ITSELF = ("mean_absolute_error",)
_CONTROL = {code: chr(0x2400 + code) for code in range(32) if code not in (9, 10, 13)} | {127: "␡"}
#: Lone surrogates cannot be written; marks that turn the direction of writing could make a text read as another.
_UNFIT = dict.fromkeys((*range(0xD800, 0xE000), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�")
_SHOWN = _CONTROL | _UNFIT


def visible(value: Any) -> Any:
    """Give plain values with every text made fit to be shown: no control characters, no lone surrogates.

    >>> visible({"a": ["x" + chr(0)]})
    {'a': ['x␀']}
    """
    if isinstance(value, str):
        return value.translate(_SHOWN)
    if isinstance(value, dict):
        return {visible(key): visible(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [visible(one) for one in value]
    return value


def read_quantity(raw: Any) -> Quantity:
    """Read a Q of the JSON contract, or a plain number; nothing becomes ``nan``."""
    if isinstance(raw, dict):
        value = raw.get("value")
        return Quantity(math.nan if value is None else float(value), raw.get("low"), raw.get("high"))
    return Quantity(math.nan if raw is None else float(raw))


def measurement(name: str) -> str:
    """Name what was measured as a reader would."""
    known = {
        "latency_p50_ms": t("latency, median"),
        "latency_p95_ms": t("latency, p95"),
        "throughput_per_s": t("throughput"),
        "size_mib": t("size on disk"),
        "peak_memory_mib": t("peak memory"),
    }
    head, _, metric = name.rpartition(".")
    said = known.get(metric) or metric_name(metric)
    return f"{head}: {said}" if head else said


def unit(name: str) -> str:
    """Give the unit that a measurement is shown in."""
    known = {"texts/s": t("texts/s")}
    return known.get(COSTS[name], COSTS[name]) if name in COSTS else "%"


def figure(name: str, value: float | None) -> str:
    """Show one value of a measurement with its unit; shares are shown in percent.

    >>> figure("macro_f1", 0.9051), figure("latency_p95_ms", 3.21), figure("size_mib", None)
    ('90.5 %', '3.21 ms', '–')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if name in COSTS:
        return f"{plain(value)} {unit(name)}"
    return plain(value) if name in _IN_ITSELF else f"{100 * value:.1f} %"


def span(name: str, quantity: Quantity) -> str:
    """Show the interval of a measurement, empty where none is known.

    >>> span("macro_f1", Quantity(0.9, 0.88, 0.91))
    '88.0 – 91.0'
    """
    if quantity.low is None or quantity.high is None:
        return ""
    if name in COSTS or name in _IN_ITSELF:
        return f"{plain(quantity.low)} – {plain(quantity.high)}"
    return f"{100 * quantity.low:.1f} – {100 * quantity.high:.1f}"


def plain(value: float) -> str:
    """Show a number in three figures, large ones whole.

    >>> plain(0.01234), plain(21.84), plain(12345.6)
    ('0.0123', '21.8', '12,346')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def weight(n_bytes: float) -> str:
    """Show a size in the largest unit that it fills.

    >>> weight(310), weight(2411), weight(22815330)
    ('310 B', '2.4 KiB', '21.8 MiB')
    """
    if n_bytes < 1024:
        return f"{n_bytes:.0f} B"
    return f"{n_bytes / 1024:.1f} KiB" if n_bytes < 2**20 else f"{n_bytes / 2**20:.1f} MiB"


def duration(seconds: float | None) -> str:
    """Show a time as one would say it.

    >>> duration(3.4), duration(813.2), duration(7300)
    ('3.4 s', '13.6 min', '2.0 h')
    """
    if seconds is None:
        return NOTHING
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def form(name: str) -> str:
    """Name one form of the model in the table of parity."""
    known = {
        "pretrained": t("pretrained model"),
        "exported": t("exported graph (fp32)"),
        "int8": t("quantized graph (int8)"),
        "int8-weights": t("quantized weights (int8)"),
        "cascade": t("all tiers together"),
        "bundle": t("bundle, read back from disk"),
        "finetune": t("tuned model"),
        "trim_vocab": t("vocabulary cut"),
    }
    tier, _, last = name.rpartition(": ")
    return f"{tier}: {known.get(last, last)}" if tier else known.get(name, name)


def condition(key: str) -> str:
    """Name one of the conditions under which something was measured."""
    known = {
        "device": t("device"), "cpu": t("processor"), "threads": t("threads"), "batch": t("batch"),
        "n": t("test rows"), "workers": t("workers"), "calls": t("timed calls"),
    }  # fmt: skip
    return known.get(key, key)


def conditions(raw: Mapping[str, Any]) -> str:
    """Say under which conditions times were taken."""
    return t(
        "{cpu}; latency: threads {threads}, batch {batch}, {calls} calls; throughput: {workers} workers of one thread",
        cpu=raw.get("cpu") or raw.get("device") or NOTHING,
        threads=raw.get("threads", NOTHING),
        batch=raw.get("batch", NOTHING),
        calls=f"{raw['calls']:,}" if "calls" in raw else NOTHING,
        workers=raw.get("workers", NOTHING),
    )
