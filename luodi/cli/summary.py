"""What a build prints when it is done: the verdict, the measurements, where things are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.budget import Quantity
from luodi.language import t
from luodi.limits import COSTS
from luodi.report.digest import abstention, seeds
from luodi.report.tiers import tier_sentence
from luodi.report.tried import trial_columns, trial_rows, trial_verdict
from luodi.verify import Comparison, verdict

if TYPE_CHECKING:
    from rich.console import Console

    from luodi.job import Built

_DIGITS = {"latency_p50_ms": 2, "latency_p95_ms": 2, "throughput_per_s": 0, "size_mib": 1, "peak_memory_mib": 0}


def show(console: Console, built: Built) -> None:
    """Print a built bundle's verdict and measurements, and how to go on."""
    from rich.table import Table

    for head, raw in built.dossier["comparisons"].items():
        _, sentence = verdict(Comparison.from_json(raw))
        console.print(f"{head}: {sentence}", markup=False)
        for said in (seeds(built.dossier, head), abstention(built.dossier, head)):
            if said:
                console.print(f"{head}: {said}", markup=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("", t("measured"), t("95 % interval"), t("baseline")):
        table.add_column(title, justify="left" if not title else "right")
    for head, report in built.report.heads.items():
        cheap = built.report.baseline.get(head, {})
        for name, quantity in report.metrics.items():
            beside = f"{cheap[name].value:.4f}" if name in cheap else ""
            table.add_row(f"{head} {name}", f"{quantity.value:.4f}", interval(quantity, 4), beside)
    for name, quantity in built.report.costs.items():
        digits = _DIGITS[name]
        table.add_row(name, f"{quantity.value:,.{digits}f} {COSTS[name]}", interval(quantity, digits), "")
    console.print(table)
    if said := tier_sentence(built.dossier):
        console.print(said, markup=False)
    _show_trials(console, built)
    conditions = built.report.conditions
    console.print(
        t(
            "conditions: {cpu}, {n:,} test rows; latency: {threads}, batch {batch}; throughput: {workers} of {threads}",
            cpu=conditions["cpu"], n=conditions["n"], batch=conditions["batch"],
            threads=_threads(conditions["threads"]), workers=_workers(conditions["workers"]),
        ),
        markup=False,
    )  # fmt: skip
    _say_where(console, built)


def _show_trials(console: Console, built: Built) -> None:
    """Print what a search tried; nothing where there was none."""
    from rich.table import Table
    from rich.text import Text

    if not built.trials:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in trial_columns(built.dossier):
        table.add_column(Text(title))
    for row in trial_rows(built.dossier):
        table.add_row(*map(Text, row["cells"]), style="bold" if row["chosen"] else None)
    console.print(table)
    console.print(trial_verdict(built.dossier), markup=False)


def metric_rows(report: dict[str, Any]) -> list[tuple[str, Quantity]]:
    """Give the metrics of a head as the JSON contract holds them."""
    return [(name, Quantity.from_json(raw)) for name, raw in report.items() if name != "per_class"]


def _threads(n: int) -> str:
    return t("1 thread") if n == 1 else t("{n} threads", n=n)


def _workers(n: int) -> str:
    return t("1 worker") if n == 1 else t("{n} workers", n=n)


def _say_where(console: Console, built: Built) -> None:
    console.print(t("bundle:  {path}", path=built.bundle), markup=False)
    console.print(t("report:  {path}", path=built.bundle / "report.html"), markup=False)
    console.print(t("ask it:  luodi predict {path} TEXT", path=built.bundle), markup=False)


def interval(quantity: Quantity, digits: int) -> str:
    """Show a 95 % interval; nothing where none is known."""
    if quantity.low is None or quantity.high is None:
        return ""
    return f"{quantity.low:,.{digits}f} – {quantity.high:,.{digits}f}"
