"""Writes the tables of figures in both READMEs from the JSON under ``results/``; what was missed stands as missed.

python benchmarks/table.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import table_shrink

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[1]
_MARKS = re.compile(r"(<!-- figures: begin.*?-->\n).*?(<!-- figures: end -->)", re.S)

#: Set -> its name in both languages, and what it has to reach: (metric, at least).
SETS = {
    "headlines": ("Chinese news headlines, 3 sentiments (the demo)", "中文新闻标题，3 种情感（演示）", None),
    "inews": ("Chinese news, title and content, 3 sentiments", "中文新闻，标题加正文，3 种情感", ("macro_f1", 0.73)),
    "banking77": ("English bank questions, 77 intents", "英文银行咨询，77 种意图", ("accuracy", 0.91)),
    "waimai": ("Chinese take-away reviews, 2 sentiments", "中文外卖评论，2 种情感", ("accuracy", 0.905)),
    "finance": ("Chinese financial headlines, 2 sentiments", "中文财经标题，2 种情感", ("accuracy", 0.955)),
}
_HEADS = {
    "en": (
        "data", "test rows", "accuracy", "macro-F1", "TF-IDF macro-F1", "difference, 95 % interval", "p95, 1 thread",
        "texts/s", "bundle", "built in",
    ),
    "zh": (
        "数据", "测试行数", "准确率", "宏 F1", "TF-IDF 宏 F1", "差值，95 % 区间", "p95，单线程", "条/秒", "模型包",
        "构建用时",
    ),
}  # fmt: skip
_CONDITIONS = {
    "en": "`benchmarks/bench_quality.py`, default settings, {cores} cores of {cpu}, {date}. Texts/s: batches by "
    "tokens, one worker a core. The baseline's class weights and strength are chosen on validation.",
    "zh": "`benchmarks/bench_quality.py`，默认设置，{cpu} 的 {cores} 个核，{date}。"
    "条/秒：按词元分批，每核一个线程。基线的类别权重和强度在验证集上选定。",
}
_PIPELINE = {
    "en": "Beside `transformers.pipeline` with the same weights (torch, batches of 32): {ratio:.1f} times the texts/s "
    "({low:.1f} to {high:.1f}), {flips} of {n:,} labels differ (`benchmarks/bench_pipeline.py`).",
    "zh": "与同一权重的 `transformers.pipeline`（torch，每批 32 条）相比：速度为其 {ratio:.1f} 倍"
    "（{low:.1f} 至 {high:.1f}），{n:,} 个标签中有 {flips} 个不同（`benchmarks/bench_pipeline.py`）。",
}
_COLD = {
    "en": "Cold starts, whole processes, medians: `import luodi` {luodi:.2f} s, `luodi --help` {help:.2f} s, "
    "`luodi predict` on one text {predict:.2f} s (`benchmarks/bench_cold.py`).",
    "zh": "冷启动（整个进程，中位数）：`import luodi` {luodi:.2f} 秒，`luodi --help` {help:.2f} 秒，"
    "`luodi predict` 一条文本 {predict:.2f} 秒（`benchmarks/bench_cold.py`）。",
}
_KILL = {
    "en": "Kill -9 during a small training: {kills} times, {inside_a_save} of them inside a save; bit-equal weights "
    "after resuming: {bit_equal} (`benchmarks/bench_kill.py`).",
    "zh": "小型训练中 kill -9：{kills} 次，其中 {inside_a_save} 次正在保存；恢复后权重逐位相同：{bit_equal} 次"
    "（`benchmarks/bench_kill.py`）。",
}


def row(name: str, figures: dict[str, Any], *, language: str) -> str:
    """Give one set's line of the table."""
    english, chinese, goal = SETS[name]
    missed = goal is not None and figures[goal[0]]["value"] < goal[1]
    mark = {"en": " (missed: {} {})", "zh": "（未达到：{} {}）"}[language].format(*goal) if missed and goal else ""
    difference = figures["comparison"]["macro_f1_difference"]
    cells = (
        (english if language == "en" else chinese) + mark,
        f"{figures['rows']['test']:,}",
        f"{figures['accuracy']['value']:.3f}",
        f"{figures['macro_f1']['value']:.3f}",
        f"{figures['baseline']['macro_f1']['value']:.3f}",
        f"{100 * difference['value']:+.1f} ({100 * difference['low']:+.1f} … {100 * difference['high']:+.1f})",
        f"{figures['latency_p95_ms']['value']:.1f} ms",
        f"{figures['throughput_per_s']['value']:,.0f}",
        f"{figures['size_mib']:.1f} MiB",
        f"{figures['seconds'] / 60:.1f} min",
    )
    return f"| {' | '.join(cells)} |"


def table(language: str) -> str:
    """Give the whole block between the markers."""
    whole = json.loads((RESULTS / "quality.json").read_text(encoding="utf-8"))
    heads = _HEADS[language]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [
        row(name, whole["figures"][name], language=language)
        for name in SETS
        if "accuracy" in whole["figures"].get(name, {})
    ]
    said = [_CONDITIONS[language].format(**whole["machine"])]
    if found := _found("pipeline"):
        spread = found["ratio"]
        said.append(
            _PIPELINE[language].format(
                ratio=spread["median"],
                low=spread["min"],
                high=spread["max"],
                n=found["rows"],
                flips=found["labels_that_differ"],
            )
        )
    if found := _found("cold"):
        times = {name.split(",")[0].split(" ")[-1].lstrip("-"): one["median_s"] for name, one in found.items()}
        said.append(_COLD[language].format(**times))
    if found := _found("kill"):
        said.append(_KILL[language].format(**found))
    shrunk = RESULTS / "shrink.json"
    smaller = table_shrink.table(json.loads(shrunk.read_text("utf-8")), language=language) if shrunk.is_file() else []
    return "\n".join([*lines, "", "\n\n".join(said), *smaller]) + "\n"


def _found(name: str) -> dict[str, Any] | None:
    path = RESULTS / f"{name}.json"
    if not path.is_file():
        return None
    whole: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    figures: dict[str, Any] = whole.get("figures", whole)
    return figures


def main() -> None:
    """Rewrite both READMEs."""
    for name, language in (("README.md", "en"), ("README.zh-CN.md", "zh")):
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        begin, _, end = _MARKS.search(text).group(1, 0, 2)
        path.write_text(_MARKS.sub(f"{begin}{table(language)}{end}".replace("\\", r"\\"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
